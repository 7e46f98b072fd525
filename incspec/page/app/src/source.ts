// The texts: YAML and model.py side by side, highlighted, linked with the figure both ways.

import hljs from "highlight.js/lib/core";
import python from "highlight.js/lib/languages/python";
import yaml from "highlight.js/lib/languages/yaml";
import { h, set } from "./dom.js";
import type { Diagnostic, Place, Text } from "./document.js";

hljs.registerLanguage("python", python);
hljs.registerLanguage("yaml", yaml);

const LATER = 600; // milliseconds
const LONGEST = 400_000; // characters of a text that is highlighted

/** The lines of a text as HTML, each complete by itself. */
export function highlighted(text: Text): string[] {
  if (text.text.length > LONGEST) return text.text.split(/\r\n|\r|\n/).map(escaped);
  const open: string[] = [];
  return hljs.highlight(text.text, { language: text.language }).value.split(/\r\n|\r|\n/).map((line) => {
    const before = open.join("");
    for (const tag of line.match(/<span[^>]*>|<\/span>/g) ?? []) {
      if (tag === "</span>") open.pop();
      else open.push(tag);
    }
    return before + line + "</span>".repeat(open.length);
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]!);
}

interface Pane {
  text: Text;
  number: number;
  lines: HTMLElement[];
  list: HTMLElement;
  current: number;
}

export class Sources {
  readonly element = h("div", { class: "sources" });
  private panes: Pane[] = [];
  private html: string[][] = [];
  private texts: Text[] = [];
  private shownSpec = 0;
  private diagnostics: Diagnostic[] = [];
  private selected: (Place | null | undefined)[] = [];
  private built = false;

  constructor(private readonly choose: (text: number, line: number, column: number | null) => void) {}

  show(texts: Text[], diagnostics: Diagnostic[]): void {
    this.texts = texts;
    this.html = [];
    this.shownSpec = Math.min(this.shownSpec, Math.max(0, texts.length - 2));
    this.diagnostics = diagnostics;
    this.built = false;
    // Highlighting takes a while, and nobody reads this first.
    setTimeout(() => this.ready(), this.element.offsetParent ? 0 : LATER);
  }

  /** Make the panes, if that has not been done. */
  ready(): void {
    if (this.built || !this.texts.length) return;
    this.built = true;
    this.build();
    this.tell(this.diagnostics);
    this.select(this.selected);
  }

  private lines(number: number): string[] {
    this.html[number] ??= highlighted(this.texts[number]!);
    return this.html[number]!;
  }

  private build(): void {
    const last = this.texts.length - 1;
    this.panes = [...new Set([this.shownSpec, last])].map((number) => this.pane(number));
    const specs = this.texts.slice(0, -1);
    this.element.replaceChildren(...this.panes.map((pane, side) => {
      const name = h("h2", {}, pane.text.name);
      const heading = side === 0 && specs.length > 1 ? this.selector(specs) : name;
      return h("section", { class: "pane", "aria-label": pane.text.name }, h("div", { class: "pane-tools" }, heading), pane.list);
    }));
  }

  private selector(specs: Text[]): HTMLElement {
    const made = h("select", { "aria-label": "File" }, ...specs.map((text, number) => h("option", { value: number }, text.name)));
    made.value = String(this.shownSpec);
    made.addEventListener("change", () => {
      this.shownSpec = Number(made.value);
      this.build();
      this.element.querySelector("select")?.focus();
    });
    return made;
  }

