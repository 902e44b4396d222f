/** Home of drawing what can be pressed in a message: buttons and selects. */

import { el, fill, outwards, webAddress } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { icon } from "./icons.js";
import { openChooser } from "./chooser.js";

const BUTTON = 2;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };
const STRING_SELECT = 3;
const USER_SELECT = 5;
const ROLE_SELECT = 6;
const MENTIONABLE_SELECT = 7;
const CHANNEL_SELECT = 8;
export const SELECTS = new Set([STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT]);

/** A button or a select of a message. Presses go to the bot through the pane, which shows what comes of them. */
export function control(part, { app, pane, message }) {
  return part.type === BUTTON ? button(part, message, pane) : select(part, message, { app, pane });
}

/** A select as a button that opens its choices; `chosen(values)` is called when the person has chosen. */
export function selectButton(part, app, chosen, preset = null) {
  const choices = choicesOf(part, app);
  const label = (values) => {
    const names = choices.filter((one) => values.includes(one.value)).map(named);
    return names.length ? names.join(", ") : part.placeholder || "Make a selection";
  };
  const values = preset ?? presetOf(part);
  const words = el("span", { class: values.length ? "" : "placeholder" }, withEmoji(label(values)));
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
    const bounds = { least: part.required === false ? 0 : (part.min_values ?? 1), most: part.max_values ?? 1 };
    openChooser(node, { label: part.placeholder ?? "Choices", choices, chosen: current, ...bounds }, (picked) => {
      current = picked;
      fill(words, withEmoji(label(picked)));
      words.classList.toggle("placeholder", picked.length === 0);
      chosen(picked);
    });
  });
  return node;
}

function named(choice) {
  return choice.emoji?.name ? `${choice.emoji.name} ${choice.label}` : choice.label;
}

/** What is chosen before anybody touches it. */
export function presetOf(part) {
  if (part.type !== STRING_SELECT) return (part.default_values ?? []).map((one) => one.id);
  return (part.options ?? []).filter((one) => one.default).map((one) => one.value);
}

function button(part, message, pane) {
  const label = [part.emoji?.name && el("span", { class: "emoji" }, withEmoji(part.emoji.name)), part.label];
  const style = STYLES[part.style] ?? "secondary";
  const href = part.url && webAddress(part.url);
  if (href) return outwards(href, { class: `button ${style}` }, label, icon("outside"));
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
  const kinds = new Set(part.channel_types ?? []);
  const fits = (one) => (kinds.size === 0 || kinds.has(one.type)) && app.world.sees(app.me, one);
  const listed = () => [...app.world.channels.values()].filter(fits);
  const channels = () => listed().map((one) => ({ value: one.id, label: `#${one.name}`, description: one.category }));
  const lists = {
    [STRING_SELECT]: () => part.options ?? [],
    [USER_SELECT]: people,
    [ROLE_SELECT]: roles,
    [MENTIONABLE_SELECT]: () => [...people(), ...roles()],
    [CHANNEL_SELECT]: channels,
  };
  return lists[part.type]();
}
