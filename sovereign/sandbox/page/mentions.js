/** Home of names in a message being written: completed as one types, turned into ids when it is sent. */

const MOST = 8;

/** What could complete the word at the caret: `{title, from, items}`, or null. */
export function completion(text, caret, world) {
  const found = /(?:^|\s)([@#])([\w-]*)$/.exec(text.slice(0, caret));
  if (!found) return null;
  const [, sign, typed] = found;
  const all = sign === "@" ? callable(world) : [...world.channels.values()].map((one) => ({ label: `#${one.name}`, insert: `#${one.name}` }));
  const items = all.filter((one) => one.label.slice(1).toLowerCase().includes(typed.toLowerCase())).slice(0, MOST);
  if (items.length === 0) return null;
  return { title: sign === "@" ? "Members and roles" : "Channels", from: caret - typed.length - 1, items };
}

/** The text with `@name` and `#name` of whom and what there is as Discord's mentions. Longest names first. */
export function withIds(text, world) {
  const names = new Map();
  for (const role of world.roles.values()) if (role.id !== world.guild.id) names.set(`@${role.name}`, `<@&${role.id}>`);
  for (const member of world.members.values()) names.set(`@${member.name}`, `<@${member.id}>`);
  for (const channel of world.channels.values()) names.set(`#${channel.name}`, `<#${channel.id}>`);
  const longest = [...names.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (longest.length === 0) return text;
  const pattern = new RegExp(`(^|[\\s(])(${longest.join("|")})(?![\\w-])`, "g");
  return text.replace(pattern, (_, before, name) => before + names.get(name));
}

function callable(world) {
  const people = [...world.members.values()].map((one) => ({ label: `@${one.name}`, insert: `@${one.name}` }));
  const roles = world.ranked.filter((role) => role.id !== world.guild.id).map((role) => ({ label: `@${role.name}`, insert: `@${role.name}`, description: "role" }));
  return [...people, ...roles];
}
