// The page: what is open, selected, coloured and searched, and how its parts follow each other.

import { details } from "./details.js";
import type { Diagnostic, Label, Network, Place, Shown } from "./document.js";
import { byId, h, set } from "./dom.js";
import { download, png, svgText } from "./export.js";
import { type Colouring, Figure } from "./figure.js";
import { Tabs } from "./frame.js";
import { Keys } from "./keys.js";
import { isReady, start } from "./layout.js";
import { colourChoice, legend } from "./legend.js";
import { Minimap } from "./minimap.js";
import { quoted, told } from "./mistakes.js";
import { Model, type Spot } from "./model.js";
import { type Scene, Scenes } from "./scene.js";
import { Search } from "./search.js";
import { type Format, shell } from "./shell.js";
import { SizeBar } from "./sizebar.js";
import type { Shape } from "./sizes.js";
import { Sources } from "./source.js";
import { Table } from "./table.js";
import { Viewport } from "./viewport.js";
import { bytes, shapes, short, title } from "./words.js";

const FEW = 8; // boxes of a repeat or head that is open from the beginning
const LONG = 12; // boxes one above the other, beyond which repeats begin closed

export class App {
  private model: Model;
  private readonly open = new Set<string>();
  private scenes: Scenes;
  private scene: Scene;
  private selected: Spot | null = null;
  private hits: Spot[] = [];
  private readonly figure: Figure;
  private readonly viewport: Viewport;
  private readonly minimap: Minimap;
  private readonly search: Search;
  private readonly table: Table;
  private readonly sources: Sources;
  private readonly sizes: SizeBar;
  private readonly tabs: Tabs;
  private readonly colouring: HTMLSelectElement;

  constructor(network: Network, private readonly font: string) {
    this.model = new Model(network);
    this.figure = new Figure(this.model);
    this.viewport = new Viewport(this.figure, () => this.minimap?.follow());
    this.minimap = new Minimap(this.figure, this.viewport);
    this.search = new Search(() => this.model, (spot) => this.select(spot, true), (spots) => { this.hits = spots; this.marks(); });
    this.table = new Table({ select: (spot) => this.select(spot), hover: (spot) => this.way(spot) });
    this.sources = new Sources((text, line, column) => this.fromSource(text, line, column));
    this.sizes = new SizeBar(() => this.resized());
    this.tabs = new Tabs(["Details", "Layers", "Source"]);
    this.colouring = colourChoice(() => this.colour());
    this.frame();
    this.openFirst();
    this.scenes = new Scenes(this.model, this.open);
    this.scene = this.scenes.scene();
    this.sizes.show(this.model);
    this.everything();
    this.listen();
    new Keys(this.figure, this.viewport, {
      selected: () => this.selected, model: () => this.model, select: (spot) => this.select(spot, false, true),
      toggle: (spot) => this.toggle(spot), search: () => this.search.input.focus(), help: () => this.help(),
    });
    this.draw(false);
    this.viewport.refit();
    this.fromAddress();
  }

  // --- what is shown

  /** Show another document in the place of this one, at the same zoom, with the same boxes open and selected. */
  show(shown: Shown): void {
    if (!("graphs" in shown)) {
      this.sources.write(shown.texts, shown.diagnostics);
      this.diagnose(shown.diagnostics);
      return;
    }
    if (this.waits(() => this.show(shown))) return;
    if (shown.sketch) {
      this.drawSketch(shown);
      return;
    }
    const key = this.selected?.key;
    this.model = new Model(shown);
    this.scenes = new Scenes(this.model, this.open);
    this.sizes.show(this.model); // which chooses the size that was chosen before
    this.draw(true);
    this.everything();
    if (this.viewport.fitted) this.viewport.refit(true);
    this.select(key === undefined ? null : this.model.find(key));
  }

  /** Draw the figure alone, of a network whose document is on its way; all else stays with the last one. */
  private drawSketch(network: Network): void {
    const model = new Model(network);
    if (String(model.stated) === String(this.model.stated)) model.choose(this.model.chosen);
    this.draw(true, model, new Scenes(model, this.open));
    this.diagnose(network.diagnostics);
    if (this.viewport.fitted) this.viewport.refit(true);
  }

  private everything(): void {
    const { network } = this.model;
    document.title = `${network.name} · incspec`;
    byId("name").textContent = network.name;
    this.table.show(this.model);
    this.sources.show(network.texts, network.diagnostics);
    this.diagnose(network.diagnostics);
    this.totals();
    this.details();
  }

