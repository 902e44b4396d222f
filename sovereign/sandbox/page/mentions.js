/** Home of names in a message being written: completed as one types, turned into ids when it is sent. */

const MOST = 8;

/** What could complete the word at the caret: `{title, from, items}`, or null. */
export function completion(text, caret, world) {
  const found = /(?:^|\s)([@#])([\w-]*)$/.exec(text.slice(0, caret));
  if (!found) return null;
  const [, sign, typed] = found;
  const all = sign === "@" ? callable(world) : [...world.channels.values()].map((one) => ({ label: `#${one.name}` }));
  const words = typed.toLowerCase();
  const place = (one) => one.label.slice(1).toLowerCase().indexOf(words);
  const items = all
    .filter((one) => place(one) >= 0)
    .sort((a, b) => Number(place(a) > 0) - Number(place(b) > 0))
    .slice(0, MOST);
  if (items.length === 0) return null;
  return { title: sign === "@" ? "Members and roles" : "Channels", from: caret - typed.length - 1, items };
}

/** The text with `@name` and `#name` of whom and what there is as Discord's mentions. Longest names first. */
export function withIds(text, world) {
  const marks = new Map(names(world));
  const literal = (name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const longest = [...marks.keys()].sort((a, b) => b.length - a.length).map(literal);
  if (longest.length === 0) return text;
  const pattern = new RegExp(`(^|[\\s(])(${longest.join("|")})(?![\\w-])`, "g");
  return text.replace(pattern, (_, before, name) => before + marks.get(name));
}

/** The same the other way round, for editing. */
export function withNames(text, world) {
  const marks = new Map(names(world).map(([name, mark]) => [mark, name]));
  return text.replace(/<(?:@&|@|#)\d+>/g, (mark) => marks.get(mark) ?? mark);
}

/** `[written, mark]` of everything that can be mentioned; where names clash, the member's mark comes last and wins. */
function names(world) {
  const roles = [...world.roles.values()].filter((role) => role.id !== world.guild.id);
  return [
    ...roles.map((role) => [`@${role.name}`, `<@&${role.id}>`]),
    ...[...world.members.values()].map((member) => [`@${member.name}`, `<@${member.id}>`]),
    ...[...world.channels.values()].map((channel) => [`#${channel.name}`, `<#${channel.id}>`]),
  ];
}

function callable(world) {
  const people = [...world.members.values()].map((one) => ({ label: `@${one.name}` }));
  const roles = world.ranked.filter((role) => role.id !== world.guild.id);
  return [...people, ...roles.map((role) => ({ label: `@${role.name}`, description: "role" }))];
}
