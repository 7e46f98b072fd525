// The beginning: reads the document that stands in the page, shows it, and follows a server that sends newer ones.

import { App } from "./app.js";
import type { Network, Refused, Shown } from "./document.js";
import { h } from "./dom.js";
import { follow } from "./follow.js";
import { needsEngine, NotReady, start, warmUp } from "./layout.js";
import { Waiting } from "./waiting.js";

declare global {
  interface Window {
    incspec: { ready: Promise<App>; show(shown: Shown): Promise<void> };
  }
}

async function begin(): Promise<App> {
  const given = JSON.parse(document.getElementById("incspec-document")?.textContent ?? "{}") as Shown;
  const events = document.querySelector<HTMLMetaElement>("meta[name=incspec-events]")?.content;
  if (!("graphs" in given)) return made(await right(given, events));
  const engine = needsEngine(given.graphs[given.graphs.length - 1]!.level) ? start() : null; // while the font is loaded
  await fonts();
  await engine;
  const app = await made(given);
  if (events) follow(events, (shown) => app.show(shown));
  return app;
}

/** Show what is wrong with a spec until it is right; then, and from then on, the page is shown. */
async function right(given: Refused, events: string | undefined): Promise<Network> {
  const waiting = new Waiting(document.getElementById("app")!);
  waiting.show(given);
  await fonts();
  seen();
  return new Promise((resolve) => {
    let known = false;
    if (events) follow(events, (shown) => {
      if (known) void window.incspec.show(shown);
      else if (!("graphs" in shown)) waiting.show(shown);
      else if (!shown.sketch) {
        known = true;
        resolve(shown);
      }
    });
  });
}

async function fonts(): Promise<void> {
  await Promise.all(["600", "400"].map((weight) => document.fonts.load(`${weight} 13px 'Source Sans Pro'`)));
}

/** There is something to be seen now. */
function seen(): void {
  document.documentElement.dataset["ready"] = "true";
  performance.mark("incspec-ready");
}

/** The page; before the engine that lays out is there, if nothing that is seen first needs it. */
async function made(network: Network): Promise<App> {
  const font = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule instanceof CSSFontFaceRule)
    .map((rule) => rule.cssText).join("\n");
  setTimeout(() => void warmUp(), 60);
  let app: App;
  try {
    app = new App(network, font);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    await start();
    app = new App(network, font);
  }
  seen();
  return app;
}

const ready = begin();
ready.catch((error: unknown) => {
  document.getElementById("app")?.replaceChildren(h("p", { class: "failed", role: "alert" }, `This page cannot be shown here: ${String(error)}`));
  throw error;
});
window.incspec = { ready, show: async (shown) => (await ready).show(shown) };
