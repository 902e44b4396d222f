/** Home of the list that opens above the composer while one types. */

import { el, fill } from "./dom.js";

const MOST = 50;
let lists = 0;

export class Suggestions {
  constructor() {
    lists += 1;
    this.id = `suggestions-${lists}`;
    const box = { class: "suggestions", role: "listbox", "aria-label": "Suggestions" };
    this.node = el("div", { ...box, id: this.id, hidden: true });
    this.items = [];
    this.active = -1;
    this.take = () => {};
  }

  /** Shows `[{label, description, hint, mark}]` under a title; `take(item)` is called with the chosen one. */
  show(title, items, take, { first = true } = {}) {
    this.items = items.slice(0, MOST);
    this.take = take;
    this.active = first && this.items.length ? 0 : -1;
    this.title = title;
    this.#draw();
  }

  /** A line without anything to choose, such as what an option is for. */
  tell(title) {
    this.show(title, [], () => {});
  }

  hide() {
    this.items = [];
    this.active = -1;
    this.node.hidden = true;
    this.#describe();
  }

  /** Gives true if the key was for the list. */
  key(event) {
    if (this.node.hidden || this.items.length === 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const takes = event.key === "Enter" || (event.key === "Tab" && !event.shiftKey);
    if (step && !event.altKey) this.#move(step);
    else if (takes && this.active >= 0) this.take(this.items[this.active]);
    else return false;
    event.preventDefault();
    return true;
  }

  /** Tells the field that one types in which of the choices is the one that Enter takes. */
  #describe() {
    this.described?.removeAttribute("aria-activedescendant");
    const field = document.activeElement;
    this.described = this.active >= 0 && !this.node.hidden && field.matches("input, textarea") ? field : null;
    this.described?.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
  }

  #move(step) {
    const from = Math.max(this.active, step < 0 ? 0 : -1);
    this.active = (from + step + this.items.length) % this.items.length;
    this.#draw();
  }

  #draw() {
    const rows = this.items.map((item, index) =>
      el(
        "div",
        {
          role: "option",
          id: `${this.id}-${index}`,
          class: index === this.active ? "active" : null,
          "aria-selected": String(index === this.active),
          // Pressing must not take the focus from the field.
          on: { pointerdown: (event) => event.preventDefault(), click: () => this.take(item) },
        },
        item.mark,
        el("span", { class: "suggested" }, el("span", {}, item.label), item.hint && el("span", { class: "hint" }, item.hint)),
        item.description && el("small", {}, item.description),
      ),
    );
    fill(this.node, el("div", { class: "suggestions-title" }, this.title), rows);
    this.node.hidden = false;
    this.node.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    this.#describe();
  }
}
