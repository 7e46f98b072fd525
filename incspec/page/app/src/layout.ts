// Layout of one level: boxes of given sizes and arrows -> where they are. Graphviz does it, but for chains.

import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { Level } from "./document.js";
import { rows } from "./rows.js";

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Laid extends Size {
  /** The upper left corners of the boxes. */
  boxes: Point[];
  /** The curves of the arrows: a start, then three points for each piece. */
  arrows: Point[][];
  /** Where arrows come in, at the bottom, and go out, at the top. */
  entries: Point[];
  exits: Point[];
}

const POINTS = 72; // to an inch, in which Graphviz counts sizes
const CLEAR = 3; // between a straight arrow and a box that it passes
let engine: Graphviz | null = null;
let starting: Promise<void> | null = null;

/** Thrown where the engine is needed, which is not there yet: a row of boxes can be laid out without. */
export class NotReady extends Error {}

/** Start the engine, which takes a while. */
export function start(): Promise<void> {
  starting ??= Graphviz.load().then((loaded) => { engine = loaded; });
  return starting;
}

/** Start the engine before it is needed. Its first layout takes longer than others, since it is compiled as it is used. */
export async function warmUp(): Promise<void> {
  await start();
  engine?.layout("digraph { rankdir=BT; ordering=out; a -> {b c d} -> e; b -> f -> e [arrowhead=none] }", "json", "dot");
}

/** Whether a level cannot be laid out without the engine. */
export function needsEngine(level: Level): boolean {
  return !rows(level, level.boxes.map(() => ({ width: 1, height: 1 })));
}

export function isReady(): boolean {
  return engine !== null;
}

const KEPT = 2000; // levels
const laidOut = new Map<string, Laid>();

/** Lay out a level; of those that are alike, also in another document, it is done once. */
export function layOut(level: Level, sizes: readonly Size[]): Laid {
  const key = JSON.stringify([level.entries, level.exits, level.arrows, sizes.map(({ width, height }) => [width, height])]);
  let found = laidOut.get(key);
  if (!found) {
    if (laidOut.size >= KEPT) laidOut.clear();
    found = rows(level, sizes) ?? drawn(level, sizes);
    laidOut.set(key, found);
  }
  return found;
}

function drawn(level: Level, sizes: readonly Size[]): Laid {
  const nodes = sizes.map(({ width, height }, number) => `b${number} [width=${width / POINTS} height=${height / POINTS}]`);
  const ports = (letter: string, count: number, rank: string): string =>
    count
      ? `{rank=${rank}; ${Array.from({ length: count }, (_, number) => `${letter}${number} [width=.02 height=.02]`).join("; ")}}`
      : "";
  const arrows = level.arrows.map(([tail, tailPort, head, headPort, slack], number) => {
    const from = tail < 0 ? `i${tailPort}` : `b${tail}`;
    const to = head < 0 ? `o${headPort}` : `b${head}`;
    return `${from} -> ${to} [id=${number} weight=${slack ? 1 : 4}]`;
  });
  const most = Math.max(0, ...inward(level));
  const dot = `digraph {
    rankdir=BT; ordering=out; nodesep=.22; ranksep=${0.32 + 0.12 * Math.min(Math.max(0, most - 4), 5)}; pad=0;
    node [shape=box fixedsize=true label=""]; edge [arrowhead=none];
    ${ports("i", level.entries, "source")}
    ${nodes.join("\n")}
    ${ports("o", level.exits, "sink")}
    ${arrows.join("\n")}
  }`;
  if (!engine) throw new NotReady("the layout is not ready");
  return straightened(read(JSON.parse(engine.layout(dot, "json", "dot")) as GraphvizJson, level, sizes), level, sizes);
}

/** How many arrows lead to each box. */
function inward(level: Level): number[] {
  const counts = level.boxes.map(() => 0);
  for (const [, , head] of level.arrows) if (head >= 0) counts[head]! += 1;
  return counts;
}

/** What of Graphviz's JSON is used: how things are drawn, since positions themselves are rounded to five digits. */
interface GraphvizJson {
  objects?: { name: string; _draw_?: Drawing[] }[];
  edges?: { id: string; _draw_?: Drawing[] }[];
}

