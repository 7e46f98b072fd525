// The table of layers: a tree of rows that fold, sort among their siblings, and have bars for what they cost.

import { h, set } from "./dom.js";
import type { Metric, Model, Spot } from "./model.js";
import { bytes, shapes, short, title, whole } from "./words.js";

type Column = "layer" | "output" | Metric;
const COLUMNS: [Column, string][] = [
  ["layer", "Layer"], ["output", "Output"], ["params", "Parameters"], ["macs", "Multiply-adds"], ["bytes", "Memory"],
];

export interface TableActions {
  select(spot: Spot): void;
  hover(spot: Spot | null): void;
}

export class Table {
  readonly element: HTMLElement;
  private readonly body: HTMLTableSectionElement;
  private readonly heads = new Map<Column, HTMLTableCellElement>();
  readonly unfolded = new Set<string>();
  private sorting: { column: Column; down: boolean } | null = null;
  private model: Model | null = null;
  private selected = "";

  constructor(private readonly actions: TableActions) {
    this.body = h("tbody");
    const head = h("tr", {}, ...COLUMNS.map(([column, name]) => {
      const cell = h("th", { scope: "col", "data-column": column });
      const button = h("button", { type: "button" }, name);
      button.addEventListener("click", () => this.sort(column));
      cell.append(button);
      this.heads.set(column, cell);
      return cell;
    }));
    const table = h("table", { id: "table", role: "treegrid", "aria-label": "Layers" }, h("thead", {}, head), this.body);
    const all = h("button", { type: "button", class: "plain", id: "unfold-all" }, "Unfold all");
    const none = h("button", { type: "button", class: "plain", id: "fold-all" }, "Fold all");
    all.addEventListener("click", () => this.unfoldAll());
    none.addEventListener("click", () => { this.unfolded.clear(); this.draw(); });
    this.element = h("div", { class: "table-pane" }, h("div", { class: "pane-tools" }, all, none),
      h("div", { class: "scroll" }, table));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("pointerover", (event) => this.actions.hover(this.spotOf(event.target)));
    this.body.addEventListener("pointerleave", () => this.actions.hover(null));
  }

  show(model: Model): void {
    this.model = model;
    this.draw();
  }

  select(spot: Spot | null): void {
    this.selected = spot?.key ?? "";
    if (spot && this.model) {
      const hidden = this.model.way(spot).slice(0, -1).filter((each) => !this.unfolded.has(each.key));
      if (hidden.length) {
        hidden.forEach((each) => this.unfolded.add(each.key));
        this.draw();
      }
    }
    for (const row of this.body.rows) set(row, { "aria-selected": String(row.dataset["key"] === this.selected) });
    const row = this.row(this.selected);
    if (row && this.element.offsetParent) row.scrollIntoView({ block: "nearest" });
    this.focusable(row ?? this.body.rows[0] ?? null);
  }

  private unfoldAll(): void {
    let count = 0;
    for (const spot of this.model?.every() ?? []) {
      if ((count += 1) > 4000) break;
      if (this.model!.children(spot).length) this.unfolded.add(spot.key);
    }
    this.draw();
  }

  private sort(column: Column): void {
    if (this.sorting?.column !== column) this.sorting = { column, down: column !== "layer" && column !== "output" };
    else if (this.sorting.down === (column !== "layer" && column !== "output")) this.sorting = { column, down: !this.sorting.down };
    else this.sorting = null;
    this.draw();
  }

  draw(): void {
    const { model } = this;
    if (!model) return;
    for (const [column, cell] of this.heads) {
      const here = this.sorting?.column === column;
      set(cell, { "aria-sort": here ? (this.sorting!.down ? "descending" : "ascending") : "none" });
    }
    const focused = this.body.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : null;
    const rows: HTMLTableRowElement[] = [];
    const total = model.total();
    const visit = (spots: Spot[], level: number): void => {
      spots.forEach((spot, place) => {
        const inner = this.children(spot);
        const open = inner.length > 0 && this.unfolded.has(spot.key);
        rows.push(this.made(model, spot, level, place + 1, spots.length, inner.length > 0 ? open : null, total));
        if (open) visit(this.sorted(model, inner), level + 1);
      });
    };
    visit(this.sorted(model, model.children(null)), 1);
    this.body.replaceChildren(...rows);
    this.focusable(this.row(focused ?? this.selected) ?? rows[0] ?? null);
    if (focused) this.row(focused)?.focus();
  }

  /** What is beneath a row; a block whose body is one merge has that merge's parts beneath it. */
  private children(spot: Spot): Spot[] {
    const found = this.model!.children(spot);
    return found.length === 1 && found[0]!.item.kind === "merge" && spot.item.kind !== "branch" ? this.model!.children(found[0]!) : found;
  }

