// The elements of the page and where they stand.

import { h, iconButton } from "./dom.js";
import { endedNotice } from "./follow.js";
import { helpDialog, splitter, type Tabs, themeButton } from "./frame.js";

export type Format = "SVG" | "PNG";

export interface Parts {
  figure: SVGSVGElement;
  minimap: SVGSVGElement;
  search: HTMLElement;
  sizes: HTMLElement;
  colouring: HTMLSelectElement;
  tabs: Tabs;
}

export interface Actions {
  zoomIn(): void;
  zoomOut(): void;
  fit(): void;
  openAll(): void;
  closeAll(): void;
  save(format: Format): void;
  help(): void;
  themed(): void;
}

export function shell(parts: Parts, actions: Actions): HTMLElement[] {
  const header = h("header", {},
    h("div", { class: "title" }, h("h1", { id: "name" }), h("p", { id: "totals" })),
    parts.search, parts.sizes,
    h("div", { class: "tools" },
      h("label", { class: "colouring" }, h("span", { "aria-hidden": "true" }, "Colour"), parts.colouring),
      h("div", { class: "exports", role: "group", "aria-label": "Save the figure" }, save("SVG", actions), save("PNG", actions)),
      themeButton(actions.themed),
      tool("help-button", "Keys", "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.6-.6 1V10M8 12.5v.1", actions.help)));
  const figure = h("section", { id: "figure-pane", "aria-label": "Figure" },
    h("div", { class: "canvas" },
      parts.figure,
      h("div", { class: "figure-tools", role: "toolbar", "aria-label": "Figure" },
        tool("zoom-in", "Zoom in", "M8 3v10M3 8h10", actions.zoomIn),
        tool("zoom-out", "Zoom out", "M3 8h10", actions.zoomOut),
        tool("fit", "Show all", "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3", actions.fit),
        tool("open-all", "Open all boxes that are seen", "M3 7l5-4 5 4M3 9l5 4 5-4", actions.openAll),
        tool("close-all", "Close all boxes", "M3 3l5 4 5-4M3 13l5-4 5 4", actions.closeAll)),
      parts.minimap),
    h("div", { id: "legend", class: "legend" }),
    h("p", { id: "figure-keys", class: "unseen" }, "Arrow keys go from box to box, Enter opens and closes, question mark lists all keys."));
  return [
    header,
    endedNotice(),
    h("p", { id: "size-status", role: "status", hidden: true }),
    h("div", { id: "diagnostics", role: "status", hidden: true }),
    h("main", {}, figure, splitter(), h("aside", { id: "details", "aria-label": "Details", tabindex: -1 }),
      h("section", { id: "dock", "aria-label": "Layers and source" }, parts.tabs.list, parts.tabs.panels)),
    helpDialog(),
  ];
}

function tool(id: string, name: string, path: string, action: () => void): HTMLButtonElement {
  const made = iconButton(id, name, path);
  made.addEventListener("click", action);
  return made;
}

function save(format: Format, actions: Actions): HTMLButtonElement {
  const made = h("button", { type: "button", class: "plain", id: `export-${format.toLowerCase()}` }, format);
  made.addEventListener("click", () => actions.save(format));
  return made;
}
