// What the colours of an exported figure mean: the legend of the page, as SVG.

import { s } from "./dom.js";
import type { Size } from "./geometry.js";
import { gradient, plain } from "./paint.js";
import { measured, NORMAL } from "./scene.js";

const ROW = 22;
const BETWEEN = 18; // entries
const WITHIN = 6; // an entry
const SCALE = "legend-scale";

export interface Key extends Size {
  element: SVGGElement;
}

/** The legend in rows that are at most so wide, as far as its entries let them; null where there is none. */
export function key(legend: HTMLElement, most: number): Key | null {
  if (legend.hidden || !legend.children.length) return null;
  const element = s("g", {});
  let [x, y, width] = [0, 0, 0];
  for (const entry of legend.children) {
    const made = of(entry);
    if (x && x + made.width > most) [x, y] = [0, y + ROW];
    made.element.setAttribute("transform", `translate(${x},${y})`);
    element.append(made.element);
    width = Math.max(width, x + made.width);
    x += made.width + BETWEEN;
  }
  return { element, width, height: y + ROW };
}

function of(entry: Element): Key {
  const element = s("g", {});
  let x = 0;
  for (const part of entry.children) {
    const style = getComputedStyle(part);
    const text = part.textContent ?? "";
    const drawn = { x, y: 4, height: 13, stroke: plain(style.borderTopColor)[0], "stroke-width": 1 };
    if (text) {
      element.append(s("text", { x, y: 15, "font-size": 13, fill: plain(style.color)[0] }, text));
      x += measured(text, `400 13px ${NORMAL}`) + WITHIN;
    } else if (part.classList.contains("scale")) {
      const colours = gradient("var(--surface)", "var(--heat-colour)", 9);
      const stops = colours.map((colour, place) => s("stop", { offset: place / (colours.length - 1), "stop-color": colour }));
      element.append(s("linearGradient", { id: SCALE }, ...stops), s("rect", { ...drawn, width: 96, fill: `url(#${SCALE})` }));
      x += 96 + WITHIN;
    } else {
      element.append(s("rect", { ...drawn, width: 13, rx: 3, fill: plain(style.backgroundColor)[0] }));
      x += 13 + WITHIN;
    }
  }
  return { element, width: x - WITHIN, height: ROW };
}
