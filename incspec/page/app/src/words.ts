// Numbers and shapes in words.

import type { Spot } from "./model.js";
import type { Shape } from "./sizes.js";

const STEPS: [number, string][] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** `12.25 G`, three or four digits. */
export function short(value: number): string {
  for (const [step, letter] of STEPS) {
    if (value >= step) return `${digits(value / step)} ${letter}`;
  }
  return String(value);
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(1) : value.toFixed(2);
}

/** `12,245,679`. The browser's own formatting of numbers takes a tenth of the first view. */
export function whole(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function bytes(value: number): string {
  for (const [step, letter] of STEPS) {
    if (value >= step) return `${digits(value / step)} ${letter}B`;
  }
  return `${value} B`;
}

export function percent(share: number): string {
  if (!share) return "0 %";
  return share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** `384 × 35 × 35`, channels first. */
export function shape(of: Shape | null | undefined): string {
  return of ? of.join(" × ") : "—";
}

export function shapes(of: (Shape | null)[]): string {
  return of.map(shape).join(", ");
}

/** What is written in a box: `4 x Inception-A`. */
export function title(spot: Spot): string {
  const label = spot.item.label || spot.item.name;
  return spot.item.times > 1 ? `${spot.item.times} x ${label}` : label;
}

export const KINDS: Record<string, string> = {
  input: "input", layer: "layer", op: "op", block: "block", merge: "merge", residual: "residual", branch: "branch",
  series: "steps in series", repeat: "repeat", section: "section", aux: "auxiliary head", output: "output",
};
