// Layout of what needs no engine: boxes one above the other, each with an arrow to the next, and heads beside them.

import type { Level } from "./document.js";
import type { Laid, Point, Size } from "./layout.js";

const GAP = 26; // between one box and the next
const ASIDE = 36; // between a box and a head beside it

/** The layout of such a level; null for all others. */
export function rows(level: Level, sizes: readonly Size[]): Laid | null {
  const trunk = trunkOf(level);
  if (!trunk) return null;
  const beside = new Map<number, number>(); // from a box of the trunk to the head that leaves it
  for (const [tail, , head] of level.arrows) if (head >= 0 && !trunk.includes(head)) beside.set(tail, head);
  if (trunk.length + beside.size !== sizes.length) return null;
  const half = Math.max(...trunk.map((box) => sizes[box]!.width / 2));
  const boxes: Point[] = [];
  // From the input up. A head begins beside the box that comes after the one that it leaves, above the last head.
  let at = level.entries ? GAP : 0;
  let headsEnd = 0;
  let right = 2 * half;
  const put = (box: number, x: number): void => { boxes[box] = { x, y: -at - sizes[box]!.height }; };
  const putHead = (head: number | undefined): void => {
    if (head === undefined) return;
    at = Math.max(at, headsEnd);
    put(head, 2 * half + ASIDE);
    headsEnd = at + sizes[head]!.height + GAP;
    right = Math.max(right, 2 * half + ASIDE + sizes[head]!.width);
  };
  trunk.forEach((box, place) => {
    putHead(place ? beside.get(trunk[place - 1]!) : undefined);
    put(box, half - sizes[box]!.width / 2);
    at += sizes[box]!.height + GAP;
  });
  putHead(beside.get(trunk[trunk.length - 1]!));
  const height = Math.max(level.exits ? at : at - GAP, headsEnd - GAP);
  for (const box of boxes) box.y += height;
  const entries = level.entries ? [{ x: half, y: height }] : [];
  const exits = level.exits ? [{ x: half, y: 0 }] : [];
  const arrows = level.arrows.map(([tail, , head]) => {
    const from = tail < 0 ? entries[0]! : { x: boxes[tail]!.x + sizes[tail]!.width / 2, y: boxes[tail]!.y };
    const to = head < 0 ? exits[0]! : { x: boxes[head]!.x + sizes[head]!.width / 2, y: boxes[head]!.y + sizes[head]!.height };
    const third = (a: number, b: number): number => a + (b - a) / 3;
    if (from.x === to.x) return [from, { x: from.x, y: third(from.y, to.y) }, { x: to.x, y: third(to.y, from.y) }, to];
    const middle = to.y + GAP / 2;
    return [from, { x: from.x, y: middle }, { x: to.x, y: middle }, to];
  });
  return { width: right, height, boxes, arrows, entries, exits };
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
