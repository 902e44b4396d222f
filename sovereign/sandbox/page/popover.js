/** Home of what opens over the page beside something: cards, menus and lists to choose from, one at a time. */

import { button } from "./controls.js";
import { el } from "./dom.js";

const GAP = 8;
let current = null;

/**
 * Opens an empty box beside `anchor`; Escape, a click elsewhere or `close()` end it and give the focus back.
 * Returns `{node, close, settle}`; call `settle()` once it is filled, so that it stands where its size lets it.
 */
export function openPopover(anchor, { label, class: kind = "", role = "dialog", closed = () => {} }) {
  closePopover();
  const node = el("div", { class: `popover ${kind}`, role, "aria-label": label });
  const back = document.activeElement;
  const outside = (event) => node.contains(event.target) || close({ focus: false });
  const keys = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const close = ({ focus = true } = {}) => {
    if (current?.node !== node) return;
    current = null;
    watch.disconnect();
    document.removeEventListener("pointerdown", outside, true);
    node.remove();
    anchor.removeAttribute("aria-expanded");
    if (focus && back?.isConnected) back.focus();
    closed();
  };
  const settle = () => place(node, anchor);
  const watch = new ResizeObserver(settle);
  current = { node, close };
  anchor.setAttribute("aria-expanded", "true");
  // A modal dialog hides everything that is not inside it from pointer and keyboard.
  (anchor.closest("dialog") ?? document.body).append(node);
  node.addEventListener("keydown", keys);
  document.addEventListener("pointerdown", outside, true);
  watch.observe(node);
  settle();
  return { node, close, settle };
}

export function closePopover() {
  current?.close({ focus: false });
}

/** Opens a menu of `[{label, danger, run}, {heading}]`; arrow keys move, Enter runs. */
export function openMenu(anchor, label, entries, closed) {
  const menu = openPopover(anchor, { label, class: "menu", role: "menu", closed });
  const run = (entry) => {
    menu.close();
    entry.run();
  };
  menu.node.append(
    ...entries.map((entry) =>
      entry.heading
        ? el("div", { class: "menu-heading" }, entry.heading)
        : button(entry.label, () => run(entry), { role: "menuitem", class: entry.danger ? "danger" : null }),
    ),
  );
  menu.node.addEventListener("keydown", (event) => walk(event, [...menu.node.querySelectorAll("button")]));
  menu.settle();
  menu.node.querySelector("button")?.focus();
  return menu;
}

/** Moves the focus through `nodes` by the arrow keys, round and round. */
export function walk(event, nodes) {
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || nodes.length === 0) return;
  event.preventDefault();
  const at = nodes.indexOf(document.activeElement);
  nodes[(at + step + nodes.length) % nodes.length].focus();
}

function place(node, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = at.bottom + GAP + height <= innerHeight;
  const above = at.top - GAP - height >= 0;
  const top = below ? at.bottom + GAP : above ? at.top - GAP - height : Math.max(GAP, innerHeight - height - GAP);
  const left = Math.max(GAP, Math.min(at.left, innerWidth - width - GAP));
  node.style.top = `${top}px`;
  node.style.left = `${left}px`;
}
