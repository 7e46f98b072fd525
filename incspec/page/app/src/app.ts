// The page: what is open, selected, coloured and searched, and how its parts follow each other.

import { address, addressed } from "./address.js";
import { showDetails } from "./details.js";
import type { Diagnostic, Label, Network, Place, Shown } from "./document.js";
import { byId, set } from "./dom.js";
import { save, svgText } from "./export.js";
import { type Colouring, Figure } from "./figure.js";
import { Tabs } from "./frame.js";
import { Keys } from "./keys.js";
import { isReady, start } from "./layout.js";
import { colourChoice, showLegend } from "./legend.js";
import { Minimap } from "./minimap.js";
import { tell } from "./mistakes.js";
import { Model, type Spot } from "./model.js";
import { Opening } from "./opening.js";
import { followPrinting } from "./paper.js";
import { followPointer } from "./pointer.js";
import { type Scene, Scenes } from "./scene.js";
import { Search } from "./search.js";
import { shell } from "./shell.js";
import { SizeBar } from "./sizebar.js";
import type { Shape } from "./sizes.js";
import { Sources } from "./source.js";
import { tellStatus } from "./status.js";
import { Table } from "./table.js";
import { Viewport } from "./viewport.js";

export class App {
  private model: Model;
  private readonly opening = new Opening();
  private scenes: Scenes;
  private scene: Scene;
  private selected: Spot | null = null;
  private hits: Spot[] = [];
  private errors: Label[] = [];
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
    this.opening.begin(this.model);
    this.scenes = new Scenes(this.model, this.opening.keys);
    this.scene = this.scenes.scene();
    this.sizes.show(this.model);
    this.everything();
    this.listen();
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
    this.scenes = new Scenes(this.model, this.opening.keys);
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
    this.draw(true, model, new Scenes(model, this.opening.keys));
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
    this.status();
    this.details();
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

  /** What is drawn and known: of another document, not all that is drawn is known until it is drawn anew. */
  private drawn(): Spot[] {
    return [...this.figure.keys()].map((key) => this.model.find(key)).filter((spot) => spot !== null);
  }

  private marks(): void {
    const spots = this.drawn();
    this.figure.mark("selected", this.selected ? this.model.boxes(this.selected).map(({ key }) => key) : []);
    this.figure.mark("hit", this.hits.flatMap((spot) => this.opening.shownFor(this.model, spot)));
    this.figure.mark("refused", spots.filter((spot) => this.model.refusal(spot)).map(({ key }) => key));
    this.figure.mark("unreached", spots.filter((spot) => spot.item.outputs?.length && !this.model.outputs(spot)[0] && !this.model.refusal(spot)).map(({ key }) => key));
    for (const { key } of spots) {
      set(this.figure.head(key)!, { "aria-current": this.selected?.key === key ? "true" : null, tabindex: this.selected?.key === key ? 0 : -1 });
    }
    this.figure.mark("faulty", this.errors.flatMap((label) => this.atFault(label)));
  }

  // --- selecting, opening

  select(spot: Spot | null, centred = false, focus = false): void {
    if (this.waits(() => this.select(spot, centred, focus))) return;
    this.selected = spot;
    if (spot) {
      const closed = this.opening.closedAround(this.model, spot);
      for (const each of closed) this.opening.toggle(each);
      if (closed.length) this.keeping(closed[0]!.key, () => this.draw(true));
    }
    this.marks();
    this.details();
    this.table.select(spot);
    this.sources.select(spot ? this.placesOf(spot) : []);
    address(spot?.key ?? "");
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
    this.opening.toggle(spot);
    if (this.selected && this.opening.closedAround(this.model, this.selected).length) this.select(spot);
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
      for (const spot of this.drawn()) if (this.model.opens(spot)) this.opening.keys.add(spot.key);
    } else this.opening.keys.clear();
    this.draw(true);
    this.viewport.begin(true);
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
    showDetails(this.model, this.selected, {
      select: (spot) => this.select(spot, true),
      toggle: (spot) => this.toggle(spot),
      isOpen: (spot) => this.opening.has(spot),
      showSource: (place) => { this.tabs.choose("Source"); this.sources.select([place]); },
      excerpt: (place) => this.sources.excerpt(place),
      textName: (text) => this.model.network.texts[text]?.name ?? "",
    });
  }

  private status(): void {
    tellStatus(this.model, (spot) => this.select(spot, true));
  }

  private resized(): void {
    this.status();
    this.draw(false);
    if (this.viewport.fitted) this.viewport.refit();
    this.table.draw();
    this.details();
  }

  private way(spot: Spot | null): void {
    const shown = spot ? this.opening.shownFor(this.model, spot) : [];
    const last = shown[shown.length - 1];
    this.figure.markWay(this.scene, last ? this.model.find(last) : null);
  }

  // --- mistakes

  private diagnose(diagnostics: Diagnostic[]): void {
    tell(diagnostics, (label) => {
      this.tabs.choose("Source");
      this.sources.point(label);
      const place = this.figure.places.get(this.atFault(label)[0] ?? "");
      if (place) this.viewport.reveal(place);
    });
    this.errors = diagnostics.filter(({ severity }) => severity === "error").flatMap(({ labels }) => labels.slice(0, 1));
    this.marks();
  }

  /** The boxes that are seen of what is written at a place, or was before it was changed. */
  private atFault({ text, line }: Label): string[] {
    const place = this.sources.known(text, line);
    const spot = place && this.model.atLine(...place, null, this.selected);
    return spot ? this.opening.shownFor(this.model, spot) : [];
  }

  // --- colours

  private colour(): void {
    showLegend(this.colouring.value as Colouring, this.figure);
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
      save: (format) => {
        const { name } = this.model.network;
        void save(svgText(this.figure, this.scene, name, this.font, byId("legend")), format, name);
      },
      help: () => this.help(),
      themed: () => this.colour(),
    }));
    this.tabs.place(byId("details"));
  }

  private help(): void {
    byId<HTMLDialogElement>("help").showModal();
  }

  private listen(): void {
    followPointer(this.figure.svg, {
      find: (key) => this.model.find(key), select: (spot) => this.select(spot, false, Boolean(spot)),
      toggle: (spot) => this.toggle(spot), way: (spot) => this.way(spot),
    });
    new Keys(this.figure, this.viewport, {
      selected: () => this.selected, model: () => this.model, select: (spot) => this.select(spot, false, true),
      toggle: (spot) => this.toggle(spot), search: () => this.search.input.focus(), help: () => this.help(),
    });
    followPrinting(this.figure, this.viewport);
    addEventListener("hashchange", () => this.fromAddress());
  }

  /** What the network gives and costs at a size, as it is computed here; null where it refuses it. */
  totalsAt(inputs: Shape[]): { outputs: (Shape | null)[]; params: number; macs: number; bytes: number } | null {
    const model = new Model(this.model.network);
    model.choose(inputs);
    const outputs = model.graph(model.root).outputs.map((value) => model.run.values[value] ?? null);
    return model.run.fine ? { outputs, ...model.total() } : null;
  }

  get state(): { open: string[]; selected: string | null; fine: boolean; total: { params: number; macs: number; bytes: number } } {
    return { open: [...this.opening.keys], selected: this.selected?.key ?? null, fine: this.model.run.fine, total: this.model.total() };
  }
}
