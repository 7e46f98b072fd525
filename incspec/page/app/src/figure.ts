// The figure: a scene as SVG, whose elements stay the same ones while it changes, so that what moves is seen to move.

import { calm, s, set } from "./dom.js";
import type { Point, Size } from "./geometry.js";
import type { Metric, Model, Spot } from "./model.js";
import { curve, HEADER, type Scene, type SceneBox, TITLE } from "./scene.js";

export const DURATION = 220; // of a movement, in milliseconds

export type Colouring = "type" | "none" | Metric;

interface BoxView {
  element: SVGGElement;
  /** What is pressed: the box without what is in it. */
  head: SVGGElement;
  shape: SVGRectElement;
  back: SVGRectElement;
  label: SVGTextElement;
  size: SVGTextElement;
  sign: SVGPathElement;
  press: SVGRectElement;
  level: LevelView | null;
  at: Point;
}

/** A curve between the edge of an open box and an entry or exit of its level. */
interface Way {
  d: string;
  port: string;
}

interface LevelView {
  element: SVGGElement;
  arrows: SVGGElement;
  boxes: Map<string, BoxView>;
  drawn: string;
}

/** Where a box is in the figure, and where the arrow to it ends, from its left. */
export interface Spread extends Point, Size {
  foot: number;
}

export class Figure {
  readonly svg: SVGSVGElement;
  readonly view: SVGGElement;
  private root: LevelView;
  private readonly views = new Map<string, BoxView>();
  /** Where boxes are in the figure, by key. */
  readonly places = new Map<string, Spread>();

  constructor(private model: Model) {
    this.view = s("g", { class: "view" });
    this.svg = s(
      "svg", { id: "figure", class: "figure", role: "group", tabindex: 0, "aria-describedby": "figure-keys" },
      s("defs", {}, this.tip("tip", "arrow-tip"), this.tip("tip-way", "arrow-tip way")), this.view,
    );
    this.root = this.level();
    this.view.append(this.root.element);
  }

