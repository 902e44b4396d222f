/** Home of what can be typed after `/`: the bot's commands with their sub-commands, and what their options take. */

const CHAT = 1;
export const TYPES = {
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  file: 11,
};
const HINTS = {
  [TYPES.string]: "text",
  [TYPES.integer]: "a whole number",
  [TYPES.boolean]: "True or False",
  [TYPES.user]: "a member",
  [TYPES.channel]: "a channel",
  [TYPES.role]: "a role",
  [TYPES.mentionable]: "a member or a role",
  [TYPES.number]: "a number",
  [TYPES.file]: "a file",
};

/** Every slash command that can be run: `[{name, description, options}]`, sub-commands by their full name. */
export function runnable(commands) {
  return commands.filter((one) => one.type === CHAT);
}

/** Commands that the typed words may mean, the likeliest first; by description only if no name fits. */
export function matching(commands, typed) {
  const words = typed.toLowerCase().replace(/^\//, "").trim();
  const rank = (one) => {
    if (one.name.includes(words)) return one.name.startsWith(words) ? 0 : 1;
    return one.description.toLowerCase().includes(words) ? 2 : 3;
  };
  const ranked = commands.map((one) => ({ one, rank: rank(one) }));
  const best = Math.min(...ranked.map(({ rank: at }) => at));
  return ranked
    .filter(({ rank: at }) => at < 3 && (at < 2 || best === 2))
    .sort((a, b) => a.rank - b.rank || a.one.name.localeCompare(b.one.name))
    .map(({ one }) => one);
}

export function hintOf(option) {
  return option.choices?.length ? "one of the choices" : (HINTS[option.type] ?? "text");
}

/** What can be chosen for an option without asking the bot: `[{label, value, description}]`, or null for free text. */
export function fixedChoices(option, world) {
  if (option.choices?.length) return option.choices.map(({ name, value }) => ({ label: String(name), value }));
  const person = (one) => ({ label: one.name, value: one.id, description: roleNames(world, one) });
  const people = () => [...world.members.values()].map(person);
  const roles = () => world.ranked.map((role) => ({ label: role.name, value: role.id }));
  const lists = {
    [TYPES.boolean]: () => [{ label: "True", value: true }, { label: "False", value: false }],
    [TYPES.user]: people,
    [TYPES.role]: roles,
    [TYPES.mentionable]: () => [...people(), ...roles()],
    [TYPES.channel]: () => [...world.channels.values()].map((one) => ({ label: one.name, value: one.id })),
  };
  return lists[option.type]?.() ?? null;
}

/** What the typed text means for an option: `{value}` or `{error}`. */
export function reading(option, text, world) {
  const choices = fixedChoices(option, world);
  if (choices) {
    const found = choices.find((one) => one.label.toLowerCase() === text.replace(/^[@#]/, "").toLowerCase());
    return found ? { value: found.value } : { error: `${option.name} must be ${hintOf(option)}.` };
  }
  if (option.type === TYPES.integer || option.type === TYPES.number) return numeric(option, text);
  const { name, min_length: least, max_length: most } = option;
  if (least > text.length) return { error: `${name} needs at least ${least} characters.` };
  if (most < text.length) return { error: `${name} takes at most ${most} characters.` };
  return { value: text };
}

function numeric(option, text) {
  const value = Number(text);
  const whole = option.type !== TYPES.integer || Number.isInteger(value);
  if (!Number.isFinite(value) || !whole) return { error: `${option.name} must be ${hintOf(option)}.` };
  if (value < option.min_value) return { error: `${option.name} must be at least ${option.min_value}.` };
  if (value > option.max_value) return { error: `${option.name} must be at most ${option.max_value}.` };
  return { value };
}

function roleNames(world, member) {
  return world.rolesOf(member).map((role) => role.name).join(", ");
}
