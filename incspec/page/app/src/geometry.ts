// Where things are: sizes, points, and a level that is laid out.

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A box before it has its place. Arrows come in at its foot and go out at its head: so far from its left, or in its middle. */
export interface Sized extends Size {
  entries?: readonly number[];
  exits?: readonly number[];
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

/** How far from its left an arrow comes into a box. */
export function entryOf(box: Sized, port: number): number {
  return box.entries?.[port] ?? box.width / 2;
}

/** How far from its left an arrow goes out of a box. */
export function exitOf(box: Sized, port: number): number {
  return box.exits?.[port] ?? box.width / 2;
}

/** A straight line as a curve. */
export function straight(from: Point, to: Point): Point[] {
  const third = (a: Point, b: Point): Point => ({ x: a.x + (b.x - a.x) / 3, y: a.y + (b.y - a.y) / 3 });
  return [from, third(from, to), third(to, from), to];
}
