// A level as text for Graphviz, and what it answers as a layout.

import type { Level } from "./document.js";
import type { Laid, Point, Sized } from "./geometry.js";

const POINTS = 72; // to an inch, in which Graphviz counts sizes

/** What of Graphviz's JSON is used: how things are drawn, since positions themselves are rounded to five digits. */
export interface GraphvizJson {
  objects?: { name: string; _draw_?: Drawing[] }[];
  edges?: { id: string; _draw_?: Drawing[] }[];
  _draw_?: Drawing[];
}

interface Drawing {
  op: string;
  points?: [x: number, y: number][];
}

export function dotOf(level: Level, sizes: readonly Sized[]): string {
  const nodes = sizes.map((size, number) => `b${number} [width=${size.width / POINTS} height=${size.height / POINTS}${label(size)}]`);
  const ports = (letter: string, count: number, rank: string): string =>
    count
      ? `{rank=${rank}; ${Array.from({ length: count }, (_, number) => `${letter}${number} [width=.02 height=.02]`).join("; ")}}`
      : "";
  const arrows = level.arrows.map(([tail, tailPort, head, headPort, slack], number) => {
    const from = tail < 0 ? `i${tailPort}` : `b${tail}${sizes[tail]!.exits ? `:o${tailPort}:n` : ""}`;
    const to = head < 0 ? `o${headPort}` : `b${head}${sizes[head]!.entries ? `:i${headPort}:s` : ""}`;
    return `${from} -> ${to} [id=${number} weight=${slack ? 1 : 4}]`;
  });
  const most = Math.max(0, ...inward(level));
  return `digraph {
    rankdir=BT; ordering=out; nodesep=.22; ranksep=${0.32 + 0.12 * Math.min(Math.max(0, most - 4), 5)}; pad=0;
    node [shape=box fixedsize=true label=""]; edge [arrowhead=none];
    ${ports("i", level.entries, "source")}
    ${nodes.join("\n")}
    ${ports("o", level.exits, "sink")}
    ${arrows.join("\n")}
  }`;
}

/** A box in which arrows end elsewhere than in the middle, as a table: a row of exits above, one of entries below. */
function label({ width, height, entries, exits }: Sized): string {
  if (!entries && !exits) return "";
  const cell = (wide: number, high: number, port = ""): string => `<TD FIXEDSIZE="TRUE" WIDTH="${wide}" HEIGHT="${high}"${port}></TD>`;
  const table = (rows: string): string => `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">${rows}</TABLE>`;
  const row = (letter: string, places: readonly number[] = []): string => {
    let at = 0;
    const cells = places.map((x, port) => ({ port, left: Math.round(x) - 1 })).sort((a, b) => a.left - b.left).map(({ port, left }) => {
      const before = left > at ? cell(left - at, 1) : "";
      at = Math.max(at, left) + 2;
      return before + cell(2, 1, ` PORT="${letter}${port}"`);
    });
    return `<TR><TD>${table(`<TR>${cells.join("")}${cell(Math.max(1, Math.floor(width) - at), 1)}</TR>`)}</TD></TR>`;
  };
  return ` label=<${table(`${row("o", exits)}<TR>${cell(Math.floor(width), Math.floor(height) - 2)}</TR>${row("i", entries)}`)}>`;
}

/** How many arrows lead to each box. */
function inward(level: Level): number[] {
  const counts = level.boxes.map(() => 0);
  for (const [, , head] of level.arrows) if (head >= 0) counts[head]! += 1;
  return counts;
}

export function read(json: GraphvizJson, level: Level, sizes: readonly Sized[]): Laid {
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

function ends(values: number[]): [number, number] {
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
}
