// Diagnostics as they are told above the figure.

import type { Diagnostic, Label } from "./document.js";
import { byId, h } from "./dom.js";

/** Tell what diagnostics say. With mistakes, what is shown is the last good network, which is greyed. */
export function tell(diagnostics: Diagnostic[], show: (label: Label) => void): void {
  document.body.classList.toggle("stale", diagnostics.some(({ severity }) => severity === "error"));
  const list = byId("diagnostics");
  list.hidden = !diagnostics.length;
  list.replaceChildren(...diagnostics.map((each) => told(each, show)));
}

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
