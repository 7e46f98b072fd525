// Straight arrows: a level as Graphviz has laid it out -> the same without curves that nothing asks for.

import type { Level } from "./document.js";
import { entryOf, exitOf, type Laid, type Point, type Size, type Sized, straight } from "./geometry.js";

const CLEAR = 3; // between a straight arrow and a box that it passes

type Box = Point & Sized;
type Ends = Pick<Laid, "entries" | "exits">;

/** The same with straight arrows, as far as they come near no box and lie apart. */
export function straightened(laid: Laid, level: Level, sizes: readonly Sized[]): Laid {
  const boxes = laid.boxes.map((place, number) => ({ ...place, ...sizes[number]! }));
  const lines = level.arrows.map((_, number) => line(level, boxes, number, laid) ?? laid.arrows[number]!);
  return aligned({ ...laid, arrows: lines }, level, boxes);
}

/** The same with its entry and its exit in one line, as far as their arrows stay straight. */
function aligned(laid: Laid, level: Level, boxes: readonly Box[]): Laid {
  const [entry, exit] = [laid.entries[0], laid.exits[0]];
  if (laid.entries.length !== 1 || laid.exits.length !== 1 || !entry || !exit || entry.x === exit.x) return laid;
  const touched = level.arrows.map(([tail, , head]) => tail < 0 || head < 0);
  for (const ends of [{ entries: [{ ...entry, x: exit.x }], exits: laid.exits }, { entries: laid.entries, exits: [{ ...exit, x: entry.x }] }]) {
    const lines = laid.arrows.map((points, number) => (touched[number] ? line(level, boxes, number, ends) : points));
    if (lines.every((points) => points !== null)) return { ...laid, ...ends, arrows: lines };
  }
  return laid;
}

/** An arrow of a level as a straight line, null where it cannot be one. */
function line(level: Level, boxes: readonly Box[], number: number, { entries, exits }: Ends): Point[] | null {
  const [tail, tailPort, head, headPort] = level.arrows[number]!;
  const alone = tail < 0 || head < 0 || level.arrows.filter(([from, , to]) => from === tail && to === head).length === 1;
  if (!alone) return null;
  const [below, above] = [boxes[tail], boxes[head]];
  const from = below ? { x: below.x + exitOf(below, tailPort), y: below.y } : entries[tailPort]!;
  const to = above ? foot(from, above, headPort) : exits[headPort]!;
  const free = boxes.every((box, place) => place === tail || place === head || !crosses(from, to, box));
  return free ? straight(from, to) : null;
}

/** Where a line from below ends at a box: at its entry, or where it meets the edge on its way to the middle. */
function foot(from: Point, box: Box, port: number): Point {
  if (box.entries) return { x: box.x + entryOf(box, port), y: box.y + box.height };
  return clipped(from, { x: box.x + box.width / 2, y: box.y + box.height / 2 }, box);
}

/** Where a line to the middle of a box, from below, meets its edge. */
function clipped(from: Point, to: Point, box: Size): Point {
  const [dx, dy] = [from.x - to.x, from.y - to.y];
  const share = Math.min(dx ? box.width / 2 / Math.abs(dx) : Infinity, dy ? box.height / 2 / Math.abs(dy) : Infinity, 1);
  return { x: to.x + dx * share, y: to.y + dy * share };
}

/** Whether a line comes nearer to a box than `CLEAR`. */
function crosses(a: Point, b: Point, box: Point & Size): boolean {
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
