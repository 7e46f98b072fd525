// The scene: which places are open, and where every box of every open level is.

import type { Level } from "./document.js";
import { type Laid, layOut, type Point, type Size } from "./layout.js";
import type { Model, Spot } from "./model.js";
import { shape, title } from "./words.js";

export const HEADER = 26; // of an open box, with its title
const SIDE = 12;
const CLEAR = 4; // between the edge and what is in it, at least
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
    const laid = layOut(level, boxes.map(({ width, height }) => ({ width, height })));
    laid.boxes.forEach(({ x, y }, number) => Object.assign(boxes[number]!, { x, y }));
    return { spot, level, laid, boxes, width: laid.width, height: laid.height };
  }

  /** A box; of several blocks of the same title, each is `named`. */
  private box(spot: Spot, named: boolean): SceneBox {
    const label = title(spot);
    const shapes = this.model.outputs(spot).map(shape);
    const size = spot.item.kind === "output" ? "" : shapes.join(", ");
    const lines: [string, string] = [label, named ? `${spot.item.name} · ${size}` : size];
    const isOpen = this.open.has(spot.key) && this.model.opens(spot);
    const head = measured(label, `600 13px ${NORMAL}`);
    if (isOpen) {
      const inner = this.scene(spot);
      const width = Math.max(inner.width, head + 40) + 2 * SIDE;
      const offset = { x: (width - inner.width) / 2 + aside(inner.laid), y: HEADER + STRIP };
      return { spot, lines, inner, offset, x: 0, y: 0, width, height: inner.height + HEADER + 2 * STRIP };
    }
    const wide = Math.max(head, measured(lines[1], `400 11px ${NORMAL}`), measured("1536 × 149 × 149", `400 11px ${NORMAL}`));
    const width = Math.ceil(wide) + (this.model.opens(spot) ? 42 : 24);
    return { spot, lines, inner: null, offset: { x: 0, y: 0 }, x: 0, y: 0, width, height: lines[1] ? 40 : 28 };
  }
}

/** How far a level is moved in its box so that its entry stands in the middle, where the arrow to the box ends. */
function aside({ entries, width }: Laid): number {
  const moved = entries.length === 1 ? width / 2 - entries[0]!.x : 0;
  return Math.abs(moved) <= SIDE - CLEAR ? moved : 0;
}

/** An arrow's curve as the `d` of a path. */
export function curve(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const text = (point: Point): string => `${point.x.toFixed(1)},${point.y.toFixed(1)}`;
  return rest.length ? `M${text(first)}C${rest.map(text).join(" ")}` : "";
}
