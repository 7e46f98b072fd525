// A diagnostic as it is told above the figure.

import type { Diagnostic } from "./document.js";
import { h } from "./dom.js";

export function told(diagnostic: Diagnostic, show: () => void): HTMLElement {
  const { severity, message, code, help, file, line } = diagnostic;
  const made = h("div", { class: "diagnostic", "data-severity": severity },
    h("p", {}, h("strong", {}, severity), ` ${message} `, h("code", {}, code)),
    help ? h("p", { class: "help" }, help) : null);
  if (line) {
    const place = h("button", { type: "button", class: "plain" }, `${file}:${line}`);
    place.addEventListener("click", show);
    made.append(place);
  }
  return made;
}
