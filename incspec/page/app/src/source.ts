// The texts: YAML and model.py side by side, highlighted, linked with the figure both ways.

import hljs from "highlight.js/lib/core";
import python from "highlight.js/lib/languages/python";
import yaml from "highlight.js/lib/languages/yaml";
import { h, set } from "./dom.js";
import type { Diagnostic, Label, Place, Text } from "./document.js";
import { quoted } from "./mistakes.js";
import { moved } from "./moved.js";

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
  private readonly html = new WeakMap<Text, string[]>();
  /** The texts of the network, which places are in; and those that are shown, which have been changed since if there are mistakes. */
  private good: Text[] = [];
  private texts: Text[] = [];
  private shownSpec = 0;
  private diagnostics: Diagnostic[] = [];
  private selected: (Place | null | undefined)[] = [];
  private built = false;

  constructor(private readonly choose: (text: number, line: number, column: number | null) => void) {}

  /** Show the texts of a network. */
  show(texts: Text[], diagnostics: Diagnostic[]): void {
    this.good = texts;
    this.put(texts, diagnostics);
  }

  /** Show the files of a spec as they are written now, with mistakes; the printed source stays that of the network. */
  write(specs: Text[], diagnostics: Diagnostic[]): void {
    this.put(specs.length ? [...specs, ...this.good.slice(-1)] : this.good, diagnostics);
  }

  private put(texts: Text[], diagnostics: Diagnostic[]): void {
    this.texts = texts;
    this.shownSpec = Math.min(this.shownSpec, Math.max(0, this.specs().length - 1));
    this.diagnostics = diagnostics;
    this.built = false;
    // Highlighting takes a while, and nobody reads this first.
    setTimeout(() => this.ready(), this.element.offsetParent ? 0 : LATER);
  }

  private specs(): Text[] {
    return this.texts.filter(({ language }) => language === "yaml");
  }

  /** Make the panes, if that has not been done. */
  ready(): void {
    if (this.built || !this.texts.length) return;
    this.build();
    this.select(this.selected);
  }

  private lines(text: Text): string[] {
    let found = this.html.get(text);
    if (!found) this.html.set(text, found = highlighted(text));
    return found;
  }

  private build(): void {
    this.built = true;
    const specs = this.specs();
    const shown = [...new Set([this.shownSpec, ...(this.texts.length > specs.length ? [this.texts.length - 1] : [])])];
    const scrolled = new Map(this.panes.map(({ text, list }) => [text.name, list.scrollTop]));
    this.panes = shown.map((number) => this.pane(number));
    this.element.replaceChildren(...this.panes.map((pane, side) => {
      const name = h("h2", {}, pane.text.name);
      const heading = side === 0 && specs.length > 1 ? this.selector(specs) : name;
      return h("section", { class: "pane", "aria-label": pane.text.name }, h("div", { class: "pane-tools" }, heading), pane.list);
    }));
    for (const { text, list } of this.panes) list.scrollTop = scrolled.get(text.name) ?? 0;
    this.mark();
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
    const lines = this.lines(text).map((html, index) => {
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
      if (line && !getSelection()?.toString()) this.chosen(number, lines.indexOf(line) + 1, columnAt(event, line));
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
      if (step !== undefined) this.go(pane, Math.min(lines.length - 1, Math.max(0, pane.current + step)));
      else if (event.key === "Enter" && pane.current >= 0) this.chosen(number, pane.current + 1, null);
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

  private chosen(number: number, line: number, column: number | null): void {
    const place = this.known(number, line);
    if (place) this.choose(...place, this.texts[number]!.text === this.good[place[0]]!.text ? column : null);
  }

  /** Where a line that is shown was in the texts of the network; null where its file is none of them. */
  known(number: number, line: number): [text: number, line: number] | null {
    return translated(number, line, this.texts, this.good);
  }

  /** Mark the lines of a place of the network in each text, and bring them into view. */
  select(places: (Place | null | undefined)[]): void {
    this.selected = places;
    if (!this.built) return;
    const shown = places.map((place) => place && this.now(place)).filter((place) => place !== null && place !== undefined);
    const spec = shown.find((place) => this.texts[place[0]]!.language === "yaml");
    if (spec) this.open(spec[0]);
    for (const pane of this.panes) {
      const place = shown.find((each) => each[0] === pane.number);
      pane.lines.forEach((line, index) => {
        const inside = Boolean(place && index + 1 >= place[1] && (index + 1 < place[3] || (index + 1 === place[3] && place[4] > 1)));
        if ((line.ariaSelected === "true") !== inside) set(line, { "aria-selected": String(inside) });
      });
      if (place) this.reveal(pane, place);
    }
  }

  /** A place of the network in the texts that are shown. */
  private now([number, first, column, last, after]: Place): Place | null {
    const [start, end] = [first, last].map((line) => translated(number, line, this.good, this.texts));
    return start && end ? [start[0], start[1], column, end[1], after] : null;
  }

  /** Show what is said of a place in a text. */
  point({ text, line }: Label): void {
    if (!this.texts[text]) return;
    this.ready();
    this.open(text);
    const pane = this.panes.find(({ number }) => number === text);
    if (!pane) return;
    this.reveal(pane, [text, line, 1, line, 2]);
    this.go(pane, line - 1);
  }

  /** Show a file of the spec. */
  private open(number: number): void {
    if (this.shownSpec === number) return;
    this.shownSpec = number;
    this.build();
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

  /** Mark the places that diagnostics are about, and say what is said of them behind their lines. */
  private mark(): void {
    for (const { severity, labels } of this.diagnostics) {
      labels.forEach((label, place) => {
        const line = this.panes.find(({ number }) => number === label.text)?.lines[label.line - 1];
        if (!line) return;
        const role = place ? "other" : severity;
        underline(line.querySelector("code")!, label.column - 1, Math.max(label.after, label.column + 1) - 1, role);
        if (label.says) line.append(h("span", { class: "said", "data-severity": role }, ...quoted(label.says)));
      });
    }
  }

  /** A few lines of a text, to stand elsewhere. */
  excerpt([number, first, , last, after]: Place): HTMLElement {
    const end = after === 1 ? last - 1 : last;
    const text = this.good[number]!;
    const lines = this.lines(text).slice(first - 1, Math.min(end, first + 13));
    const indent = Math.min(...text.text.split(/\r\n|\r|\n/).slice(first - 1, end).filter((line) => line.trim())
      .map((line) => line.length - line.trimStart().length));
    return h("pre", { class: "code", tabindex: 0, "aria-label": `${text.name}, from line ${first}` },
      ...lines.map((html) => {
        const code = h("code");
        code.style.setProperty("--indent", `${Math.max(0, html.replace(/<[^>]*>/g, "").search(/\S/) - indent)}ch`);
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

/** A line of one list of texts in another: the printed source is the last of each, files are known by their names. */
function translated(number: number, line: number, from: Text[], to: Text[]): [text: number, line: number] | null {
  const text = from[number];
  const other = text ? to.findIndex(({ name, language }) => name === text.name && language === text.language) : -1;
  if (!text || other < 0) return null;
  const same = to[number]?.name === text.name ? number : other; // of several files of one name
  return [same, moved(line, text.text, to[same]!.text)];
}

/** Put the characters of a line from one to another into marks. */
function underline(code: HTMLElement, from: number, to: number, severity: string): void {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const parts: globalThis.Text[] = [];
  while (walker.nextNode()) parts.push(walker.currentNode as globalThis.Text);
  let at = 0;
  for (const part of parts) {
    const [start, end] = [Math.max(from - at, 0), Math.min(to - at, part.length)];
    at += part.length;
    if (start >= end) continue;
    const middle = part.splitText(start);
    middle.splitText(end - start);
    const mark = h("mark", { "data-severity": severity });
    middle.replaceWith(mark);
    mark.append(middle);
  }
}