  private pane(number: number): Pane {
    const text = this.texts[number]!;
    const lines = this.lines(number).map((html, index) => {
      const code = h("code");
      code.innerHTML = html || " ";
      return h("div", { class: "line", role: "option", "aria-selected": "false", id: `line-${number}-${index + 1}`,
        "aria-label": html.replace(/<[^>]*>/g, "").trim() ? null : `line ${index + 1}, empty` },
        h("span", { class: "line-number", "aria-hidden": "true" }, String(index + 1)), code);
    });
    const list = h("div", { class: "code", role: "listbox", tabindex: 0, "aria-label": `Lines of ${text.name}` }, ...lines);
    const pane: Pane = { text, number, lines, list, current: -1 };
    list.addEventListener("click", (event) => {
      const line = (event.target as Element).closest<HTMLDivElement>(".line");
      if (line && !getSelection()?.toString()) this.choose(number, lines.indexOf(line) + 1, columnAt(event, line));
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
      if (step !== undefined) this.go(pane, Math.min(lines.length - 1, Math.max(0, pane.current + step)));
      else if (event.key === "Enter" && pane.current >= 0) this.choose(number, pane.current + 1, null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return pane;
  }

  private go(pane: Pane, line: number): void {
    pane.lines[pane.current]?.classList.remove("current");
    pane.current = line;
    pane.lines[line]?.classList.add("current");
    pane.lines[line]?.scrollIntoView({ block: "nearest" });
    set(pane.list, { "aria-activedescendant": pane.lines[line]?.id ?? null });
  }

  /** Mark the lines of a place in each text, and bring them into view. */
  select(places: (Place | null | undefined)[]): void {
    this.selected = places;
    if (!this.built) return;
    const spec = places.find((place) => place && place[0] < this.texts.length - 1);
    if (spec && spec[0] !== this.shownSpec) {
      this.shownSpec = spec[0];
      this.build();
    }
    for (const pane of this.panes) {
      const place = places.find((each) => each?.[0] === pane.number);
      pane.lines.forEach((line, index) => {
        const inside = Boolean(place && index + 1 >= place[1] && (index + 1 < place[3] || (index + 1 === place[3] && place[4] > 1)));
        if ((line.ariaSelected === "true") !== inside) set(line, { "aria-selected": String(inside) });
      });
      if (place) this.reveal(pane, place);
    }
  }

  /** The panes can be seen now: what is selected in them comes into view. */
  shown(): void {
    this.ready();
    this.select(this.selected);
  }

  /** Scroll a pane, and nothing around it, so that a place is in the middle. */
  private reveal(pane: Pane, [, first, , last]: Place): void {
    const [top, bottom] = [pane.lines[first - 1], pane.lines[Math.min(last, pane.lines.length) - 1]];
    pane.current = first - 1;
    if (!top || !bottom || !pane.list.clientHeight) return;
    const height = bottom.offsetTop + bottom.offsetHeight - top.offsetTop;
    const room = Math.max(12, (pane.list.clientHeight - height) / 2);
    if (top.offsetTop < pane.list.scrollTop || top.offsetTop + height > pane.list.scrollTop + pane.list.clientHeight) {
      pane.list.scrollTop = top.offsetTop - room;
    }
  }

  /** Underline the lines that diagnostics are about. */
  tell(diagnostics: Diagnostic[]): void {
    this.diagnostics = diagnostics;
    for (const pane of this.panes) {
      pane.lines.forEach((line, index) => {
        const found = diagnostics.find((each) => each.file === pane.text.name && each.line === index + 1);
        set(line, { "data-severity": found?.severity ?? null });
      });
    }
  }

  /** A few lines of a text, to stand elsewhere. */
  excerpt([number, first, , last, after]: Place): HTMLElement {
    const end = after === 1 ? last - 1 : last;
    const lines = this.lines(number).slice(first - 1, Math.min(end, first + 13));
    const indent = Math.min(...this.texts[number]!.text.split(/\r\n|\r|\n/).slice(first - 1, end).filter((line) => line.trim())
      .map((line) => line.length - line.trimStart().length));
    return h("pre", { class: "code", tabindex: 0, "aria-label": `${this.texts[number]!.name}, from line ${first}` },
      ...lines.map((html) => {
        const code = h("code");
        code.innerHTML = `${html.replace(new RegExp(`^((?:<[^>]*>)*) {${Number.isFinite(indent) ? indent : 0}}`), "$1")}\n`;
        return code;
      }), end > first + 13 ? "…" : null);
  }
}

/** The column of a line that is clicked, from 1; null where that cannot be told. */
function columnAt(event: MouseEvent, line: HTMLElement): number | null {
  const code = line.querySelector("code");
  const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
  if (!code || !caret || !code.contains(caret.offsetNode)) return null;
  const before = document.createRange();
  before.setStart(code, 0);
  before.setEnd(caret.offsetNode, caret.offset);
  return before.toString().length + 1;
}
