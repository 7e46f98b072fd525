// The figure as it is shown now, as an SVG that stands by itself, and as a PNG.

import { s } from "./dom.js";
import type { Figure } from "./figure.js";
import { key } from "./key.js";
import type { Size } from "./geometry.js";
import { plain } from "./paint.js";

const PROPERTIES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-size", "font-weight", "text-anchor",
];
const MARGIN = 16;
const MOST_PIXELS = 12_000; // a side, which browsers can draw
const PRESSED = ".sign, .hit-area"; // what is there to be pressed, and is no part of the figure
const POINTED = ["selected", "hit", "way"]; // what is marked in it for who looks at the page

/** The text of the SVG, with what its colours mean below it; `font` is the rule that embeds the font. */
export function svgText(figure: Figure, size: Size, title: string, font: string, legend: HTMLElement): string {
  const copy = figure.view.cloneNode(true) as SVGGElement;
  unmarked(figure.view, () => styled(figure.view, copy));
  copy.setAttribute("transform", `translate(${MARGIN},${MARGIN})`);
  const tips = figure.svg.querySelector("defs")!;
  const defs = tips.cloneNode(true) as SVGDefsElement;
  styled(tips, defs);
  for (const element of copy.querySelectorAll("*")) {
    for (const name of ["tabindex", "role", "aria-label", "aria-expanded", "aria-current"]) element.removeAttribute(name);
    for (const name of element.getAttributeNames()) if (name.startsWith("data-")) element.removeAttribute(name);
  }
  const colours = key(legend, size.width);
  colours?.element.setAttribute("transform", `translate(${MARGIN},${size.height + 2 * MARGIN})`);
  const width = Math.max(size.width, colours?.width ?? 0) + 2 * MARGIN;
  const height = size.height + (colours ? colours.height + MARGIN : 0) + 2 * MARGIN;
  const whole = s(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
      "font-family": "'Source Sans Pro', 'Source Sans 3', Helvetica, Arial, sans-serif" },
    s("title", {}, title), s("style", {}, font), defs,
    s("rect", { width, height, fill: plain(getComputedStyle(document.body).backgroundColor)[0] }), copy, colours?.element,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`;
}

/** Do something while nothing in the figure is marked. */
function unmarked(view: SVGGElement, action: () => void): void {
  const marked = POINTED.flatMap((name) => [...view.getElementsByClassName(name)].map((element) => ({ name, element })));
  for (const { name, element } of marked) element.classList.remove(name);
  action();
  for (const { name, element } of marked) element.classList.add(name);
}

/** Write what style sheets say of an element, and of all in it, into its copy; what is not seen is left out of it. */
function styled(element: Element, copy: Element): void {
  const style = getComputedStyle(element);
  if (style.display === "none" || element.matches(PRESSED)) {
    copy.remove();
    return;
  }
  for (const name of PROPERTIES) {
    const value = style.getPropertyValue(name);
    if (value === "") continue;
    if (name !== "fill" && name !== "stroke") copy.setAttribute(name, value);
    else {
      const [colour, alpha] = plain(value);
      const opacity = alpha * Number(style.getPropertyValue(`${name}-opacity`));
      copy.setAttribute(name, colour);
      if (opacity < 1) copy.setAttribute(`${name}-opacity`, String(opacity));
    }
  }
  if (element.matches(".head")) centred(element, copy);
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  const copies = [...copy.children];
  [...element.children].forEach((child, place) => styled(child, copies[place]!));
}

/** A box's texts in its middle, or at its left: where signs stand before them on the page, there are none here. */
function centred(head: Element, copy: Element): void {
  const width = Number(head.querySelector(".shape")?.getAttribute("width"));
  for (const text of copy.querySelectorAll(":scope > text")) {
    const anchor = text.getAttribute("text-anchor");
    if (anchor === "middle") text.setAttribute("x", String(width / 2));
    else if (anchor === "start") text.setAttribute("x", "10");
  }
}

/** The figure as pixels, `scale` for each of its own. */
async function png(text: string, scale: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const factor = Math.min(scale, MOST_PIXELS / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * factor);
    canvas.height = Math.round(image.height * factor);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the figure is too large for a PNG"))), "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Give the user the figure as a file that is called like the network. */
export async function save(text: string, format: "SVG" | "PNG", name: string): Promise<void> {
  const file = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "") || "network"}.${format.toLowerCase()}`;
  download(format === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await png(text, 2), file);
}

function download(data: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