interface Drawing {
  op: string;
  points?: [x: number, y: number][];
}

function read(json: GraphvizJson & { _draw_?: Drawing[] }, level: Level, sizes: readonly Size[]): Laid {
  const points = (drawings: Drawing[] | undefined, op: string): [number, number][] =>
    drawings?.find((drawing) => drawing.op === op)?.points ?? [];
  const page = points(json._draw_, "P");
  const [left, right] = ends(page.map(([x]) => x));
  const [low, high] = ends(page.map(([, y]) => y));
  const middle = new Map<string, Point>();
  for (const { name, _draw_ } of json.objects ?? []) {
    const corners = points(_draw_, "p");
    const [[a, b], [c, d]] = [ends(corners.map(([x]) => x)), ends(corners.map(([, y]) => y))];
    middle.set(name, { x: (a + b) / 2 - left, y: high - (c + d) / 2 });
  }
  const place = (name: string): Point => middle.get(name) ?? { x: 0, y: 0 };
  const curves = new Map((json.edges ?? []).map(({ id, _draw_ }) =>
    [id, points(_draw_, "b").map(([x, y]) => ({ x: x - left, y: high - y }))]));
  const all = (letter: string, count: number): Point[] => Array.from({ length: count }, (_, n) => place(`${letter}${n}`));
  return {
    width: right - left,
    height: high - low,
    boxes: sizes.map(({ width, height }, number) => {
      const { x, y } = place(`b${number}`);
      return { x: x - width / 2, y: y - height / 2 };
    }),
    arrows: level.arrows.map((_, number) => curves.get(String(number)) ?? []),
    entries: all("i", level.entries),
    exits: all("o", level.exits),
  };
}

/** The same with straight arrows, as far as they come near no box and lie apart. */
function straightened(laid: Laid, level: Level, sizes: readonly Size[]): Laid {
  const pairs = level.arrows.map(([tail, , head]) => `${tail} ${head}`);
  const boxes = laid.boxes.map(({ x, y }, number) => ({ x, y, ...sizes[number]! }));
  const arrows = level.arrows.map(([tail, tailPort, head, headPort], number) => {
    const from = tail < 0 ? laid.entries[tailPort]! : { x: boxes[tail]!.x + boxes[tail]!.width / 2, y: boxes[tail]!.y };
    const top = head < 0 ? null : boxes[head]!;
    const middle = top ? { x: top.x + top.width / 2, y: top.y + top.height / 2 } : laid.exits[headPort]!;
    const to = top ? clipped(from, middle, top) : middle;
    const alone = tail < 0 || head < 0 || pairs.indexOf(pairs[number]!) === pairs.lastIndexOf(pairs[number]!);
    const free = alone && boxes.every((box, place) => place === tail || place === head || !crosses(from, to, box));
    const third = (a: number, b: number): number => a + (b - a) / 3;
    return free
      ? [from, { x: third(from.x, to.x), y: third(from.y, to.y) }, { x: third(to.x, from.x), y: third(to.y, from.y) }, to]
      : laid.arrows[number]!;
  });
  return { ...laid, arrows };
}

type Box = Point & Size;

/** Where a line to the middle of a box, from below, meets its edge. */
function clipped(from: Point, to: Point, box: Box): Point {
  const [dx, dy] = [from.x - to.x, from.y - to.y];
  const share = Math.min(dx ? box.width / 2 / Math.abs(dx) : Infinity, dy ? box.height / 2 / Math.abs(dy) : Infinity, 1);
  return { x: to.x + dx * share, y: to.y + dy * share };
}

/** Whether a line comes nearer to a box than `CLEAR`. */
function crosses(a: Point, b: Point, box: Box): boolean {
  let [start, end] = [0, 1];
  for (const [from, to, low, size] of [[a.x, b.x, box.x, box.width], [a.y, b.y, box.y, box.height]] as const) {
    const [first, last] = [low - CLEAR - from, low + size + CLEAR - from];
    if (to === from) {
      if (first > 0 || last < 0) return false;
      continue;
    }
    const shares = [first / (to - from), last / (to - from)];
    start = Math.max(start, Math.min(...shares));
    end = Math.min(end, Math.max(...shares));
  }
  return start < end;
}

function ends(values: number[]): [number, number] {
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
}

