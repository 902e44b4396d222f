/** Home of the small things to press: buttons with words, buttons with an icon and a label. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** A button with words or other content; `run` gets the button itself, to open things beside it. */
export function button(content, run, props = {}) {
  return el("button", { type: "button", ...props, on: { click: (event) => run(event.currentTarget) } }, content);
}

/** A button that shows an icon and says in its label what it does. */
export function iconButton(name, label, run, props = {}) {
  return button(icon(name), run, { class: "tool", title: label, "aria-label": label, ...props });
}
