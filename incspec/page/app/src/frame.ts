// What is round the figure: tabs, the light and the dark theme, the border that can be moved, the list of keys.

import { h, iconButton, set } from "./dom.js";

type Tab = "Details" | "Layers" | "Source";
const NARROW = "(max-width: 900px)";

/** Tabs for what is below the figure; where there is room beside it, the details stand there. */
export class Tabs {
  readonly list = h("div", { role: "tablist", class: "tabs", "aria-label": "Below the figure" });
  readonly panels = h("div", { class: "panels" });
  private readonly parts = new Map<Tab, { tab: HTMLButtonElement; panel: HTMLElement }>();
  private chosen: Tab = "Layers";
  /** Told when another tab is shown. */
  changed: (name: Tab) => void = () => {};

  constructor(names: Tab[]) {
    for (const name of names) {
      const [id, panelId] = [`tab-${name.toLowerCase()}`, `panel-${name.toLowerCase()}`];
      const tab = h("button", { type: "button", role: "tab", id, "aria-controls": panelId }, name);
      const panel = h("div", { role: "tabpanel", id: panelId, "aria-labelledby": id });
      tab.addEventListener("click", () => this.choose(name));
      tab.addEventListener("keydown", (event) => this.key(event));
      this.parts.set(name, { tab, panel });
      this.list.append(tab);
      this.panels.append(panel);
    }
    this.choose("Layers");
  }

  panel(name: Tab): HTMLElement {
    return this.parts.get(name)!.panel;
  }

  choose(name: Tab): void {
    this.chosen = name;
    for (const [other, { tab, panel }] of this.parts) {
      set(tab, { "aria-selected": String(other === name), tabindex: other === name ? 0 : -1 });
      panel.hidden = other !== name;
    }
    this.changed(name);
  }

  /** Keep the details beside the figure, or in their panel where it is narrow. */
  place(element: HTMLElement): void {
    const panel = this.panel("Details");
    const narrow = matchMedia(NARROW);
    const beside = element.parentElement!;
    const next = element.nextSibling;
    const put = (): void => {
      const { tab } = this.parts.get("Details")!;
      tab.hidden = !narrow.matches;
      if (narrow.matches) panel.append(element);
      else beside.insertBefore(element, next);
      if (narrow.matches) this.choose("Details");
      else if (this.chosen === "Details") this.choose("Layers");
    };
    narrow.addEventListener("change", put);
    put();
  }

  private key(event: KeyboardEvent): void {
    const tabs = [...this.parts].filter(([, { tab }]) => !tab.hidden).map(([name]) => name);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(this.chosen) + step + tabs.length) % tabs.length]!;
    this.choose(next);
    this.parts.get(next)!.tab.focus();
  }
}

/** Light and dark: as the system has it, until it is chosen here. */
export function themeButton(changed: () => void): HTMLButtonElement {
  const made = iconButton("theme", "Light or dark", "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11");
  const system = matchMedia("(prefers-color-scheme: dark)");
  made.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset["theme"] ? root.dataset["theme"] === "dark" : system.matches;
    root.dataset["theme"] = dark ? "light" : "dark";
    changed();
  });
  return made;
}

/** The border between the figure and what is below it. */
export function splitter(): HTMLElement {
  const made = h("div", {
    id: "splitter", role: "separator", tabindex: 0, "aria-orientation": "horizontal", "aria-label": "Height of the figure",
    "aria-valuemin": 20, "aria-valuemax": 90, "aria-valuenow": 62,
  });
  const put = (percent: number): void => {
    const value = Math.round(Math.min(90, Math.max(20, percent)));
    set(made, { "aria-valuenow": value });
    made.parentElement?.style.setProperty("--figure-height", `${value}%`);
  };
  made.addEventListener("pointerdown", (event) => made.setPointerCapture(event.pointerId));
  made.addEventListener("pointermove", (event) => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    const { top, height } = made.parentElement!.getBoundingClientRect();
    put((100 * (event.clientY - top)) / height);
  });
  made.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -4, ArrowDown: 4 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    put(Number(made.ariaValueNow) + step);
  });
  return made;
}

const KEYS: [string, string][] = [
  ["/", "search"], ["arrow keys", "from box to box, in the figure"], ["Enter", "open or close a box"],
  ["Esc", "to the box around, or to none"], ["Shift and arrows", "move the figure"], ["+  -  0", "zoom in, zoom out, show all"],
  ["wheel, two fingers", "zoom; with Shift, move"], ["?", "this list"],
];

export function helpDialog(): HTMLDialogElement {
  const close = h("button", { type: "button", class: "plain", autofocus: true }, "Close");
  const made = h("dialog", { id: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Keys"),
    h("dl", {}, ...KEYS.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)))), close);
  close.addEventListener("click", () => made.close());
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  return made;
}
