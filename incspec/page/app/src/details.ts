// Details: all that is known of the selected place.

import { byId, h, type Child } from "./dom.js";
import type { Place } from "./document.js";
import type { Model, Spot } from "./model.js";
import { bytes, KINDS, percent, shapes, title, whole } from "./words.js";

export interface DetailsActions {
  select(spot: Spot | null): void;
  toggle(spot: Spot): void;
  isOpen(spot: Spot): boolean;
  showSource(place: Place): void;
  excerpt(place: Place): HTMLElement;
  textName(text: number): string;
}

/** Show what is known of a place, or of the network. The button that has the focus keeps it, if there is such a one then. */
export function showDetails(model: Model, spot: Spot | null, actions: DetailsActions): void {
  const pane = byId("details");
  const focused = pane.contains(document.activeElement) ? document.activeElement?.textContent : null;
  pane.replaceChildren(...(spot ? ofSpot(model, spot, actions) : ofNetwork(model, actions)));
  if (!focused) return;
  const same = [...pane.querySelectorAll("button")].find((button) => button.textContent === focused);
  (same ?? pane).focus();
}

function ofNetwork(model: Model, actions: DetailsActions): HTMLElement[] {
  const total = model.total();
  const { network } = model;
  const graph = model.graph(model.root);
  const run = model.run;
  const outputs = graph.outputs.map((value) => run.values[value] ?? null);
  return [
    h("h2", {}, network.name),
    ...(network.arxiv ? [h("p", { class: "where" }, `arXiv:${network.arxiv}`)] : []),
    facts([
      ["Input", shapes(model.chosen)],
      ["Output", shapes(outputs)],
      ["Parameters", whole(total.params)],
      ["Multiply-adds", run.fine ? whole(total.macs) : "—"],
      ["Activations", run.fine ? bytes(total.bytes) : "—", "outputs of all ops, as float32"],
      ["Alive at once", bytes(network.peak), `in inference, at ${shapes(model.stated)}`],
    ]),
    ...places(graph.yaml, graph.code, actions, false),
    h("p", { class: "hint screen-only" }, "Select a box for its shapes, cost and source; ", h("kbd", {}, "?"), " lists the keys."),
  ];
}

function ofSpot(model: Model, spot: Spot, actions: DetailsActions): HTMLElement[] {
  const { item } = spot;
  const cost = model.cost(spot);
  const total = model.total();
  const each = item.times;
  const count = model.count(spot);
  const called = item.graph === undefined ? null : model.graph(item.graph);
  const reached = model.outputs(spot).every(Boolean);
  const perTurn = (value: number): string => (each > 1 ? `${each} × ${whole(value / each)}` : "");
  const share = (value: number, of: number): string => (of ? percent(value / of) : "");
  const note = (...parts: string[]): string => parts.filter(Boolean).join(", ");
  const outer = model.uses(spot);
  const refusal = model.refusal(spot);
  const sight = model.sight(spot);
  const rows: [string, string, string?][] = [
    ["Input", shapes(model.inputs(spot))],
    ["Output", shapes(model.outputs(spot))],
    ["Parameters", whole(cost.params), note(perTurn(cost.params), share(cost.params * outer, total.params))],
    ["Multiply-adds", reached ? whole(cost.macs) : "—", reached ? note(perTurn(cost.macs), share(cost.macs * outer, total.macs)) : ""],
    ["Activations", reached ? bytes(cost.bytes) : "—", reached ? share(cost.bytes * outer, total.bytes) : ""],
  ];
  if (sight?.length) {
    rows.push(["Receptive field", sights(sight, 2), "cells of the input"], ["Stride", sights(sight, 1)]);
  }
  if (outer > 1) rows.push(["Runs", `${count} times`, "counts above are for one use"]);
  if (called && Object.keys(called.params).length) {
    rows.push(["Block's parameters", Object.entries(called.params).map(([name, value]) => `${name} = ${value}`).join(", ")]);
  }
  if (called?.figure) rows.push(["Figure", called.figure + (called.arxiv ? ` of arXiv:${called.arxiv}` : "")]);
  const way = model.way(spot).slice(0, -1).filter((each) => each.item.kind !== "section");
  return [
    h("nav", { class: "way-to", "aria-label": "Where it is" },
      crumb(model.network.name, () => actions.select(null)),
      ...way.flatMap((each) => [h("span", { "aria-hidden": "true" }, "›"), crumb(each.item.name, () => actions.select(each))])),
    h("h2", {}, title(spot)),
    h("p", { class: "where" }, h("code", {}, spot.key), ` ${KINDS[item.kind]}`),
    ...(refusal ? [h("p", { class: "refusal" }, model.network.refusals[refusal] ?? refusal)] : []),
    facts(rows),
    ...(item.ops && item.ops.length > 1
      ? [h("p", { class: "ops" }, item.ops.map(([, label]) => label).join(" → "))]
      : []),
    ...(model.opens(spot)
      ? [button(actions.isOpen(spot) ? "Close in the figure" : "Open in the figure", () => actions.toggle(spot))]
      : []),
    ...places(item.yaml ?? called?.yaml ?? null, item.code ?? null, actions),
    ...(called?.yaml ? [h("h3", { class: "screen-only" }, "The block"), ...places(called.yaml, called.code, actions, false)] : []),
  ];
}

function sights(sight: [string, string?, (number | "")?][], place: 1 | 2): string {
  const texts = sight.map((each) => (each.length === 1 ? (place === 2 ? "all" : "—") : each[place] === "" ? "unclear" : String(each[place])));
  return new Set(texts).size === 1 ? texts[0]! : texts.map((text, number) => `${sight[number]![0]} ${text}`).join(", ");
}

function facts(rows: [string, string, string?][]): HTMLElement {
  return h("dl", { class: "facts" }, ...rows.map(([name, value, more]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, value, " ", more ? h("small", {}, more) : null))));
}

function places(yaml: Place | null, code: Place | null, actions: DetailsActions, shown = true): HTMLElement[] {
  return [yaml, code].filter((place): place is Place => Boolean(place)).map((place) =>
    h("div", { class: shown ? "excerpt" : "excerpt screen-only" },
      button(`${actions.textName(place[0])}, ${label(place)}`, () => actions.showSource(place)),
      shown ? actions.excerpt(place) : null));
}

function label([, first, , last, after]: Place): string {
  const end = after === 1 ? last - 1 : last;
  return end > first ? `lines ${first}–${end}` : `line ${first}`;
}

function crumb(text: string, action: () => void): HTMLElement {
  return button(text, action, "crumb");
}

export function button(text: Child, action: () => void, kind = "plain"): HTMLButtonElement {
  const made = h("button", { type: "button", class: kind }, text);
  made.addEventListener("click", action);
  return made;
}
