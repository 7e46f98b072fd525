// Following a preview: a server that sends each newer document as an event.

import type { Shown } from "./document.js";
import { h } from "./dom.js";

/** Show each document that comes, and say whether the server is gone; the browser goes on to ask for it. */
export function follow(address: string, show: (shown: Shown) => void): void {
  const events = new EventSource(address);
  events.addEventListener("message", (event) => show(JSON.parse(String(event.data)) as Shown));
  events.addEventListener("error", () => gone(true));
  events.addEventListener("open", () => gone(false));
}

function gone(is: boolean): void {
  const told = document.getElementById("ended");
  told?.replaceChildren(...(is ? ["The preview has ended; run ", h("code", {}, "incspec preview"), " again."] : []));
  if (told) told.hidden = !is;
}

/** Where that is said. */
export function endedNotice(): HTMLElement {
  return h("p", { id: "ended", role: "status", hidden: true });
}
