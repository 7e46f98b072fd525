// The model: places in the network, each an item under the calls that lead to it, and what is known of them.

import type { Graph, Item, Level, Network, Place as TextPlace, Sight } from "./document.js";
import { type GraphRun, type Shape, Sizes } from "./sizes.js";

export const BYTES = 4; // of an element, as float32

/** An item in one use of its graph. `key` is what is written in the address: names with `/` where a block is entered. */
export interface Spot {
  readonly key: string;
  /** The call that leads to the graph, null in the network itself. */
  readonly call: Spot | null;
  readonly graph: number;
  readonly number: number;
  readonly item: Item;
}

export interface Cost {
  params: number;
  macs: number;
  bytes: number;
}

export type Metric = "params" | "macs" | "bytes";

interface Names {
  byName: Map<string, number>;
  parent: Int32Array;
}

export class Model {
  readonly root: number;
  readonly stated: Shape[];
  /** The shapes of the inputs as they are chosen now. */
  chosen: Shape[];
  run: GraphRun;
  private statedRun: GraphRun;
  private readonly sizes: Sizes;
  private readonly spots = new Map<string, Spot>();
  private readonly names: Names[];

  constructor(readonly network: Network) {
    this.root = network.graphs.length - 1;
    this.sizes = new Sizes(network);
    this.names = network.graphs.map(namesOf);
    this.stated = network.inputs.map((input) => [...input.shape]);
    this.chosen = this.stated.map((shape) => [...shape]);
    this.statedRun = this.sizes.run(this.stated);
    this.run = this.statedRun;
  }

  // --- places

  graph(number: number): Graph {
    return this.network.graphs[number]!;
  }

  /** The place of an item in the graph that a call leads to. */
  spot(call: Spot | null, number: number): Spot {
    const graph = call ? call.item.graph! : this.root;
    const item = this.graph(graph).items[number]!;
    const key = call ? `${call.key}/${item.name}` : item.name;
    let found = this.spots.get(key);
    if (!found) {
      found = { key, call, graph, number, item };
      this.spots.set(key, found);
    }
    return found;
  }

  /** The place of a key, or null where the network has no such. In a repeat of unlike turns it is in the first. */
  find(key: string): Spot | null {
    let call: Spot | null = null;
    let found: Spot | null = null;
    for (const name of key.split("/")) {
      if (found) {
        const turn: Spot | undefined = found.item.kind === "repeat" ? this.children(found)[0] : undefined;
        call = found.item.graph === undefined && turn ? turn : found;
        if (call.item.graph === undefined) return null;
      }
      const number = this.names[call ? call.item.graph! : this.root]!.byName.get(name);
      if (number === undefined) return null;
      found = this.spot(call, number);
    }
    return found;
  }

  /** The item around a place: a branch, a merge, a container, or the block that is called. */
  parent(spot: Spot): Spot | null {
    const number = this.names[spot.graph]!.parent[spot.number]!;
    return number < 0 ? spot.call : this.spot(spot.call, number);
  }

  /** What leads to a place, from the network on, itself the last. */
  way(spot: Spot): Spot[] {
    const parent = this.parent(spot);
    return parent ? [...this.way(parent), spot] : [spot];
  }

  /** What is directly in a place: the parts of an item, or the items of the block that is called. */
  children(spot: Spot | null): Spot[] {
    if (!spot) return this.graph(this.root).top.map((number) => this.spot(null, number));
    if (spot.item.graph !== undefined) {
      return this.graph(spot.item.graph).top.map((number) => this.spot(spot, number));
    }
    return (spot.item.parts ?? []).map((number) => this.spot(spot.call, number));
  }

  /** The level that a place opens to, or the network's. */
  level(spot: Spot | null): Level | null {
    if (!spot) return this.graph(this.root).level;
    if (spot.item.graph !== undefined) return this.graph(spot.item.graph).level;
    return spot.item.level ?? null;
  }

  /** The place of a box of the level that a place opens to. */
  box(spot: Spot | null, number: number): Spot {
    return this.spot(spot && spot.item.graph === undefined ? spot.call : spot, number);
  }

  opens(spot: Spot): boolean {
    return (this.level(spot)?.boxes.length ?? 0) > 0;
  }

  /** Whether a place is drawn as a box, open or closed. */
  isBox(spot: Spot): boolean {
    return !["merge", "residual", "branch", "series"].includes(spot.item.kind);
  }

  /** The boxes that stand for a place: itself, or those of its parts. */
  boxes(spot: Spot): Spot[] {
    return this.isBox(spot) ? [spot] : this.children(spot).flatMap((part) => this.boxes(part));
  }

  /** The places that have to be open so that a place is seen, from the outermost on. */
  around(spot: Spot): Spot[] {
    return this.way(spot).slice(0, -1).filter((each) => this.level(each));
  }

  /** All places, each before what is in it, at most `most`. */
  *every(most = 200_000): Generator<Spot> {
    const waiting = this.children(null).reverse();
    for (let count = 0; waiting.length && count < most; count += 1) {
      const spot = waiting.pop()!;
      yield spot;
      waiting.push(...this.children(spot).reverse());
    }
  }

  // --- sizes and costs

  /** Choose other shapes of the inputs. */
  choose(shapes: Shape[]): void {
    this.chosen = shapes.map((shape) => [...shape]);
    this.run = this.sizes.run(this.chosen);
  }

  takes(shapes: Shape[], heads = false): boolean {
    return new Sizes(this.network).takes(shapes, heads);
  }

  private runOf(spot: Spot, stated = false): GraphRun | null {
    if (!spot.call) return stated ? this.statedRun : this.run;
    return this.runOf(spot.call, stated)?.calls[spot.call.item.start] ?? null;
  }

