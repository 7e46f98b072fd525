// The document that Python writes (`page/document.py`): all graphs of a network, each once, calling each other by number.

export type Place = [text: number, line: number, column: number, lastLine: number, columnAfter: number];
export type Expression = number | string | [operator: string, left: Expression, right: Expression];
export type Test = [comparison: string, left: Expression, right: Expression, answer: boolean, other: Rule];

export interface Rule {
  tests?: Test[];
  then?: Rule;
  refused?: string;
  shapes?: Expression[][];
  params?: number;
  macs?: Expression;
}

/** The number of a rule, or ~ that of a graph; the values that are read; those that are made. */
export type Instruction = [target: number, read: number[], made: number[]];
export type Kind =
  | "input" | "layer" | "op" | "block" | "merge" | "residual" | "branch" | "series" | "repeat" | "section" | "aux" | "output";

export interface Level {
  boxes: number[];
  entries: number;
  exits: number;
  /** Boxes by their place in `boxes`; -1 is outside, ports are then the level's entries and exits. */
  arrows: [tail: number, tailPort: number, head: number, headPort: number, slack: number][];
}

export interface Item {
  kind: Kind;
  name: string;
  label?: string;
  family?: string;
  inputs?: number[];
  outputs?: number[];
  start: number;
  end: number;
  times: number;
  parts?: number[];
  graph?: number;
  level?: Level;
  ops?: [keyword: string, label: string][];
  yaml?: Place;
  code?: Place;
}

export interface Graph {
  block: string;
  title: string;
  figure: string;
  arxiv: string;
  params: Record<string, string | number | boolean>;
  inputs: number[];
  outputs: number[];
  main: number;
  program: Instruction[];
  items: Item[];
  top: number[];
  level: Level;
  yaml: Place | null;
  code: Place | null;
}

export interface Axis {
  name: string;
  letter: string;
  place: number;
}

export interface Input {
  name: string;
  shape: number[];
  axes: Axis[];
}

export interface Use {
  seen: (number | null)[];
  calls: Record<string, number>;
}

/** The axis, the stride and the receptive field along it; the last two are missing where all is seen. */
export type Sight = [axis: string, stride?: string, size?: number | ""];

export interface Text {
  name: string;
  language: "yaml" | "python";
  text: string;
}

/** A place in one line of a text, -1 where the page has not that text; the column after it; what is said of it there. */
export interface Label {
  text: number;
  file: string;
  line: number;
  column: number;
  after: number;
  says: string;
}

export interface Diagnostic {
  severity: "error" | "warning" | "note";
  code: string;
  message: string;
  /** Where it is, then what else is said of other places. */
  labels: Label[];
  notes: string[];
  help: string;
}

export interface Network {
  /** Whether this is only what the figure is drawn from, while the rest is being made: no texts, no receptive fields. */
  sketch?: true;
  name: string;
  arxiv: string;
  inputs: Input[];
  peak: number;
  graphs: Graph[];
  rules: Rule[];
  refusals: Record<string, string>;
  sight: { fields: Sight[][]; uses: Use[] };
  texts: Text[];
  diagnostics: Diagnostic[];
}

/** What is wrong with a spec, and its files as they are written now. */
export interface Refused {
  name: string;
  diagnostics: Diagnostic[];
  texts: Text[];
}

export type Shown = Network | Refused;
