/** Home of drawing what a message consists of beside text and embeds: rows to press, and Components V2 layouts. */

import { control } from "./components.js";
import { hex } from "./colors.js";
import { button } from "./controls.js";
import { el } from "./dom.js";
import { attachment, picture } from "./embeds.js";
import { icon } from "./icons.js";
import { prose } from "./prose.js";

const COMPONENTS_V2 = 1 << 15;
const TEXT_DISPLAY = 10;
const WIDE = 2;
const MOST_ACROSS = 3;
const ALONE = { widest: 520, tallest: 350 };
const TOGETHER = { widest: 260, tallest: 260 };

const DRAW = {
  1: (part, at) => el("div", { class: "component-row" }, part.components.map((one) => control(one, at))),
  9: section,
  [TEXT_DISPLAY]: (part, { app }) => prose(part.content, app),
  12: gallery,
  13: (part) => covered(part, attachment({ ...part.file, filename: part.name ?? "file", size: part.size })),
  14: (part) => el("div", { class: separatorKind(part), role: part.divider === false ? null : "separator" }),
  17: container,
};

/** Whether the message consists of layouts alone: its files stand where a layout shows them. */
export const isLayout = (message) => Boolean(message.flags & COMPONENTS_V2);

/** All components of a message, or null. */
export function layouts(message, { app, pane }) {
  const parts = message.components ?? [];
  if (parts.length === 0) return null;
  return el("div", { class: isLayout(message) ? "layout" : "components" }, drawn(parts, { app, pane, message }));
}

/** The words of all text displays, for previews. */
export function wordsOf(parts) {
  const words = (part) => (part.type === TEXT_DISPLAY ? part.content : wordsOf(part.components ?? []));
  return parts.map(words).filter(Boolean).join(" ");
}

function drawn(parts, at) {
  return parts.map((part) => DRAW[part.type]?.(part, at));
}

function section(part, at) {
  const words = el("div", { class: "section-words" }, drawn(part.components, at));
  const { accessory } = part;
  const beside = accessory.media ? thumbnail(accessory) : control(accessory, at);
  return el("div", { class: "section" }, words, beside);
}

function thumbnail(part) {
  return covered(part, picture({ ...part.media, description: part.description }, "thumbnail large"));
}

function gallery(part) {
  const room = part.items.length === 1 ? ALONE : TOGETHER;
  const shown = part.items.map((item) =>
    covered(item, picture({ ...item.media, description: item.description }, "gallery-picture", null, room)),
  );
  const across = Math.min(MOST_ACROSS, shown.length);
  return el("div", { class: "gallery", vars: { "--across": String(across) } }, shown);
}

function container(part, at) {
  const colored = part.accent_color !== null && part.accent_color !== undefined;
  const vars = colored ? { "--side": hex(part.accent_color) } : {};
  const box = el("section", { class: colored ? "container colored" : "container", vars }, drawn(part.components, at));
  return covered(part, box);
}

function separatorKind(part) {
  const wide = part.spacing === WIDE ? "wide" : "";
  return `separator ${wide} ${part.divider === false ? "blank" : ""}`.trim();
}

/** What is marked as a spoiler is shown when somebody asks for it. */
function covered(part, node) {
  if (!part.spoiler || node === null) return node;
  const box = el("div", { class: "covered" });
  const reveal = () => {
    box.replaceChildren(node);
    box.classList.remove("covered");
    node.querySelector("a, button")?.focus();
  };
  box.append(button([icon("eye"), "Spoiler"], reveal, { "aria-label": "Spoiler, press to show" }));
  return box;
}
