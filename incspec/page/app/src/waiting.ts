// What is shown of a spec before it has been without mistakes: what is wrong, and where.

import type { Refused } from "./document.js";
import { h } from "./dom.js";
import { endedNotice } from "./follow.js";
import { told } from "./mistakes.js";
import { Sources } from "./source.js";

export class Waiting {
  private readonly sources = new Sources(() => {});
  private readonly list = h("div", { id: "diagnostics", role: "status" });

  constructor(private readonly app: HTMLElement) {}

  show({ name, diagnostics, texts }: Refused): void {
    if (!this.list.isConnected) {
      this.app.replaceChildren(
        h("header", {}, h("div", { class: "title" }, h("h1", { id: "name" }, name),
          h("p", { id: "totals" }, "The figure appears here as soon as the spec has no mistakes."))),
        endedNotice(), this.list, h("main", { class: "waiting" }, this.sources.element));
    }
    this.list.replaceChildren(...diagnostics.map((each) => told(each, (label) => this.sources.point(label))));
    this.sources.write(texts, diagnostics);
    const [first] = diagnostics.flatMap(({ labels }) => labels);
    if (first) this.sources.point(first);
  }
}
