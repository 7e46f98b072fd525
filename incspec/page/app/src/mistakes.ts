// A diagnostic as it is told above the figure.

import type { Diagnostic, Label } from "./document.js";
import { h } from "./dom.js";

export function told(diagnostic: Diagnostic, show: (label: Label) => void): HTMLElement {
  const { severity, message, code, help, labels, notes } = diagnostic;
  const remark = (kind: string, text: string): HTMLElement => h("p", { class: "remark" }, h("b", {}, kind), " ", ...quoted(text));
  return h("div", { class: "diagnostic", "data-severity": severity },
    h("p", {}, h("strong", {}, severity), " ", ...quoted(message), " ", h("span", { class: "code-of" }, code)),
    ...labels.map((label) => {
      const place = h("button", { type: "button", class: "plain" }, `${label.file}:${label.line}:${label.column}`);
      place.addEventListener("click", () => show(label));
      return h("p", { class: "place" }, label.text < 0 ? place.textContent : place, " ", ...quoted(label.says));
    }),
    ...notes.map((note) => remark("note", note)),
    help ? remark("help", help) : null);
}

/** A text whose parts in backticks are code. */
export function quoted(text: string): (Node | string)[] {
  return text.split(/`([^`]*)`/).map((part, place) => (place % 2 ? h("code", {}, part) : part));
}
