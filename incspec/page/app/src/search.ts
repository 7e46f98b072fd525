// Search: what is typed -> places whose label, name or path has it; a combobox whose list is walked with the arrow keys.

import { h, set } from "./dom.js";
import type { Model, Spot } from "./model.js";
import { shapes, title } from "./words.js";

const MOST = 60; // that are listed

/** The places that a text is found in: in labels and names, `/` between blocks. */
export function found(model: Model, text: string): { spots: Spot[]; count: number } {
  const words = text.toLowerCase().replaceAll("×", "x").split(/\s+/).filter(Boolean);
  const spots: Spot[] = [];
  let count = 0;
  if (!words.length) return { spots, count };
  for (const spot of model.every()) {
    if (["branch", "merge", "residual", "series", "section"].includes(spot.item.kind) && !spot.item.name.includes(words[0]!)) continue;
    const graph = spot.item.graph === undefined ? "" : model.graph(spot.item.graph).block;
    const own = `${spot.item.kind === "layer" || spot.item.kind === "op" || spot.item.kind === "block" ? title(spot) : ""} ${spot.item.name} ${graph}`;
    const inside = `${own} ${(spot.item.ops ?? []).flat().join(" ")}`.toLowerCase();
    const all = `${inside} ${spot.key.toLowerCase()}`;
    if (words.some((word) => inside.includes(word)) && words.every((word) => all.includes(word))) {
      count += 1;
      if (spots.length < MOST) spots.push(spot);
    }
  }
  return { spots, count };
}

export class Search {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly status: HTMLElement;
  private spots: Spot[] = [];
  private current = -1;

  constructor(
    private readonly model: () => Model,
    private readonly choose: (spot: Spot) => void,
    private readonly hits: (spots: Spot[]) => void,
  ) {
    this.input = h("input", {
      id: "search", type: "search", role: "combobox", placeholder: "Search: 1x7, reduction_b", "aria-label": "Search layers",
      "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
    });
    this.list = h("ul", { id: "found", role: "listbox", "aria-label": "What was found", hidden: true });
    this.status = h("span", { class: "unseen", role: "status" });
    this.element = h("div", { class: "search" }, this.input, this.list, this.status);
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => { if (this.input.value) this.look(); });
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = (event.target as Element).closest("[role=option]");
      if (option) this.take(Number(option.getAttribute("data-number")));
    });
  }

  private look(): void {
    const { spots, count } = found(this.model(), this.input.value);
    this.spots = spots;
    this.current = -1;
    this.hits(spots);
    this.list.replaceChildren(...spots.map((spot, number) =>
      h("li", { id: `found-${number}`, role: "option", "aria-selected": "false", "data-number": number },
        h("span", { class: "what" }, title(spot)), h("span", { class: "where" }, spot.key),
        h("span", { class: "shape" }, shapes(this.model().outputs(spot))))));
    const text = !this.input.value.trim() ? "" : count === 0 ? "nothing found" : `${count} found`;
    this.status.textContent = text;
    if (text && (count === 0 || count > spots.length)) {
      this.list.append(h("li", { class: "more", role: "option", "aria-disabled": "true", "aria-selected": "false" },
        count === 0 ? "Nothing found" : `${count - spots.length} more`));
    }
    this.list.hidden = !text;
    set(this.input, { "aria-expanded": String(Boolean(text)), "aria-activedescendant": null });
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this.list.hidden) this.input.value = "";
      this.close();
      this.hits([]);
    } else if (event.key === "Enter" && this.spots.length) {
      this.take(Math.max(0, this.current));
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.spots.length) return;
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.current = (this.current + step + this.spots.length) % this.spots.length;
      for (const option of this.list.querySelectorAll("[role=option]")) {
        const here = option.id === `found-${this.current}`;
        option.setAttribute("aria-selected", String(here));
        if (here) option.scrollIntoView({ block: "nearest" });
      }
      set(this.input, { "aria-activedescendant": `found-${this.current}` });
    }
  }

  private take(number: number): void {
    const spot = this.spots[number];
    if (!spot) return;
    this.close();
    this.choose(spot);
  }

  private close(): void {
    this.list.hidden = true;
    set(this.input, { "aria-expanded": "false", "aria-activedescendant": null });
  }
}
