// The figure as it is shown now, as an SVG that stands by itself, and as a PNG.

import { s } from "./dom.js";
import type { Figure } from "./figure.js";
import type { Size } from "./layout.js";

const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-size", "font-weight", "text-anchor",
];
const MARGIN = 16;
const MOST_PIXELS = 12_000; // a side, which browsers can draw

/** The text of the SVG; `font` is the rule that embeds the font. */
export function svgText(figure: Figure, size: Size, title: string, font: string): string {
  const [width, height] = [size.width + 2 * MARGIN, size.height + 2 * MARGIN];
  const copy = figure.view.cloneNode(true) as SVGGElement;
  styled(figure.view, copy);
  copy.setAttribute("transform", `translate(${MARGIN},${MARGIN})`);
  const tips = figure.svg.querySelector("defs")!;
  const defs = tips.cloneNode(true) as SVGDefsElement;
  styled(tips, defs);
  for (const element of copy.querySelectorAll("*")) {
    for (const name of ["tabindex", "role", "aria-label", "aria-expanded", "aria-current"]) element.removeAttribute(name);
    for (const name of element.getAttributeNames()) if (name.startsWith("data-")) element.removeAttribute(name);
  }
  const whole = s(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
      "font-family": "'Source Sans Pro', 'Source Sans 3', Helvetica, Arial, sans-serif" },
    s("title", {}, title), s("style", {}, font), defs,
    s("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }), copy,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`;
}

/** Write what style sheets say of an element, and of all in it, into its copy. */
function styled(element: Element, copy: Element): void {
  const style = getComputedStyle(element);
  const own = PROPERTIES.filter((name) => style.getPropertyValue(name) !== "");
  for (const name of own) copy.setAttribute(name, style.getPropertyValue(name));
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  Array.from(element.children).forEach((child, place) => styled(child, copy.children[place]!));
}

/** The figure as pixels, `scale` for each of its own. */
export async function png(text: string, scale: number): Promise<Blob> {
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

export function download(data: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
