// The beginning: reads the document that stands in the page, shows it, and follows a server that sends newer ones.

import { App } from "./app.js";
import type { Network, Shown } from "./document.js";
import { h } from "./dom.js";
import { needsEngine, NotReady, start, warmUp } from "./layout.js";

declare global {
  interface Window {
    incspec: { ready: Promise<App>; show(shown: Shown): Promise<void> };
  }
}

async function begin(): Promise<App> {
  const network = JSON.parse(document.getElementById("incspec-document")?.textContent ?? "{}") as Network;
  const engine = needsEngine(network.graphs[network.graphs.length - 1]!.level) ? start() : null; // while the font is loaded
  const font = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule instanceof CSSFontFaceRule)
    .map((rule) => rule.cssText).join("\n");
  await Promise.all(["600", "400"].map((weight) => document.fonts.load(`${weight} 13px 'Source Sans Pro'`)));
  await engine;
  const app = await made(network, font);
  const events = document.querySelector<HTMLMetaElement>("meta[name=incspec-events]")?.content;
  if (events) new EventSource(events).addEventListener("message", (event) => app.show(JSON.parse(String(event.data)) as Shown));
  document.documentElement.dataset["ready"] = "true";
  performance.mark("incspec-ready");
  return app;
}

/** The page; before the engine that lays out is there, if nothing that is seen first needs it. */
async function made(network: Network, font: string): Promise<App> {
  try {
    return new App(network, font);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    await start();
    return new App(network, font);
  } finally {
    setTimeout(() => void warmUp(), 60);
  }
}

const ready = begin();
ready.catch((error: unknown) => {
  document.getElementById("app")?.replaceChildren(h("p", { class: "failed", role: "alert" }, `This page cannot be shown here: ${String(error)}`));
  throw error;
});
window.incspec = { ready, show: async (shown) => (await ready).show(shown) };