  private tip(id: string, name: string): SVGMarkerElement {
    return s(
      "marker", { id, viewBox: "0 0 8 8", refX: 7.4, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse" },
      s("path", { d: "M0,0.6L8,4L0,7.4L1.8,4z", class: name }),
    );
  }

  /** Draw a scene in the place of the last one. */
  draw(model: Model, scene: Scene, moving: boolean): void {
    this.model = model;
    this.places.clear();
    this.views.clear();
    set(this.svg, { "aria-label": `Figure of ${model.network.name}` });
    this.update(this.root, scene, { x: 0, y: 0 }, moving && !calm());
  }

  private level(): LevelView {
    const arrows = s("g", { class: "arrows" });
    return { element: s("g", { class: "level" }, arrows), arrows, boxes: new Map(), drawn: "" };
  }

  private update(view: LevelView, scene: Scene, at: Point, moving: boolean, ways: Way[] = []): void {
    this.arrows(view, scene, ways, moving);
    const gone = new Map(view.boxes);
    for (const [place, box] of scene.boxes.entries()) {
      const key = box.spot.key;
      let own = view.boxes.get(key);
      gone.delete(key);
      if (!own) {
        own = this.box(box);
        view.boxes.set(key, own);
        view.element.append(own.element);
        if (moving) own.element.animate([{ opacity: 0 }, { opacity: 1 }], { duration: DURATION });
      } else if (moving && (own.at.x !== box.x || own.at.y !== box.y)) {
        const [from, to] = [own.at, box].map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` }));
        own.element.animate([from!, to!], { duration: DURATION, easing: "ease-in-out" });
      }
      own.at = { x: box.x, y: box.y };
      this.views.set(key, own);
      this.places.set(key, { x: at.x + box.x, y: at.y + box.y, width: box.width, height: box.height, foot: box.foot });
      this.fill(own, box, { x: at.x + box.x, y: at.y + box.y }, moving, box.inner ? this.ways(scene, place) : []);
    }
    for (const [key, own] of gone) {
      own.element.remove();
      view.boxes.delete(key);
    }
  }

  private arrows(view: LevelView, scene: Scene, ways: Way[], moving: boolean): void {
    const paths = scene.laid.arrows.map((points) => curve(points));
    const drawn = [...paths, ...ways.map(({ d }) => d)].join();
    if (drawn === view.drawn) return;
    const changes = view.drawn !== "";
    view.drawn = drawn;
    view.arrows.replaceChildren(
      ...scene.level.arrows.map(([tail, tailPort, head, headPort], number) =>
        s("path", {
          d: paths[number]!, class: "arrow", "data-from": tail < 0 ? `i${tailPort}` : tail, "data-to": head < 0 ? `o${headPort}` : head,
          ...(head < 0 ? {} : { "marker-end": "url(#tip)" }),
        })),
      ...ways.map(({ d, port }) => s("path", { d, class: "arrow", "data-way": port })),
    );
    if (moving && changes) view.arrows.animate([{ opacity: 0 }, { opacity: 0 }, { opacity: 1 }], { duration: DURATION * 1.5 });
  }

  /** From the edge of an open box to the entries of its level, and from its exits to the edge. */
  private ways(scene: Scene, place: number): Way[] {
    const found: Way[] = [];
    const box = scene.boxes[place]!;
    const inner = box.inner!;
    const ends = (head: boolean): Map<number, Point> => {
      const points = new Map<number, Point>();
      scene.level.arrows.forEach(([from, fromPort, to, toPort], number) => {
        const line = scene.laid.arrows[number]!;
        const end = head ? line[line.length - 1] : line[0];
        const edge = head ? box.height - box.offset.y : -box.offset.y;
        if ((head ? to : from) === place && end) points.set(head ? toPort : fromPort, { x: end.x - box.x - box.offset.x, y: edge });
      });
      return points;
    };
    const join = (a: Point, b: Point, port: string): void => {
      const y = (a.y + b.y) / 2;
      found.push({ d: curve([a, { x: a.x, y }, { x: b.x, y }, b]), port });
    };
    const [below, above] = [ends(true), ends(false)];
    inner.laid.entries.forEach((entry, port) => {
      const edge = below.get(port);
      if (edge) join(edge, entry, `i${port}`);
    });
    // What a block in a head gives leads nowhere, but out of the block.
    inner.laid.exits.forEach((exit, port) => join(exit, above.get(port) ?? { x: exit.x, y: -box.offset.y }, `o${port}`));
    return found;
  }

  private box(box: SceneBox): BoxView {
    const back = s("rect", { class: "back", rx: 5 });
    const shape = s("rect", { class: "shape", rx: 5 });
    const label = s("text", { class: "label" });
    const size = s("text", { class: "extent" });
    const sign = s("path", { class: "sign" });
    const press = s("rect", { class: "hit-area", rx: 4 });
    const head = s("g", { class: "head", role: "button", tabindex: -1 }, back, shape, label, " ", size, press, sign);
    const element = s("g", { class: "box" }, head);
    return { element, head, shape, back, label, size, sign, press, level: null, at: { x: box.x, y: box.y } };
  }

  private fill(view: BoxView, box: SceneBox, at: Point, moving: boolean, ways: Way[]): void {
    const { spot, inner, width, height } = box;
    const opens = this.model.opens(spot);
    set(view.element, {
      transform: `translate(${box.x},${box.y})`,
      "data-key": spot.key,
      "data-kind": spot.item.kind,
      "data-family": spot.item.family || null,
    });
    set(view.head, { "aria-label": box.lines.filter(Boolean).join(" "), "aria-expanded": opens ? Boolean(inner) : null });
    view.element.classList.toggle("open", Boolean(inner));
    view.element.classList.toggle("many", (spot.item.times > 1 || spot.item.kind === "repeat") && !inner);
    const before = { width: Number(view.shape.getAttribute("width")), height: Number(view.shape.getAttribute("height")) };
    const grows = moving && before.width > 0 && before.width !== width;
    if (grows) {
      const pixels = (size: Size): Record<string, string> => ({ width: `${size.width}px`, height: `${size.height}px` });
      view.shape.animate([pixels(before), pixels(box)], { duration: DURATION, easing: "ease-in-out" });
    }
    set(view.shape, { width, height });
    set(view.back, { width, height, x: 4, y: -4 });
    const shift = opens ? 8 : 0;
    if (inner) {
      set(view.label, { x: TITLE, y: HEADER / 2 + 4.5, "text-anchor": "start" });
      set(view.sign, { d: "M9,13h9", transform: "translate(0,0)" });
      set(view.size, { x: box.extent, y: HEADER / 2 + 4, "text-anchor": "end" });
    } else {
      set(view.label, { x: width / 2 + shift, y: box.lines[1] ? 17 : height / 2 + 4.5, "text-anchor": "middle" });
      set(view.size, { x: width / 2 + shift, y: 32, "text-anchor": "middle" });
      set(view.sign, { d: opens ? "M9,20h9M13.5,15.5v9" : "" });
    }
    set(view.press, opens ? { x: 1, y: 1, width: 25, height: inner ? HEADER - 1 : height - 2, visibility: null } : { visibility: "hidden" });
    view.label.textContent = box.lines[0];
    view.size.textContent = inner && box.extent === null ? "" : box.lines[1];
    if (inner) {
      if (!view.level) {
        view.level = this.level();
        view.element.append(view.level.element);
        // What is in it grows with it.
        const { x, y } = box.offset;
        const scaled = (a: number, b: number): Keyframe => ({ transform: `translate(${x * a}px, ${y * b}px) scale(${a}, ${b})` });
        const from = scaled(before.width / width, before.height / height);
        if (grows) view.level.element.animate([from, scaled(1, 1)], { duration: DURATION, easing: "ease-in-out" });
      }
      set(view.level.element, { transform: `translate(${box.offset.x},${box.offset.y})` });
      this.update(view.level, inner, { x: at.x + box.offset.x, y: at.y + box.offset.y }, moving, ways);
    } else if (view.level) {
      view.level.element.remove();
      view.level = null;
    }
  }

  // --- what is marked

  element(key: string): SVGGElement | null {
    return this.views.get(key)?.element ?? null;
  }

  head(key: string): SVGGElement | null {
    return this.views.get(key)?.head ?? null;
  }

  keys(): IterableIterator<string> {
    return this.views.keys();
  }

  mark(name: string, keys: Iterable<string>): void {
    const wanted = new Set(keys);
    for (const [key, view] of this.views) view.element.classList.toggle(name, wanted.has(key));
  }

  /** Mark the way from the input to a box: all that it is computed from, and the arrows between. */
  markWay(scene: Scene, spot: Spot | null): void {
    for (const element of this.svg.querySelectorAll(".view .way")) element.classList.remove("way");
    for (const arrow of this.svg.querySelectorAll(".arrow[marker-end]")) arrow.setAttribute("marker-end", "url(#tip)");
    if (!spot) return;
    const chain: { scene: Scene; place: number }[] = [];
    const search = (inside: Scene): boolean =>
      inside.boxes.some((box, place) => {
        chain.push({ scene: inside, place });
        if (box.spot.key === spot.key || (box.inner && search(box.inner))) return true;
        chain.pop();
        return false;
      });
    if (!search(scene)) return;
    this.element(spot.key)?.classList.add("way");
    // From the innermost level outwards: what it needs of its entries is needed of the box that it is in.
    let ports: Set<number> | null = null;
    for (const { scene: inside, place } of chain.reverse()) ports = this.upstream(inside, place, ports);
  }

  /** Mark what leads to a box in one level, to some of its ports or to all; gives the entries of the level that it needs. */
  private upstream(scene: Scene, place: number, ports: Set<number> | null): Set<number> {
    const entries = new Set<number>();
    const [marked, seen] = [new Set<string>(), new Set<number>()];
    const waiting = [place];
    while (waiting.length) {
      const head = waiting.pop()!;
      if (seen.has(head)) continue;
      seen.add(head);
      const box = scene.boxes[head]!;
      this.element(box.spot.key)?.classList.add("way");
      if (box.inner && head !== place) this.markLevel(box.inner, null);
      scene.level.arrows.forEach(([tail, tailPort, to, toPort], number) => {
        if (to !== head || (head === place && ports && !ports.has(toPort))) return;
        marked.add(String(number));
        if (tail >= 0) waiting.push(tail);
        else {
          entries.add(tailPort);
          marked.add(`i${tailPort}`);
        }
      });
    }
    this.markLevel(scene, marked);
    return entries;
  }

  /** Mark some arrows of a level, or all, and all that is in it. */
  private markLevel(scene: Scene, marked: Set<string> | null): void {
    const view = scene.spot ? this.views.get(scene.spot.key)?.level : this.root;
    Array.from(view?.arrows.children ?? []).forEach((arrow, number) => {
      if (marked && !marked.has(arrow.getAttribute("data-way") ?? String(number))) return;
      arrow.classList.add("way");
      if (arrow.hasAttribute("marker-end")) arrow.setAttribute("marker-end", "url(#tip-way)");
    });
    if (marked) return;
    for (const box of scene.boxes) {
      this.element(box.spot.key)?.classList.add("way");
      if (box.inner) this.markLevel(box.inner, null);
    }
  }

  /** Colour boxes by type, or by their share of the most costly one that is seen. */
  colour(by: Colouring): number {
    this.svg.dataset["colouring"] = by;
    if (by === "type" || by === "none") return 0;
    const costs = new Map([...this.views.keys()].map((key) => [key, this.cost(key, by)]));
    const closed = [...costs].filter(([key]) => !this.views.get(key)!.level);
    const most = Math.max(0, ...closed.map(([, cost]) => cost));
    for (const [key, view] of this.views) {
      const heat = view.level || !most ? 0 : Math.sqrt(costs.get(key)! / most);
      view.element.style.setProperty("--heat", `${(heat * 100).toFixed(1)}%`);
    }
    return most;
  }

  /** What a box costs in the network: of what is in a repeat, all turns. */
  private cost(key: string, by: Metric): number {
    const spot = this.model.find(key)!;
    return this.model.cost(spot)[by] * this.model.uses(spot);
  }
}
