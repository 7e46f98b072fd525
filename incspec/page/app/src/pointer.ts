// The pointer and the focus in the figure: what is pressed is selected or opened, what is pointed at shows the way to it.

import type { Spot } from "./model.js";

export interface PointerActions {
  find(key: string): Spot | null;
  select(spot: Spot | null): void;
  toggle(spot: Spot): void;
  way(spot: Spot | null): void;
}

export function followPointer(svg: SVGSVGElement, actions: PointerActions): void {
  const spotOf = (target: EventTarget | null): Spot | null => {
    const box = target instanceof Element ? target.closest(".box") : null;
    return box ? actions.find(box.getAttribute("data-key") ?? "") : null;
  };
  const onSign = (event: Event): boolean => (event.target as Element).closest(".hit-area") !== null;
  svg.addEventListener("click", (event) => {
    const spot = spotOf(event.target);
    if (spot && onSign(event)) actions.toggle(spot);
    else actions.select(spot);
  });
  svg.addEventListener("dblclick", (event) => {
    const spot = spotOf(event.target);
    if (spot && !onSign(event)) actions.toggle(spot);
  });
  svg.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") actions.way(spotOf(event.target)); });
  svg.addEventListener("pointerleave", () => actions.way(null));
  svg.addEventListener("focusin", (event) => actions.way(event.target === svg ? null : spotOf(event.target)));
  svg.addEventListener("focusout", () => actions.way(null));
}
