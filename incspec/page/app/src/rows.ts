// Layout of what needs no engine: boxes one above the other, each with an arrow to the next, and heads beside them.

import type { Level } from "./document.js";
import { entryOf, exitOf, type Laid, type Point, type Sized, straight } from "./geometry.js";

const GAP = 26; // between one box and the next
const ASIDE = 36; // between a box and a head beside it

/** The layout of such a level; null for all others. */
export function rows(level: Level, sizes: readonly Sized[]): Laid | null {
  const trunk = trunkOf(level);
  if (!trunk) return null;
  const beside = new Map<number, number>(); // from a box of the trunk to the head that leaves it
  for (const [tail, , head] of level.arrows) if (head >= 0 && !trunk.includes(head)) beside.set(tail, head);
  if (trunk.length + beside.size !== sizes.length) return null;
  const across = upright(trunk, sizes);
  const boxes: Point[] = [];
  // From the input up. A head begins beside the box that comes after the one that it leaves, above the last head.
  let at = level.entries ? GAP : 0;
  let headsEnd = 0;
  let width = across.width;
  const put = (box: number, x: number): void => { boxes[box] = { x, y: -at - sizes[box]!.height }; };
  const putHead = (head: number | undefined): void => {
    if (head === undefined) return;
    at = Math.max(at, headsEnd);
    put(head, across.width + ASIDE);
    headsEnd = at + sizes[head]!.height + GAP;
    width = Math.max(width, across.width + ASIDE + sizes[head]!.width);
  };
  trunk.forEach((box, place) => {
    putHead(place ? beside.get(trunk[place - 1]!) : undefined);
    put(box, across.lefts[place]!);
    at += sizes[box]!.height + GAP;
  });
  putHead(beside.get(trunk[trunk.length - 1]!));
  const height = Math.max(level.exits ? at : at - GAP, headsEnd - GAP);
  for (const box of boxes) box.y += height;
  const entries = level.entries ? [{ x: across.begin, y: height }] : [];
  const exits = level.exits ? [{ x: across.end, y: 0 }] : [];
  const arrows = level.arrows.map(([tail, tailPort, head, headPort]) => {
    const from = tail < 0 ? entries[0]! : { x: boxes[tail]!.x + exitOf(sizes[tail]!, tailPort), y: boxes[tail]!.y };
    const to = head < 0 ? exits[0]! : { x: boxes[head]!.x + entryOf(sizes[head]!, headPort), y: boxes[head]!.y + sizes[head]!.height };
    if (Math.abs(from.x - to.x) < 0.01) return straight(from, to);
    const middle = to.y + GAP / 2;
    return [from, { x: from.x, y: middle }, { x: to.x, y: middle }, to];
  });
  return { width, height, boxes, arrows, entries, exits };
}

/** How far from the left the boxes of a trunk stand so that what leaves one goes straight into the next. */
function upright(trunk: readonly number[], sizes: readonly Sized[]): { lefts: number[]; width: number; begin: number; end: number } {
  let line = 0; // on which one box leaves off and the next begins
  const lefts = trunk.map((box) => {
    const left = line - entryOf(sizes[box]!, 0);
    line = left + exitOf(sizes[box]!, 0);
    return left;
  });
  const least = Math.min(...lefts);
  const right = Math.max(...trunk.map((box, place) => lefts[place]! + sizes[box]!.width));
  return { lefts: lefts.map((left) => left - least), width: right - least, begin: -least, end: line - least };
}

/** The boxes that follow each other from the beginning to the end; null where they branch. */
function trunkOf(level: Level): number[] | null {
  if (level.entries > 1 || level.exits > 1 || !level.boxes.length) return null;
  const next = new Map<number, number[]>();
  const count = new Map<number, number>();
  for (const [tail, , head] of level.arrows) {
    next.set(tail, [...(next.get(tail) ?? []), head]);
    if (head >= 0) count.set(head, (count.get(head) ?? 0) + 1);
  }
  if ([...count.values()].some((arrows) => arrows > 1)) return null;
  const isHead = (box: number): boolean => box >= 0 && !next.has(box);
  let box = level.entries ? next.get(-1)?.length === 1 ? next.get(-1)![0]! : -1 : level.boxes.findIndex((_, place) => !count.has(place));
  const trunk: number[] = [];
  while (box >= 0) {
    trunk.push(box);
    const after = next.get(box) ?? [];
    // Of two, one must be a head, which nothing leaves; the last box of the trunk comes before heads.
    if (after.length > 2 || (after.length === 2 && !isHead(after[1]!))) return null;
    box = after[0] ?? -1;
  }
  const ends = level.exits ? level.arrows.filter(([tail, , head]) => head < 0 && tail === trunk[trunk.length - 1]).length === 1 : true;
  return ends ? trunk : null;
}