  private openFirst(): void {
    let rows = this.model.level(null)!.boxes.length;
    for (const spot of this.model.children(null)) {
      const boxes = this.model.level(spot)?.boxes.length ?? 0;
      if (boxes > FEW) continue;
      if (spot.item.kind === "aux") this.open.add(spot.key);
      if (spot.item.kind === "repeat" && rows + boxes <= LONG) {
        this.open.add(spot.key);
        rows += boxes;
      }
    }
  }

  private draw(moving: boolean, model = this.model, scenes = this.scenes): void {
    this.scene = scenes.scene();
    const [first] = this.scene.boxes;
    this.viewport.setContent(this.scene, first ? first.x + first.width / 2 : 0);
    this.figure.draw(model, this.scene, moving);
    this.minimap.draw();
    this.marks();
    this.colour();
  }

  private marks(): void {
    // Of another document, not all that is drawn is known until it is drawn anew.
    const keys = [...this.figure.keys()].filter((key) => this.model.find(key));
    this.figure.mark("selected", this.selected ? this.model.boxes(this.selected).map(({ key }) => key) : []);
    this.figure.mark("hit", this.hits.flatMap((spot) => this.shownFor(spot)));
    const spots = keys.map((key) => this.model.find(key)!);
    this.figure.mark("refused", spots.filter((spot) => this.model.refusal(spot)).map(({ key }) => key));
    this.figure.mark("unreached", spots.filter((spot) => spot.item.outputs?.length && !this.model.outputs(spot)[0] && !this.model.refusal(spot)).map(({ key }) => key));
    for (const key of keys) {
      set(this.figure.head(key)!, { "aria-current": this.selected?.key === key ? "true" : null, tabindex: this.selected?.key === key ? 0 : -1 });
    }
    this.figure.mark("faulty", this.faulty);
  }

  private faulty: string[] = [];

  /** The boxes that are seen of a place: its own, or the closed one that it is in. */
  private shownFor(spot: Spot): string[] {
    const closed = this.model.around(spot).find((each) => !this.open.has(each.key));
    return closed ? [closed.key] : this.model.boxes(spot).map(({ key }) => key);
  }

  // --- selecting, opening

  select(spot: Spot | null, centred = false, focus = false): void {
    if (this.waits(() => this.select(spot, centred, focus))) return;
    this.selected = spot;
    if (spot) {
      const around = this.model.around(spot).filter((each) => !this.open.has(each.key));
      if (around.length) {
        around.forEach((each) => this.open.add(each.key));
        this.keeping(around[0]!.key, () => this.draw(true));
      }
    }
    this.marks();
    this.details();
    this.table.select(spot);
    this.sources.select(spot ? this.placesOf(spot) : []);
    const address = spot ? `#${encodeURI(spot.key)}` : location.pathname + location.search;
    if (addressed() !== (spot?.key ?? "")) history.replaceState(null, "", address);
    const box = spot ? this.figure.places.get(this.model.boxes(spot)[0]?.key ?? "") : undefined;
    if (box && (centred || focus)) this.viewport.reveal(box, centred);
    if (focus && spot) this.figure.head(spot.key)?.focus({ preventScroll: true });
  }

  private placesOf(spot: Spot): (Place | null | undefined)[] {
    const called = spot.item.graph === undefined ? null : this.model.graph(spot.item.graph);
    return [spot.item.yaml ?? called?.yaml, spot.item.code];
  }

  toggle(spot: Spot): void {
    if (!this.model.opens(spot) || this.waits(() => this.toggle(spot))) return;
    if (this.open.has(spot.key)) this.open.delete(spot.key);
    else this.open.add(spot.key);
    if (this.selected && this.model.around(this.selected).some((each) => !this.open.has(each.key))) this.select(spot);
    this.keeping(spot.key, () => this.draw(true));
    this.details();
  }

  /** Whether something has to wait for the engine that lays out; it is done then. */
  private waits(action: () => void): boolean {
    if (!isReady()) void start().then(action);
    return !isReady();
  }

