// The minimap: all boxes small, and the part of the figure that is in view, which can be dragged.

import { s, set } from "./dom.js";
import type { Figure } from "./figure.js";
import type { Viewport } from "./viewport.js";

const WIDTH = 132;
const HEIGHT = 148;

export class Minimap {
  readonly element: SVGSVGElement;
  private readonly boxes = s("path", { class: "mini-boxes" });
  private readonly frame = s("rect", { class: "mini-frame", rx: 2 });
  private scale = 1;

  constructor(private readonly figure: Figure, private readonly viewport: Viewport) {
    this.element = s("svg", { id: "minimap", "aria-hidden": "true" }, this.boxes, this.frame);
    const go = (event: PointerEvent): void => {
      if (!event.buttons) return;
      const { left, top } = this.element.getBoundingClientRect();
      const { width, height } = viewport.size;
      const { scale } = viewport.view;
      viewport.fitted = false;
      viewport.set({
        x: width / 2 - ((event.clientX - left) / this.scale) * scale,
        y: height / 2 - ((event.clientY - top) / this.scale) * scale,
        scale,
      });
    };
    this.element.addEventListener("pointerdown", (event) => { this.element.setPointerCapture(event.pointerId); go(event); });
    this.element.addEventListener("pointermove", go);
  }

  draw(): void {
    const { width, height } = this.viewport.contentSize;
    this.scale = Math.min(WIDTH / width, HEIGHT / height);
    set(this.element, { width: width * this.scale, height: height * this.scale });
    const parts: string[] = [];
    for (const { x, y, width: w, height: hi } of this.figure.places.values()) {
      const [a, b, c, d] = [x, y, w, hi].map((length) => (length * this.scale).toFixed(1));
      parts.push(`M${a},${b}h${c}v${d}h-${c}z`);
    }
    set(this.boxes, { d: parts.join("") });
    this.follow();
  }

  /** Show which part is in view; nothing where all is. */
  follow(): void {
    const { x, y, scale } = this.viewport.view;
    const { width, height } = this.viewport.size;
    const content = this.viewport.contentSize;
    const factor = this.scale / scale;
    set(this.frame, { x: -x * factor, y: -y * factor, width: width * factor, height: height * factor });
    const all = x >= -1 && y >= -1 && x + content.width * scale <= width + 1 && y + content.height * scale <= height + 1;
    this.element.classList.toggle("idle", all);
  }
}