  private sorted(model: Model, spots: Spot[]): Spot[] {
    if (!this.sorting) return spots;
    const { column, down } = this.sorting;
    const key = (spot: Spot): number | string =>
      column === "layer" ? title(spot).toLowerCase()
        : column === "output" ? (model.outputs(spot)[0] ?? []).reduce((a, b) => a * b, 1) : model.cost(spot)[column];
    const keyed = spots.map((spot) => ({ spot, key: key(spot) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (down ? -1 : 1));
    return keyed.map(({ spot }) => spot);
  }

  private made(
    model: Model, spot: Spot, level: number, place: number, of: number, open: boolean | null, total: Record<Metric, number>,
  ): HTMLTableRowElement {
    const cost = model.cost(spot);
    const uses = model.uses(spot);
    const name = h("span", { class: "name" },
      h("span", { class: "fold", "aria-hidden": "true" }, open === null ? "" : open ? "▾" : "▸"),
      h("span", { class: "label" }, title(spot)), ["input", "output", "section"].includes(spot.item.kind) ? null : h("span", { class: "where" }, spot.item.name));
    name.style.paddingLeft = `${(level - 1) * 14}px`;
    const shown: Record<Metric, string> = { params: short(cost.params), macs: short(cost.macs), bytes: bytes(cost.bytes) };
    const cell = (metric: Metric): HTMLTableCellElement => {
      const bar = h("span", { class: "bar" });
      const share = total[metric] ? Math.min(1, (cost[metric] * uses) / total[metric]) : 0;
      bar.style.width = `${(100 * share).toFixed(2)}%`;
      return h("td", { class: "number", role: "gridcell", title: whole(cost[metric]) }, bar, h("span", {}, cost[metric] ? shown[metric] : "0"));
    };
    return h("tr", {
      role: "row", tabindex: -1, "data-key": spot.key, "aria-level": level, "aria-posinset": place, "aria-setsize": of,
      "aria-expanded": open === null ? null : String(open), "aria-selected": String(spot.key === this.selected),
      "data-kind": spot.item.kind, "data-refused": model.refusal(spot) ? true : null,
    },
    h("td", { role: "gridcell" }, name), h("td", { role: "gridcell", class: "shape" }, shapes(model.outputs(spot))),
    cell("params"), cell("macs"), cell("bytes"));
  }

  private row(key: string): HTMLTableRowElement | null {
    return key ? this.body.querySelector(`tr[data-key="${CSS.escape(key)}"]`) : null;
  }

  private spotOf(target: EventTarget | null): Spot | null {
    const row = target instanceof Element ? target.closest("tr") : null;
    return row ? this.model?.find(row.dataset["key"] ?? "") ?? null : null;
  }

  private click(event: MouseEvent): void {
    const spot = this.spotOf(event.target);
    if (!spot) return;
    if ((event.target as Element).closest(".fold")) this.fold(spot, !this.unfolded.has(spot.key));
    else this.actions.select(spot);
  }

  private fold(spot: Spot, open: boolean): void {
    if (open === this.unfolded.has(spot.key) || !this.children(spot).length) return;
    if (open) this.unfolded.add(spot.key);
    else this.unfolded.delete(spot.key);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const row = (event.target as Element).closest("tr");
    const spot = this.spotOf(event.target);
    if (!row || !spot) return;
    const rows = [...this.body.rows];
    const move = (to: HTMLTableRowElement | undefined | null): void => {
      if (!to) return;
      this.focusable(to);
      to.focus();
    };
    const open = row.getAttribute("aria-expanded");
    const actions: Record<string, () => void> = {
      ArrowDown: () => move(rows[rows.indexOf(row) + 1]),
      ArrowUp: () => move(rows[rows.indexOf(row) - 1]),
      Home: () => move(rows[0]),
      End: () => move(rows[rows.length - 1]),
      ArrowRight: () => { if (open === "false") this.fold(spot, true); else if (open) move(rows[rows.indexOf(row) + 1]); },
      ArrowLeft: () => {
        if (open === "true") this.fold(spot, false);
        else move(rows.slice(0, rows.indexOf(row)).reverse().find((each) => Number(each.ariaLevel) < Number(row.ariaLevel)));
      },
      Enter: () => this.actions.select(spot),
      " ": () => this.actions.select(spot),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** One row can be reached by tabbing, the others from it. */
  private focusable(row: HTMLTableRowElement | null): void {
    for (const each of this.body.querySelectorAll("tr[tabindex='0']")) each.setAttribute("tabindex", "-1");
    row?.setAttribute("tabindex", "0");
  }
}
