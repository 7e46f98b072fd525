// Bundles the page's script and style into the files that the Python package carries: `npm run build`.

import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const out = `${process.argv[2] ?? new URL("../assets", import.meta.url).pathname}/`;
const options = {
  bundle: true, minify: process.env.DEBUG === undefined, charset: "utf8", legalComments: "none", target: ["chrome123", "firefox120", "safari17.5"], outdir: out,
  logLevel: "warning", absWorkingDir: new URL(".", import.meta.url).pathname,
};
await build({ ...options, entryPoints: { app: "src/main.ts" }, format: "iife" });
await build({ ...options, entryPoints: { app: "src/app.css" }, loader: { ".woff2": "dataurl" } });

// What is bundled, and under which terms. Graphviz itself is compiled into the third.
const bundled = ["@fontsource/source-sans-pro", "@hpcc-js/wasm-graphviz", "highlight.js"];
const texts = await Promise.all(bundled.map(async (name) => {
  const about = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  const text = await readFile(`node_modules/${name}/LICENSE`, "utf8");
  return `${name} ${about.version} (${about.license})\n${"=".repeat(72)}\n\n${text.trim()}\n`;
}));
const graphviz = await readFile("graphviz-licence.txt", "utf8");
await writeFile(`${out}LICENSES.txt`, [...texts, graphviz].join("\n\n"));
