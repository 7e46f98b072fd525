// Zoom and pan: by wheel, touch and keyboard.

import { calm } from "./dom.js";
import { DURATION, type Figure } from "./figure.js";
import type { Point, Size } from "./geometry.js";

export interface View extends Point {
  scale: number;
}

const LEAST = 0.02;
const MOST = 4;
const MARGIN = 24;
const TOOLS = 64; // the room at the left that buttons take
const LEAST_WHOLE = 0.35; // of a figure that is shown as a whole, unless it is very long
const LEGIBLE = 0.7; // the least at which labels are read,
const EASY = 0.85; // and what is chosen where a figure has no room at that: also sizes are read

export class Viewport {
  view: View = { x: 0, y: 0, scale: 1 };
  /** Whether the figure is shown as a whole, and is kept so when the room for it changes. */
  fitted = true;
  /** Whether it is shown so that it is read, its beginning at least, as at first. */
  private legible = true;
  private content: Size = { width: 1, height: 1 };
  /** How far from the left the figure begins, which is seen where there is no room for its width. */
  private start = 0;
  private readonly pointers = new Map<number, Point>();
  private dragged = false;

  constructor(private readonly figure: Figure, private readonly moved: () => void) {
    const { svg } = figure;
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"] as const) svg.addEventListener(name, (event) => this.up(event));
    // A click at the end of a drag is none.
    svg.addEventListener("click", (event) => { if (this.dragged) event.stopPropagation(); }, { capture: true });
    new ResizeObserver(() => { if (this.fitted) this.refit(); else this.moved(); }).observe(svg);
  }

  get size(): Size {
    return { width: this.figure.svg.clientWidth || 1, height: this.figure.svg.clientHeight || 1 };
  }

  setContent(content: Size, start: number): void {
    this.content = content;
    this.start = start;
  }

  get contentSize(): Size {
    return this.content;
  }

  set(view: View, moving = false): void {
    const before = this.view;
    this.view = { ...view, scale: Math.min(MOST, Math.max(LEAST, view.scale)) };
    const { x, y, scale } = this.view;
    this.figure.view.setAttribute("transform", `translate(${x.toFixed(2)},${y.toFixed(2)}) scale(${scale.toFixed(4)})`);
    if (moving && !calm()) {
      const text = (v: View): string => `translate(${v.x}px, ${v.y}px) scale(${v.scale})`;
      this.figure.view.animate([{ transform: text(before) }, { transform: text(this.view) }], { duration: DURATION, easing: "ease-in-out" });
    }
    this.moved();
  }

  /** Show the whole figure; of one that is very long, its beginning. */
  fit(moving = false): void {
    this.legible = false;
    this.refit(moving);
  }

  /** Show it so that it is read, as at first: its beginning at least. */
  begin(moving = false): void {
    this.legible = true;
    this.refit(moving);
  }

  /** Show it again as it was fitted last: as a whole, or so that it is read. */
  refit(moving = false): void {
    const { width, height } = this.size;
    const whole = Math.min((width - 2 * MARGIN) / this.content.width, (height - 2 * MARGIN) / this.content.height);
    const least = !this.legible ? LEAST_WHOLE : whole < LEGIBLE ? EASY : LEGIBLE;
    const scale = Math.min(1.25, Math.max(whole, least));
    const [wide, high] = [scale * this.content.width, scale * this.content.height];
    const left = this.legible ? TOOLS : MARGIN;
    const centred = (width - wide) / 2;
    const x = centred < left ? Math.min(left, Math.max(width - MARGIN - wide, width / 2 - scale * this.start)) : centred;
    const y = high > height - 2 * MARGIN ? height - MARGIN - high : (height - high) / 2;
    this.set({ x, y, scale }, moving);
    this.fitted = true;
  }

  zoom(factor: number, at: Point = { x: this.size.width / 2, y: this.size.height / 2 }, moving = false): void {
    const { x, y, scale } = this.view;
    const next = Math.min(MOST, Math.max(LEAST, scale * factor));
    this.fitted = false;
    this.set({ x: at.x - ((at.x - x) * next) / scale, y: at.y - ((at.y - y) * next) / scale, scale: next }, moving);
  }

  pan(x: number, y: number, moving = false): void {
    this.fitted = false;
    this.set({ ...this.view, x: this.view.x + x, y: this.view.y + y }, moving);
  }

  /** Bring a part of the figure into view, if it is not, and make it readable. */
  reveal(place: Point & Size, centred = false): void {
    const { width, height } = this.size;
    let { x, y, scale } = this.view;
    if (scale < 0.55) scale = 0.9;
    const [left, top] = [x + place.x * scale, y + place.y * scale];
    const inside = scale === this.view.scale && left >= 0 && top >= 0 &&
      left + place.width * scale <= width && top + place.height * scale <= height;
    if (inside && !centred) return;
    x = width / 2 - (place.x + place.width / 2) * scale;
    y = height / 2 - (place.y + place.height / 2) * scale;
    this.fitted = false;
    this.set({ x, y, scale }, true);
  }

  private local(event: MouseEvent): Point {
    const { left, top } = this.figure.svg.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) this.pan(-(event.deltaX || event.deltaY) * unit, 0);
    else this.zoom(Math.exp((-event.deltaY * unit) / (event.ctrlKey ? 120 : 480)), this.local(event));
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, this.local(event));
    if (this.pointers.size === 1) this.dragged = false;
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.local(event);
    if (this.pointers.size === 1) {
      if (!this.dragged && Math.hypot(now.x - before.x, now.y - before.y) < 4) return;
      this.dragged = true;
      if (!this.figure.svg.hasPointerCapture(event.pointerId)) this.figure.svg.setPointerCapture(event.pointerId);
      this.pan(now.x - before.x, now.y - before.y);
    } else if (this.pointers.size === 2) {
      this.dragged = true;
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)![1];
      const distance = (point: Point): number => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      this.zoom(distance(now) / distance(before), middle);
    }
    this.pointers.set(event.pointerId, now);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) setTimeout(() => { this.dragged = false; });
  }
}
