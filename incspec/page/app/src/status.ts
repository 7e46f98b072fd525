// What is said above the figure: what the network costs, and why it refuses the size that is chosen.

import { byId, h } from "./dom.js";
import { quoted } from "./mistakes.js";
import type { Model, Spot } from "./model.js";
import { bytes, shapes, short, title } from "./words.js";

export function tellStatus(model: Model, select: (spot: Spot) => void): void {
  const { params, macs, bytes: memory } = model.total();
  const { fine } = model.run;
  byId("totals").replaceChildren(...[
    `${short(params)} parameters`, fine ? `${short(macs)} multiply-adds` : "", fine ? `${bytes(memory)} activations` : "",
  ].filter(Boolean).map((text) => h("span", {}, text)));
  const refusal = byId("size-status");
  refusal.replaceChildren(...refused(model, select));
  refusal.hidden = !refusal.hasChildNodes();
}

function refused(model: Model, select: (spot: Spot) => void): (Node | string)[] {
  const found = model.refuser();
  if (!found) return [];
  const where = h("button", { type: "button", class: "plain" }, title(found.spot));
  where.addEventListener("click", () => select(found.spot));
  const head = model.run.fine ? "An auxiliary head refuses this size: " : "The network refuses this size: ";
  return [head, where, ` gets ${shapes(model.inputs(found.spot))}. `, ...quoted(model.network.refusals[found.code] ?? found.code)];
}