  private openAll(open: boolean): void {
    if (this.waits(() => this.openAll(open))) return;
    if (open) {
      const closed = [...this.figure.keys()].map((key) => this.model.find(key)!).filter((spot) => this.model.opens(spot) && !this.open.has(spot.key));
      for (const spot of closed) this.open.add(spot.key);
    } else this.open.clear();
    this.draw(true);
    this.viewport.fit(true);
  }

  /** Change the figure while the foot of a box, where the arrow to it ends, stays where it is on the screen. */
  private keeping(key: string, change: () => void): void {
    const foot = (): { x: number; y: number } | null => {
      const place = this.figure.places.get(key);
      return place ? { x: place.x + place.foot, y: place.y + place.height } : null;
    };
    const before = foot();
    change();
    const after = foot();
    if (!before || !after) return;
    const { x, y, scale } = this.viewport.view;
    this.viewport.fitted = false;
    this.viewport.set({ x: x + (before.x - after.x) * scale, y: y + (before.y - after.y) * scale, scale }, true);
  }

  private fromAddress(): void {
    const key = addressed();
    const spot = key ? this.model.find(key) : null;
    if (spot) this.select(spot, true);
    else if (!key && this.selected) this.select(null);
  }

  private fromSource(text: number, line: number, column: number | null): void {
    const spot = this.model.atLine(text, line, column, this.selected) ?? this.model.atLine(text, line, null, this.selected);
    if (spot) this.select(spot, true);
  }

  // --- what follows the selection and the size

  private details(): void {
    const pane = byId("details");
    const focused = pane.contains(document.activeElement) ? document.activeElement?.textContent : null;
    pane.replaceChildren(...details(this.model, this.selected, {
      select: (spot) => this.select(spot, true),
      toggle: (spot) => this.toggle(spot),
      isOpen: (spot) => this.open.has(spot.key),
      showSource: (place) => { this.tabs.choose("Source"); this.sources.select([place]); },
      excerpt: (place) => this.sources.excerpt(place),
      textName: (text) => this.model.network.texts[text]?.name ?? "",
    }));
    if (focused) {
      const same = [...pane.querySelectorAll("button")].find((button) => button.textContent === focused);
      (same ?? pane).focus();
    }
  }

  private totals(): void {
    const { params, macs, bytes: memory } = this.model.total();
    const { fine } = this.model.run;
    byId("totals").replaceChildren(...[
      `${short(params)} parameters`, fine ? `${short(macs)} multiply-adds` : "", fine ? `${bytes(memory)} activations` : "",
    ].filter(Boolean).map((text) => h("span", {}, text)));
  }

  private resized(): void {
    const found = this.model.refuser();
    const told = byId("size-status");
    if (found) {
      const reason = this.model.network.refusals[found.code] ?? found.code;
      const arriving = this.model.inputs(found.spot);
      const where = h("button", { type: "button", class: "plain" }, title(found.spot));
      where.addEventListener("click", () => this.select(found.spot, true));
      const head = this.model.run.fine ? "An auxiliary head refuses this size: " : "The network refuses this size: ";
      told.replaceChildren(head, where, ` gets ${shapes(arriving)}. `, ...quoted(reason));
    } else told.replaceChildren();
    told.hidden = !found;
    this.draw(false);
    if (this.viewport.fitted) this.viewport.refit();
    this.table.draw();
    this.totals();
    this.details();
  }

  private way(spot: Spot | null): void {
    const shown = spot ? this.shownFor(spot) : [];
    const last = shown[shown.length - 1];
    this.figure.markWay(this.scene, last ? this.model.find(last) : null);
  }

  // --- mistakes

  /** Tell what diagnostics say. With mistakes, what is shown is the last good network, which is greyed. */
  private diagnose(diagnostics: Diagnostic[]): void {
    const stale = diagnostics.some(({ severity }) => severity === "error");
    document.body.classList.toggle("stale", stale);
    const list = byId("diagnostics");
    list.hidden = !diagnostics.length;
    list.replaceChildren(...diagnostics.map((each) => told(each, (label) => {
      this.tabs.choose("Source");
      this.sources.point(label);
      const place = this.figure.places.get(this.atFault(label)[0] ?? "");
      if (place) this.viewport.reveal(place);
    })));
    this.faulty = diagnostics.filter(({ severity }) => severity === "error").flatMap(({ labels }) => (labels[0] ? this.atFault(labels[0]) : []));
    this.marks();
  }

