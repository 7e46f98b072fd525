// The scene: which places are open, and where every box of every open level is.

import type { Level } from "./document.js";
import type { Laid, Point, Size } from "./geometry.js";
import { layOut } from "./layout.js";
import type { Model, Spot } from "./model.js";
import { shape, title } from "./words.js";

export const HEADER = 26; // of an open box, with its title
export const TITLE = 26; // where that begins
const BIG = "600 13px";
const SMALL = "400 11px";
const SIDE = 12; // between the edge and what is in it, at least
const CLEAR = 8; // between the texts of a header and an arrow that passes them
const STRIP = 16; // between the edge of an open box and its level, in which arrows find their way
export const NORMAL = "'Source Sans Pro', 'Source Sans 3', system-ui, sans-serif";

export interface Scene extends Size {
  spot: Spot | null;
  level: Level;
  laid: Laid;
  boxes: SceneBox[];
}

export interface SceneBox extends Size, Point {
  spot: Spot;
  lines: [label: string, size: string];
  /** What is in it, if it is open; and where that is in it. */
  inner: Scene | null;
  offset: Point;
  /** Where the arrow to it ends, from its left. */
  foot: number;
  /** Where its second line ends in its header, if it is open; null where there is no room for that. */
  extent: number | null;
}

let pen: CanvasRenderingContext2D | null = null;

export function measured(text: string, font: string): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * 7;
  pen.font = font;
  return pen.measureText(text).width;
}

export class Scenes {
  constructor(private readonly model: Model, readonly open: Set<string>) {}

  scene(spot: Spot | null = null): Scene {
    const level = this.model.level(spot)!;
    const spots = level.boxes.map((number) => this.model.box(spot, number));
    const titles = new Map<string, number>();
    for (const each of spots) titles.set(title(each), (titles.get(title(each)) ?? 0) + 1);
    const boxes = spots.map((each) => this.box(each, each.item.kind === "block" && titles.get(title(each))! > 1));
    const laid = layOut(level, boxes.map(({ width, height, offset, inner }) => ({ width, height, ...(inner ? endsOf(inner.laid, offset.x) : {}) })));
    laid.boxes.forEach(({ x, y }, number) => Object.assign(boxes[number]!, { x, y }));
    return { spot, level, laid, boxes, width: laid.width, height: laid.height };
  }

  /** A box; of several blocks of the same title, each is `named`. */
  private box(spot: Spot, named: boolean): SceneBox {
    const label = title(spot);
    const shapes = this.model.outputs(spot).map(shape);
    const size = spot.item.kind === "output" ? "" : shapes.join(", ");
    const lines: [string, string] = [label, named ? `${spot.item.name} · ${size}` : size];
    if (this.open.has(spot.key) && this.model.opens(spot)) return opened(spot, lines, this.scene(spot));
    const wide = Math.max(width(label, BIG), width(lines[1], SMALL), width("1536 × 149 × 149", SMALL));
    const all = Math.ceil(wide) + (this.model.opens(spot) ? 42 : 24);
    return { spot, lines, inner: null, offset: { x: 0, y: 0 }, foot: all / 2, extent: null, x: 0, y: 0, width: all, height: lines[1] ? 40 : 28 };
  }
}

/** An open box. What leaves it passes its header at the right of its title. */
function opened(spot: Spot, lines: [string, string], inner: Scene): SceneBox {
  const title = TITLE + width(lines[0], BIG) + CLEAR;
  const least = Math.max(inner.width, title - SIDE) + 2 * SIDE;
  const first = Math.min(...inner.laid.exits.map(({ x }) => x));
  const offset = { x: Math.max((least - inner.width) / 2, title - first), y: HEADER + STRIP };
  const made = { spot, lines, inner, offset, x: 0, y: 0, width: Math.max(least, offset.x + inner.width + SIDE), height: inner.height + HEADER + 2 * STRIP };
  const [entry] = inner.laid.entries;
  return { ...made, foot: entry ? offset.x + entry.x : made.width / 2, extent: extentOf(made, title) };
}

/** At the right, or else beside the title, where no arrow passes through it. */
function extentOf({ lines, inner, offset, width: all }: Omit<SceneBox, "foot" | "extent">, title: number): number | null {
  const wide = width(lines[1], SMALL);
  const passing = inner!.laid.exits.map(({ x }) => x + offset.x);
  const free = (end: number): boolean => end - wide >= title && end <= all - CLEAR && passing.every((x) => x <= end - wide - CLEAR || x >= end + CLEAR);
  return [all - CLEAR, title + wide].find(free) ?? null;
}

/** Where arrows meet a box that a level stands in, at its feet and above. */
function endsOf({ entries, exits }: Laid, offset: number): { entries: number[]; exits: number[] } {
  const moved = (points: Point[]): number[] => points.map(({ x }) => x + offset);
  return { entries: moved(entries), exits: moved(exits) };
}

function width(text: string, font: string): number {
  return measured(text, `${font} ${NORMAL}`);
}

/** An arrow's curve as the `d` of a path. */
export function curve(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const text = (point: Point): string => `${point.x.toFixed(1)},${point.y.toFixed(1)}`;
  return rest.length ? `M${text(first)}C${rest.map(text).join(" ")}` : "";
}
