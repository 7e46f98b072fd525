// On paper the whole figure is seen, however it is zoomed on the screen.

import { set } from "./dom.js";
import type { Figure } from "./figure.js";
import type { Viewport } from "./viewport.js";

export function followPrinting(figure: Figure, viewport: Viewport): void {
  const print = (on: boolean): void => {
    const { width, height } = viewport.contentSize;
    set(figure.svg, { viewBox: on ? `-4 -4 ${width + 8} ${height + 8}` : null });
    if (on) figure.view.removeAttribute("transform");
    else viewport.set(viewport.view);
  };
  const printing = matchMedia("print");
  printing.addEventListener("change", () => print(printing.matches));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
}
