/** Home of drawing what can be pressed under a message: rows of buttons and selects. */

import { el, outwards, webAddress } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { icon } from "./icons.js";
import { openChooser } from "./chooser.js";

const ROW = 1;
const BUTTON = 2;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };
const STRING_SELECT = 3;
const USER_SELECT = 5;
const ROLE_SELECT = 6;
const MENTIONABLE_SELECT = 7;
const CHANNEL_SELECT = 8;
export const SELECTS = new Set([STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT]);

/** The rows of a message, or null. Presses go to the bot through the pane, which shows what comes of them. */
export function components(message, { app, pane }) {
  const rows = (message.components ?? []).filter((row) => row.type === ROW);
  if (rows.length === 0) return null;
  const use = (part) => (part.type === BUTTON ? button(part, message, pane) : select(part, message, { app, pane }));
  const drawn = rows.map((row) => el("div", { class: "component-row" }, row.components.map(use)));
  return el("div", { class: "components" }, drawn);
}

/** A select as a button that opens its choices; `chosen(values)` is called when the person has chosen. */
export function selectButton(part, app, chosen, preset = null) {
  const choices = choicesOf(part, app);
  const label = (values) => {
    const names = choices.filter((one) => values.includes(one.value)).map((one) => one.label);
    return names.length ? names.join(", ") : part.placeholder || "Make a selection";
  };
  const values = preset ?? choices.filter((one) => one.default).map((one) => one.value);
  const words = el("span", { class: values.length ? "" : "placeholder" }, label(values));
  const node = el(
    "button",
    {
      type: "button",
      class: "select",
      "aria-haspopup": "listbox",
      disabled: part.disabled,
      data: { key: part.custom_id },
    },
    words,
    icon("chevron"),
  );
  let current = values;
  node.addEventListener("click", () => {
    const bounds = { least: part.min_values ?? 1, most: part.max_values ?? 1 };
    openChooser(node, { label: part.placeholder ?? "Choices", choices, chosen: current, ...bounds }, (picked) => {
      current = picked;
      words.textContent = label(picked);
      words.classList.toggle("placeholder", picked.length === 0);
      chosen(picked);
    });
  });
  return node;
}

function button(part, message, pane) {
  const label = [part.emoji?.name && el("span", { class: "emoji" }, withEmoji(part.emoji.name)), part.label];
  const style = STYLES[part.style] ?? "secondary";
  const href = part.url && webAddress(part.url);
  if (href) return outwards(href, { class: `button ${style}` }, label, icon("send"));
  const node = el(
    "button",
    { type: "button", class: `button ${style}`, disabled: part.disabled, data: { key: part.custom_id } },
    label,
  );
  node.addEventListener("click", () => pane.press(node, { do: "click", message: message.id, button: part.custom_id }));
  return node;
}

function select(part, message, { app, pane }) {
  if (!SELECTS.has(part.type)) return null;
  const node = selectButton(part, app, (values) =>
    pane.press(node, { do: "select", message: message.id, select: part.custom_id, values }),
  );
  return node;
}

function choicesOf(part, app) {
  const people = () => app.world.people().map((one) => ({ value: one.id, label: app.world.nameOf(one) }));
  const real = app.world.ranked.filter((role) => role.id !== app.world.guild.id);
  const roles = () => real.map((role) => ({ value: role.id, label: `@${role.name}` }));
  const channels = () => [...app.world.channels.values()].map((one) => ({ value: one.id, label: `#${one.name}` }));
  const lists = {
    [STRING_SELECT]: () => part.options ?? [],
    [USER_SELECT]: people,
    [ROLE_SELECT]: roles,
    [MENTIONABLE_SELECT]: () => [...people(), ...roles()],
    [CHANNEL_SELECT]: channels,
  };
  return lists[part.type]();
}