  outputs(spot: Spot): (Shape | null)[] {
    const run = this.runOf(spot);
    return (spot.item.outputs ?? []).map((value) => run?.values[value] ?? null);
  }

  inputs(spot: Spot): (Shape | null)[] {
    const run = this.runOf(spot);
    return (spot.item.inputs ?? []).map((value) => run?.values[value] ?? null);
  }

  /** What a place costs for one image, all its turns together. Parameters do not depend on sizes. */
  cost(spot: Spot): Cost {
    const { start, end } = spot.item;
    const run = this.runOf(spot);
    const stated = this.runOf(spot, true);
    const between = (sums: Float64Array | undefined): number => (sums ? sums[end]! - sums[start]! : 0);
    return { params: between(stated?.params), macs: between(run?.macs), bytes: between(run?.elements) * BYTES };
  }

  /** What the network costs for one image, auxiliary heads apart. */
  total(): Cost {
    const { main } = this.graph(this.root);
    return {
      params: this.statedRun.params[main]!,
      macs: this.run.macs[main]!,
      bytes: this.run.elements[main]! * BYTES,
    };
  }

  /** How often a place runs in the network, turns of repeats around it counted. */
  count(spot: Spot): number {
    return this.way(spot).reduce((times, each) => times * each.item.times, 1);
  }

  /** How often a place is used: turns of repeats around it counted, but not its own. */
  uses(spot: Spot): number {
    return this.count(spot) / spot.item.times;
  }

  /** Why a place refuses the chosen size: the code of an op in it. */
  refusal(spot: Spot): string | null {
    const run = this.runOf(spot);
    if (!run) return null;
    for (let place = spot.item.start; place < spot.item.end; place += 1) {
      const found = run.refused.get(place) ?? (run.calls[place] ? firstRefusal(run.calls[place]!) : undefined);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The first place that refuses the chosen size, the innermost there, and why; heads come last. */
  refuser(): { spot: Spot; code: string } | null {
    let found: { spot: Spot; code: string } | null = null;
    let spots = this.children(null);
    for (;;) {
      const next = spots.find((spot) => this.refusal(spot) !== null);
      if (!next) return found;
      found = { spot: next, code: this.refusal(next)! };
      spots = this.children(next);
    }
  }

  /** What the outputs of a place see of the input, along each axis. */
  sight(spot: Spot): Sight[] | null {
    const use = this.useOf(spot);
    const value = spot.item.outputs?.[0];
    if (use === null || value === undefined) return null;
    const number = this.network.sight.uses[use]?.seen[value];
    return number === null || number === undefined ? null : this.network.sight.fields[number] ?? null;
  }

  private useOf(spot: Spot): number | null {
    const { uses } = this.network.sight;
    if (!spot.call) return uses.length - 1;
    const outer = this.useOf(spot.call);
    return outer === null ? null : uses[outer]?.calls[String(spot.call.item.start)] ?? null;
  }

  // --- texts

  /** The place whose text a line of a text is, in the same use of a block as `near` if possible. */
  atLine(text: number, line: number, column: number | null, near: Spot | null): Spot | null {
    let best: { graph: number; number: number; size: number } | null = null;
    const current = near ? this.way(near).map((spot) => spot.graph) : [];
    this.network.graphs.forEach((graph, number) => {
      graph.items.forEach((item, index) => {
        for (const place of [item.yaml, item.code]) {
          if (!place || !covers(place, text, line, column)) continue;
          const size = extent(place) + (current.includes(number) ? 0 : 0.5) + (item.kind === "op" ? 0.25 : 0);
          if (!best || size < best.size) best = { graph: number, number: index, size };
        }
      });
    });
    if (!best) return this.blockAt(text, line);
    const { graph, number } = best as { graph: number; number: number };
    const inner = near ? this.way(near).reverse().find((spot) => spot.graph === graph) : undefined;
    if (inner) return this.spot(inner.call, number);
    const call = this.firstCall(graph);
    return call === undefined ? null : this.spot(call, number);
  }

  /** The first use of the block whose text a line is in. */
  private blockAt(text: number, line: number): Spot | null {
    const number = this.network.graphs.findIndex(
      (graph) => graph.block && [graph.yaml, graph.code].some((place) => place && covers(place, text, line, null)),
    );
    return number < 0 ? null : this.firstCall(number) ?? null;
  }

  /** The first call of a graph, null for the network's own, undefined where there is none. */
  private firstCall(graph: number, call: Spot | null = null): Spot | null | undefined {
    const here = call ? call.item.graph! : this.root;
    if (here === graph) return call;
    for (const [number, item] of this.graph(here).items.entries()) {
      if (item.graph === undefined) continue;
      const found = this.firstCall(graph, this.spot(call, number));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function firstRefusal(run: GraphRun): string | undefined {
  for (const code of run.refused.values()) return code;
  for (const call of run.calls) {
    const found = call ? firstRefusal(call) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function covers([number, first, column, last, after]: TextPlace, text: number, line: number, at: number | null): boolean {
  if (number !== text || line < first || line > last || (line === last && after === 1)) return false;
  if (at === null) return true;
  return (line > first || at >= column) && (line < last || at < after);
}

function extent([, first, column, last, after]: TextPlace): number {
  return (last - first) * 1000 + (after - column);
}

function namesOf(graph: Graph): Names {
  const byName = new Map<string, number>();
  const parent = new Int32Array(graph.items.length).fill(-1);
  graph.items.forEach((item, number) => {
    if (!byName.has(item.name)) byName.set(item.name, number);
    for (const part of item.parts ?? []) parent[part] = number;
  });
  return { byName, parent };
}
