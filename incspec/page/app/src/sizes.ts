// Sizes: what every tensor is, and every op costs, for any size of the input. Follows the rules that Python wrote down.

import type { Expression, Network, Rule, Test } from "./document.js";

export type Shape = number[];

/** One run of a graph. Values that are not reached are null; costs are sums over the instructions before each. */
export interface GraphRun {
  values: (Shape | null)[];
  calls: (GraphRun | null)[];
  /** The code of the refusal of an instruction that is an op. */
  refused: Map<number, string>;
  params: Float64Array;
  macs: Float64Array;
  elements: Float64Array;
  ops: Float64Array;
  /** Whether all but auxiliary heads run, and whether these do. */
  fine: boolean;
  fineInHeads: boolean;
}

interface Outcome {
  refused?: string;
  shapes: Shape[];
  params: number;
  macs: number;
}

const SAFE = Number.MAX_SAFE_INTEGER;

function floorDivide(a: number, b: number): number {
  return Math.floor(a / b);
}

/** The value of an expression. Products may be too large for a number in between: then whole ones of any size are used. */
export function valueOf(expression: Expression, lengths: readonly number[]): number {
  if (typeof expression === "number") return expression;
  if (typeof expression === "string") return lengths[Number(expression)] ?? NaN;
  const a = valueOf(expression[1], lengths);
  const b = valueOf(expression[2], lengths);
  switch (expression[0]) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return a > SAFE || a < -SAFE ? Number(exact(expression, lengths)) : floorDivide(a, b);
    default: return a - floorDivide(a, b) * b;
  }
}

function exact(expression: Expression, lengths: readonly number[]): bigint {
  if (typeof expression === "number") return BigInt(expression);
  if (typeof expression === "string") return BigInt(lengths[Number(expression)] ?? 0);
  const a = exact(expression[1], lengths);
  const b = exact(expression[2], lengths);
  switch (expression[0]) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    default: {
      const rest = ((a % b) + b) % b;
      return expression[0] === "/" ? (a - rest) / b : rest;
    }
  }
}

function holds([comparison, left, right]: Test, lengths: readonly number[]): boolean {
  const a = valueOf(left, lengths);
  const b = valueOf(right, lengths);
  return comparison === "==" ? a === b : comparison === "<" ? a < b : a <= b;
}

/** The leaf of a rule that is reached for some lengths. */
export function followed(rule: Rule, lengths: readonly number[]): Rule {
  let now = rule;
  while (now.tests && now.then) {
    const other = now.tests.find((test) => holds(test, lengths) !== test[3]);
    now = other ? other[4] : now.then;
  }
  return now;
}

export function outcome(rule: Rule, inputs: readonly Shape[]): Outcome {
  const lengths = inputs.flat();
  const leaf = followed(rule, lengths);
  if (leaf.refused !== undefined) return { refused: leaf.refused, shapes: [], params: 0, macs: 0 };
  return {
    shapes: (leaf.shapes ?? []).map((shape) => shape.map((length) => valueOf(length, lengths))),
    params: leaf.params ?? 0,
    macs: leaf.macs === undefined ? 0 : valueOf(leaf.macs, lengths),
  };
}

export function product(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** All runs of the graphs of a network, each once for equal inputs. */
export class Sizes {
  private readonly runs = new Map<string, GraphRun>();

  constructor(private readonly network: Network) {}

  /** The run of the whole network for the shapes of its inputs. */
  run(inputs: readonly Shape[]): GraphRun {
    this.runs.clear();
    return this.graph(this.network.graphs.length - 1, inputs);
  }

  /** Whether the network takes inputs of these shapes, and, with `heads`, its auxiliary heads do. */
  takes(inputs: readonly Shape[], heads = false): boolean {
    const run = this.run(inputs);
    return run.fine && (run.fineInHeads || !heads);
  }

  private graph(number: number, inputs: readonly Shape[]): GraphRun {
    const key = `${number}:${inputs.map((shape) => shape.join("x")).join(",")}`;
    const known = this.runs.get(key);
    if (known) return known;
    const made = this.execute(number, inputs);
    this.runs.set(key, made);
    return made;
  }

  private execute(number: number, inputs: readonly Shape[]): GraphRun {
    const graph = this.network.graphs[number]!;
    const count = graph.program.length;
    const [params, macs, elements, ops] = [0, 1, 2, 3].map(() => new Float64Array(count + 1)) as [
      Float64Array, Float64Array, Float64Array, Float64Array,
    ];
    const run: GraphRun = {
      values: [], calls: [], refused: new Map(), params, macs, elements, ops, fine: true, fineInHeads: true,
    };
    graph.inputs.forEach((value, place) => { run.values[value] = inputs[place] ?? null; });
    graph.program.forEach(([target, read, made], place) => {
      const arriving: Shape[] = [];
      for (const value of read) {
        const shape = run.values[value];
        if (shape) arriving.push(shape);
      }
      let [ownParams, ownMacs, ownElements, ownOps] = [0, 0, 0, 0];
      let shapes: (Shape | null)[] = [];
      let fine = arriving.length === read.length;
      run.calls[place] = null;
      if (fine && target < 0) {
        const called = this.graph(~target, arriving);
        const inner = this.network.graphs[~target]!;
        run.calls[place] = called;
        shapes = inner.outputs.map((value) => called.values[value] ?? null);
        [ownParams, ownMacs, ownElements, ownOps] =
          [last(called.params), last(called.macs), last(called.elements), last(called.ops)];
        fine = called.fine;
      } else if (fine) {
        const found = outcome(this.network.rules[target]!, arriving);
        shapes = found.shapes;
        [ownParams, ownMacs, ownElements, ownOps] = [found.params, found.macs, sum(found.shapes.map(product)), 1];
        if (found.refused !== undefined) {
          run.refused.set(place, found.refused);
          fine = false;
        }
      }
      made.forEach((value, index) => { run.values[value] = shapes[index] ?? null; });
      params[place + 1] = params[place]! + ownParams;
      macs[place + 1] = macs[place]! + ownMacs;
      elements[place + 1] = elements[place]! + ownElements;
      ops[place + 1] = ops[place]! + ownOps;
      if (!fine && place < graph.main) run.fine = false;
      if (!fine && place >= graph.main) run.fineInHeads = false;
    });
    return run;
  }
}

function last(values: Float64Array): number {
  return values[values.length - 1] ?? 0;
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
