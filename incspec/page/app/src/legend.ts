// How boxes are coloured: the choice, and what the colours mean.

import { byId, h } from "./dom.js";
import type { Colouring, Figure } from "./figure.js";
import { bytes, short } from "./words.js";

const CHOICES: Record<Colouring, string> = {
  type: "Type", params: "Parameters", macs: "Multiply-adds", bytes: "Memory", none: "No colour",
};
const FAMILIES: Record<string, string> = {
  conv: "convolution", linear: "linear", pool: "pool", merge: "merge", norm: "norm", act: "activation", dropout: "dropout",
  shape: "shape", block: "block",
};

export function colourChoice(changed: () => void): HTMLSelectElement {
  const options = Object.entries(CHOICES).map(([value, name]) => h("option", { value }, name));
  const made = h("select", { id: "colour", "aria-label": "Colour boxes by" }, ...options);
  made.addEventListener("change", changed);
  return made;
}

/** Colour a figure, and say below it what the colours mean. */
export function showLegend(by: Colouring, figure: Figure): void {
  const most = figure.colour(by);
  const seen = [...figure.svg.querySelectorAll(".box:not(.open)")].map((box) => box.getAttribute("data-family") ?? "");
  byId("legend").replaceChildren(...legend(by, most, new Set(seen)));
  byId("legend").hidden = by === "none";
}

/** The legend: of types, those that are seen; of costs, from nothing to the most that a box has. */
function legend(by: Colouring, most: number, seen: Set<string>): HTMLElement[] {
  if (by === "none") return [];
  if (by !== "type") {
    const words = [CHOICES[by], "0", by === "bytes" ? bytes(most) : short(most)].map((text) => h("span", {}, text));
    return [h("span", { class: "entry" }, words[0]!, words[1]!, h("span", { class: "scale" }), words[2]!)];
  }
  return Object.entries(FAMILIES).filter(([family]) => seen.has(family))
    .map(([family, name]) => h("span", { class: "entry" }, h("span", { class: "swatch", "data-family": family }), h("span", {}, name)));
}
