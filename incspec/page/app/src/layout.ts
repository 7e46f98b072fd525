// Layout of one level: boxes of given sizes and arrows -> where they are. Graphviz does it, but for chains.

import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { Level } from "./document.js";
import type { Laid, Sized } from "./geometry.js";
import { dotOf, type GraphvizJson, read } from "./graphviz.js";
import { rows } from "./rows.js";
import { straightened } from "./straight.js";

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
export function layOut(level: Level, sizes: readonly Sized[]): Laid {
  const key = JSON.stringify([level.entries, level.exits, level.arrows, sizes.map(({ width, height, entries, exits }) => [width, height, entries, exits])]);
  let found = laidOut.get(key);
  if (!found) {
    if (laidOut.size >= KEPT) laidOut.clear();
    found = rows(level, sizes) ?? drawn(level, sizes);
    laidOut.set(key, found);
  }
  return found;
}

function drawn(level: Level, sizes: readonly Sized[]): Laid {
  if (!engine) throw new NotReady("the layout is not ready");
  const json = JSON.parse(engine.layout(dotOf(level, sizes), "json", "dot")) as GraphvizJson;
  return straightened(read(json, level, sizes), level, sizes);
}
