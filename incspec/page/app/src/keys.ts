// Keys: from box to box in the figure, and those that work everywhere.

import type { Figure } from "./figure.js";
import type { Model, Spot } from "./model.js";
import type { Viewport } from "./viewport.js";

export interface KeyActions {
  selected(): Spot | null;
  model(): Model;
  select(spot: Spot | null): void;
  toggle(spot: Spot): void;
  search(): void;
  help(): void;
}

const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0],
};
const STEP = 60; // of a pan, in pixels

export class Keys {
  constructor(private readonly figure: Figure, private readonly viewport: Viewport, private readonly actions: KeyActions) {
    document.addEventListener("keydown", (event) => this.everywhere(event));
    figure.svg.addEventListener("keydown", (event) => this.inFigure(event));
  }

  private everywhere(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog")) return;
    const actions: Record<string, () => void> = {
      "/": () => this.actions.search(),
      "?": () => this.actions.help(),
      "+": () => this.viewport.zoom(1.25, undefined, true),
      "=": () => this.viewport.zoom(1.25, undefined, true),
      "-": () => this.viewport.zoom(0.8, undefined, true),
      "0": () => this.viewport.fit(true),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  private inFigure(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const spot = this.actions.selected();
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) this.viewport.pan(-arrow[0] * STEP, -arrow[1] * STEP);
    else if (arrow) this.go(spot, arrow);
    else if ((event.key === "Enter" || event.key === " ") && spot) this.actions.toggle(spot);
    else if (event.key === "Escape") this.up(spot);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private up(spot: Spot | null): void {
    const model = this.actions.model();
    const around = spot ? model.around(spot) : [];
    this.actions.select(around[around.length - 1] ?? null);
    if (!around.length) this.figure.svg.focus();
  }

  /** To the next box in a direction: the nearest one, what lies aside counting double. */
  private go(from: Spot | null, [dx, dy]: [number, number]): void {
    const model = this.actions.model();
    const places = this.figure.places;
    const key = from ? model.boxes(from)[0]?.key : undefined;
    const start = key === undefined ? undefined : places.get(key);
    if (!start || key === undefined) {
      const first = [...places.keys()][0];
      if (first !== undefined) this.actions.select(model.find(first));
      return;
    }
    let best: string | null = null;
    let least = Infinity;
    for (const [other, place] of places) {
      if (other === key) continue;
      const inside = other.startsWith(`${key}/`) || this.contains(place, start);
      const x = place.x + place.width / 2 - (start.x + start.width / 2);
      const y = edge(place, start, dy);
      const along = dx ? x * dx : y * dy;
      const aside = dx ? Math.abs(edge(place, start, 1)) : Math.abs(x);
      if (along <= 1 || (inside && !other.startsWith(`${key}/`))) continue;
      const distance = along + 2 * aside;
      if (distance < least) [best, least] = [other, distance];
    }
    if (best !== null) this.actions.select(model.find(best));
  }

  private contains(outer: Box, inner: Box): boolean {
    return outer.x <= inner.x && outer.y <= inner.y &&
      outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How far down a box is from another: between their feet upwards, between their heads downwards. */
function edge(place: Box, start: Box, direction: number): number {
  return direction < 0 ? place.y + place.height - (start.y + start.height) : place.y - start.y;
}
