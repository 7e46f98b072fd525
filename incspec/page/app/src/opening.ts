// Which boxes are open.

import type { Model, Spot } from "./model.js";

const FEW = 8; // boxes of a repeat or head that is open from the beginning
const LONG = 12; // boxes one above the other, beyond which repeats begin closed

export class Opening {
  readonly keys = new Set<string>();

  /** Open what a network begins with: small heads, and small repeats as long as the figure stays short. */
  begin(model: Model): void {
    let rows = model.level(null)!.boxes.length;
    for (const spot of model.children(null)) {
      const boxes = model.level(spot)?.boxes.length ?? 0;
      if (boxes > FEW) continue;
      if (spot.item.kind === "aux") this.keys.add(spot.key);
      if (spot.item.kind === "repeat" && rows + boxes <= LONG) {
        this.keys.add(spot.key);
        rows += boxes;
      }
    }
  }

  has(spot: Spot): boolean {
    return this.keys.has(spot.key);
  }

  toggle(spot: Spot): void {
    if (!this.keys.delete(spot.key)) this.keys.add(spot.key);
  }

  /** The places around one that are closed, from the outermost on. */
  closedAround(model: Model, spot: Spot): Spot[] {
    return model.around(spot).filter((each) => !this.has(each));
  }

  /** The boxes that are seen of a place: its own, or the closed one that it is in. */
  shownFor(model: Model, spot: Spot): string[] {
    const [closed] = this.closedAround(model, spot);
    return closed ? [closed.key] : model.boxes(spot).map(({ key }) => key);
  }
}
