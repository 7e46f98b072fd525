// The size of the input: a slider and a number for each axis, or one for several that go together, with the sizes
// marked that the network does not take.

import { h, iconButton, set } from "./dom.js";
import type { Network } from "./document.js";
import type { Model } from "./model.js";
import type { Shape } from "./sizes.js";

interface Member {
  input: number;
  place: number;
}

/** Axes that have one slider. */
interface Group {
  name: string;
  members: Member[];
  stated: number;
  most: number;
}

const LEAST_MOST = 64; // of a slider
const MOST = 65_536; // that may be typed
const SOON = 400; // milliseconds, until marks are made
const SLICE = 8; // milliseconds of work at a time, while marks are made

export class SizeBar {
  readonly element = h("div", { class: "sizes", role: "group", "aria-label": "Size of the input" });
  private model: Model | null = null;
  private groups: Group[] = [];
  private linked = true;
  private marking = 0;

  constructor(private readonly change: (shapes: Shape[]) => void) {}

  show(model: Model): void {
    const chosen = this.model?.chosen;
    const same = chosen && JSON.stringify(this.model!.stated) === JSON.stringify(model.stated);
    this.model = model;
    if (same) model.choose(chosen);
    else this.linked = true;
    this.build();
  }

  private build(): void {
    const { model } = this;
    if (!model) return;
    const apart = groups(model.network, false);
    const together = groups(model.network, true);
    this.groups = this.linked ? together : apart;
    const link = iconButton("link-axes", "One size for all axes", LINK, { "aria-pressed": String(this.linked) });
    link.addEventListener("click", () => {
      this.linked = !this.linked;
      if (this.linked) for (const group of together) this.put(group, this.value(group));
      this.build();
      this.change(model.chosen);
      this.element.querySelector<HTMLElement>("#link-axes")?.focus();
    });
    const reset = h("button", { type: "button", class: "plain", id: "reset-size", hidden: true }, "Reset");
    reset.addEventListener("click", () => {
      model.choose(model.stated);
      this.build();
      this.change(model.chosen);
    });
    this.element.replaceChildren(
      ...this.groups.map((group) => this.control(group)),
      ...(together.length < apart.length ? [link] : []), reset);
    this.tell();
    this.mark();
  }

  private value(group: Group): number {
    const { input, place } = group.members[0]!;
    return this.model!.chosen[input]![place]!;
  }

  private put(group: Group, value: number): void {
    const shapes = this.model!.chosen.map((shape) => [...shape]);
    for (const { input, place } of group.members) shapes[input]![place] = value;
    this.model!.choose(shapes);
  }

  private control(group: Group): HTMLElement {
    const value = this.value(group);
    const slider = h("input", {
      type: "range", min: 1, max: Math.max(group.most, value), value, "aria-label": `Size, ${group.name}`, "data-axes": group.name,
    });
    const number = h("input", { type: "number", min: 1, max: MOST, value, "aria-label": `Size in numbers, ${group.name}` });
    const take = (text: string): void => {
      const wanted = Math.round(Number(text));
      if (!(wanted >= 1 && wanted <= MOST)) return;
      if (wanted > Number(slider.max)) slider.max = String(wanted);
      slider.value = number.value = String(wanted);
      this.put(group, wanted);
      this.tell();
      this.change(this.model!.chosen);
    };
    slider.addEventListener("input", () => take(slider.value));
    number.addEventListener("input", () => take(number.value));
    number.addEventListener("change", () => { number.value = String(this.value(group)); });
    slider.addEventListener("change", () => this.mark());
    return h("div", { class: "size" }, h("span", { class: "axis", "aria-hidden": "true" }, group.name),
      h("div", { class: "slide" }, slider, h("div", { class: "marks", "aria-hidden": "true" })), number);
  }

  /** Show whether there is something to reset. */
  private tell(): void {
    const { model } = this;
    const reset = this.element.querySelector("#reset-size");
    if (model && reset) set(reset, { hidden: JSON.stringify(model.chosen) === JSON.stringify(model.stated) });
  }

  /** Mark, little by little, the sizes that are not taken while the other axes stay as they are. */
  private mark(): void {
    const { model } = this;
    const turn = (this.marking += 1);
    if (!model) return;
    const work: (() => void)[] = [];
    this.groups.forEach((group, place) => {
      const marks = this.element.querySelectorAll<HTMLElement>(".marks")[place];
      const slider = this.element.querySelectorAll<HTMLInputElement>("input[type=range]")[place];
      if (!marks || !slider) return;
      const most = Number(slider.max);
      const taken: boolean[] = [];
      for (let n = 1; n <= most; n += 1) {
        work.push(() => {
          const shapes = model.chosen.map((shape) => [...shape]);
          for (const member of group.members) shapes[member.input]![member.place] = n;
          taken[n] = model.takes(shapes);
          if (n === most) paint(marks, taken, most);
        });
      }
    });
    const slice = (): void => {
      const start = performance.now();
      while (work.length && performance.now() - start < SLICE) work.shift()!();
      if (work.length && turn === this.marking) setTimeout(slice);
    };
    setTimeout(slice, SOON);
  }
}

const LINK = "M6.5 9.5l3-3M7 5l1.5-1.5a2.5 2.5 0 0 1 4 4L11 9M9 11l-1.5 1.5a2.5 2.5 0 0 1-4-4L5 7";

/** The axes, each by itself, or those together that have the same stated length and stand for the same. */
function groups(network: Network, together: boolean): Group[] {
  const found = new Map<string, Group>();
  network.inputs.forEach((input, number) => {
    for (const axis of input.axes) {
      const stated = input.shape[axis.place]!;
      const plane = axis.letter === "H" || axis.letter === "W" ? "HW" : axis.letter;
      const key = together ? `${plane} ${stated}` : `${number} ${axis.name}`;
      const group = found.get(key) ?? { name: "", members: [], stated, most: Math.max(LEAST_MOST, 2 * stated) };
      const name = together ? axis.letter : axis.name;
      if (!group.name.split(", ").includes(name)) group.name = group.name ? `${group.name}, ${name}` : name;
      group.members.push({ input: number, place: axis.place });
      found.set(key, group);
    }
  });
  return [...found.values()];
}

/** Stripes where sizes are not taken, under the slider's way. */
function paint(marks: HTMLElement, taken: boolean[], most: number): void {
  const at = (n: number): string => `${((100 * (n - 1)) / Math.max(1, most - 1)).toFixed(2)}%`;
  const stops: string[] = [];
  for (let n = 1; n <= most; n += 1) {
    const end = taken.findIndex((each, other) => other > n && each !== taken[n]);
    const last = end < 0 ? most : end;
    const colour = taken[n] ? "var(--taken)" : "var(--refused)";
    stops.push(`${colour} ${at(n)}`, `${colour} ${at(last)}`);
    if (end < 0) break;
    n = end - 1;
  }
  marks.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  marks.dataset["refused"] = String(taken.filter((each, n) => n > 0 && !each).length);
}
