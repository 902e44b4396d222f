/** Home of drawing parsed markdown: mentions in their colours, live times, spoilers, code, links to the web only. */

import { shades } from "./colors.js";
import { el, outwards, webAddress } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { icon } from "./icons.js";
import { parse, parseLine } from "./markdown.js";
import { timestamp } from "./time.js";

const EMOJI = "\\p{Extended_Pictographic}\\p{Regional_Indicator}";
const JUMBO = new RegExp(`^(?:[${EMOJI}][\\p{Emoji_Modifier}\\u{fe0f}\\u{200d}]*\\s*){1,27}$`, "u");

const DRAW = {
  text: (node) => withEmoji(node.text),
  em: (node, app) => el("em", {}, children(node, app)),
  strong: (node, app) => el("strong", {}, children(node, app)),
  underline: (node, app) => el("u", {}, children(node, app)),
  strike: (node, app) => el("s", {}, children(node, app)),
  code: (node) => el("code", {}, node.text),
  fence: (node) => el("pre", { "data-language": node.language || null, tabindex: "0" }, el("code", {}, node.text)),
  heading: (node, app) => el(`h${node.level + 2}`, { class: `heading level-${node.level}` }, children(node, app)),
  subtext: (node, app) => el("small", { class: "subtext" }, children(node, app)),
  quote: (node, app) => el("blockquote", {}, children(node, app)),
  lists: (node, app) => el("div", {}, children(node, app)),
  list: (node, app) =>
    el(
      node.ordered ? "ol" : "ul",
      node.ordered ? { start: String(node.start) } : {},
      node.items.map((item) => el("li", {}, item.map((child) => draw(child, app)))),
    ),
  link: (node, app) => {
    const href = webAddress(node.href);
    if (href === null) return el("span", {}, children(node, app));
    return outwards(href, { title: node.title ?? (node.masked ? href : null) }, children(node, app));
  },
  spoiler: (node, app) => spoiler(children(node, app)),
  user: (node, app) => userMention(node.id, app),
  role: (node, app) => roleMention(app.world.roles.get(node.id)),
  channel: (node, app) => channelMention(node.id, app),
  command: (node) => el("span", { class: "mention" }, `/${node.name}`),
  time: (node) => timestamp(node.seconds, node.style) ?? document.createTextNode(node.raw),
  emoji: (node) => document.createTextNode(`:${node.name}:`),
  everyone: (node) => el("span", { class: "mention" }, node.name),
};

/** Message text, a description or a field's value. A message of emoji alone is drawn large. */
export function prose(source, app, props = {}) {
  const jumbo = props.jumbo && JUMBO.test(source);
  const classes = ["prose", props.class, jumbo && "jumbo"].filter(Boolean).join(" ");
  return el("div", { class: classes, dir: "auto" }, parse(source).map((node) => draw(node, app)));
}

/** A title or a field's name: one line without blocks. */
export function line(source, app) {
  return parseLine(source).map((node) => draw(node, app));
}

/** The text as a person would read it aloud, for previews and notices. */
export function plain(source, app) {
  return el("span", {}, line(source, app)).textContent.replace(/\s+/g, " ").trim();
}

function roleMention(role) {
  if (!role) return el("span", { class: "mention" }, "@unknown-role");
  const name = role.name.startsWith("@") ? role.name : `@${role.name}`;
  return el("span", { class: role.color ? "mention tinted" : "mention", vars: shades(role.color) }, name);
}

function draw(node, app) {
  return DRAW[node.type](node, app);
}

function children(node, app) {
  return node.content.map((child) => draw(child, app));
}

function userMention(id, app) {
  const member = app.world.members.get(id);
  if (!member) return el("span", { class: "mention" }, `<@${id}>`);
  const open = (event) => app.showProfile(id, event.currentTarget);
  return el("button", { class: "mention", type: "button", on: { click: open } }, `@${app.world.nameOf(member)}`);
}

function channelMention(id, app) {
  const place = app.world.place(id);
  if (!place) return el("span", { class: "mention" }, "#unknown");
  const open = () => app.open(id);
  const sign = icon(place.thread ? "thread" : "hash");
  return el("button", { class: "mention", type: "button", on: { click: open } }, sign, place.name);
}

function spoiler(content) {
  const inside = el("span", { class: "hidden-text", "aria-hidden": "true" }, content);
  const closed = { role: "button", tabindex: "0", "aria-label": "Spoiler, press to show" };
  const node = el("span", { class: "spoiler", ...closed }, inside);
  const reveal = (event) => {
    if (node.classList.contains("shown")) return;
    event.preventDefault();
    node.classList.add("shown");
    for (const name of Object.keys(closed)) node.removeAttribute(name);
    inside.removeAttribute("aria-hidden");
  };
  node.addEventListener("click", reveal, true);
  node.addEventListener("keydown", (event) => [" ", "Enter"].includes(event.key) && reveal(event));
  return node;
}