  /** The boxes that are seen of what is written at a place, or was before it was changed. */
  private atFault({ text, line }: Label): string[] {
    const place = this.sources.known(text, line);
    const spot = place && this.model.atLine(...place, null, this.selected);
    return spot ? this.shownFor(spot) : [];
  }

  // --- colours

  private colour(): void {
    const by = this.colouring.value as Colouring;
    const most = this.figure.colour(by);
    const families = [...this.figure.svg.querySelectorAll(".box:not(.open)")].map((box) => box.getAttribute("data-family") ?? "");
    byId("legend").replaceChildren(...legend(by, most, new Set(families)));
    byId("legend").hidden = by === "none";
  }

  // --- the frame

  private frame(): void {
    const centre = (): { x: number; y: number } => ({ x: this.viewport.size.width / 2, y: this.viewport.size.height / 2 });
    this.tabs.panel("Layers").append(this.table.element);
    this.tabs.panel("Source").append(this.sources.element);
    this.tabs.changed = (name) => { if (name === "Source") this.sources.shown(); };
    const parts = {
      figure: this.figure.svg, minimap: this.minimap.element, search: this.search.element, sizes: this.sizes.element,
      colouring: this.colouring, tabs: this.tabs,
    };
    byId("app").replaceChildren(...shell(parts, {
      zoomIn: () => this.viewport.zoom(1.3, centre(), true),
      zoomOut: () => this.viewport.zoom(1 / 1.3, centre(), true),
      fit: () => this.viewport.fit(true),
      openAll: () => this.openAll(true),
      closeAll: () => this.openAll(false),
      save: (format) => void this.save(format),
      help: () => this.help(),
      themed: () => this.colour(),
    }));
    this.tabs.place(byId("details"));
  }

  private help(): void {
    byId<HTMLDialogElement>("help").showModal();
  }

  private async save(format: Format): Promise<void> {
    const { name } = this.model.network;
    const text = svgText(this.figure, this.scene, name, this.font, byId("legend"));
    const file = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "") || "network"}.${format.toLowerCase()}`;
    download(format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await png(text, 2), file);
  }

  private listen(): void {
    const { svg } = this.figure;
    const spotOf = (target: EventTarget | null): Spot | null => {
      const box = target instanceof Element ? target.closest(".box") : null;
      return box ? this.model.find(box.getAttribute("data-key") ?? "") : null;
    };
    svg.addEventListener("click", (event) => {
      const spot = spotOf(event.target);
      const sign = (event.target as Element).closest(".hit-area");
      if (spot && sign) this.toggle(spot);
      else this.select(spot, false, Boolean(spot));
    });
    svg.addEventListener("dblclick", (event) => {
      const spot = spotOf(event.target);
      if (spot && !(event.target as Element).closest(".hit-area")) this.toggle(spot);
    });
    svg.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") this.way(spotOf(event.target)); });
    svg.addEventListener("pointerleave", () => this.way(null));
    svg.addEventListener("focusin", (event) => this.way(event.target === svg ? null : spotOf(event.target)));
    svg.addEventListener("focusout", () => this.way(null));
    addEventListener("hashchange", () => this.fromAddress());
    const printing = matchMedia("print");
    printing.addEventListener("change", () => this.print(printing.matches));
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  /** On paper the whole figure is seen. */
  private print(on: boolean): void {
    const { width, height } = this.scene;
    set(this.figure.svg, { viewBox: on ? `-4 -4 ${width + 8} ${height + 8}` : null });
    if (on) this.figure.view.removeAttribute("transform");
    else this.viewport.set(this.viewport.view);
  }

  /** What the network gives and costs at a size, as it is computed here; null where it refuses it. */
  totalsAt(inputs: Shape[]): { outputs: (Shape | null)[]; params: number; macs: number; bytes: number } | null {
    const model = new Model(this.model.network);
    model.choose(inputs);
    const outputs = model.graph(model.root).outputs.map((value) => model.run.values[value] ?? null);
    return model.run.fine ? { outputs, ...model.total() } : null;
  }

  get state(): { open: string[]; selected: string | null; fine: boolean; total: { params: number; macs: number; bytes: number } } {
    return { open: [...this.open], selected: this.selected?.key ?? null, fine: this.model.run.fine, total: this.model.total() };
  }
}

/** The key that the address names; what is no text in it names nothing. */
function addressed(): string {
  try {
    return decodeURI(location.hash.slice(1));
  } catch {
    return "";
  }
}
