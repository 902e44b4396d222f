/** Home of how people are drawn: avatars, names in their role's colour, and the card that opens on a name. */

import { avatarShades, shades } from "./colors.js";
import { button } from "./controls.js";
import { el, webAddress } from "./dom.js";
import { openPopover } from "./popover.js";

/** A coloured disc with the first letter, or the picture of a webhook that brings its own. */
export function avatar(user, app, size = "") {
  const name = shownName(user, app);
  const disc = el(
    "span",
    { class: `avatar ${size}`, "aria-hidden": "true", vars: avatarShades(app.world.avatarColor(user.id)) },
    [...name][0]?.toUpperCase() ?? "?",
  );
  const address = user.avatar && webAddress(user.avatar);
  if (address) disc.append(picture(address));
  return disc;
}

/** What people call a message's author: the nick or name of the member, or what the webhook is named. */
export function shownName(user, app) {
  const member = app.world.members.get(user.id);
  return member ? app.world.nameOf(member) : (user.global_name ?? user.username ?? "unknown");
}

export function nameButton(user, app) {
  const open = (anchor) => app.showProfile(user.id, anchor);
  return button(shownName(user, app), open, { class: "name tinted", vars: shades(app.world.nameColor(user.id)) });
}

export function badge(words = "APP") {
  return el("span", { class: "badge" }, words);
}

function roleTag(role) {
  return el("span", { class: "role tinted", vars: shades(role.color) }, el("i", { class: "dot" }), role.name);
}

/** Opens the card of a member beside `anchor`: roles, commands on people, and stepping into their shoes. */
export function openProfile(app, userId, anchor) {
  const member = app.world.members.get(userId);
  if (!member) return;
  const commands = member.bot ? [] : app.world.commands.filter((command) => command.type === 2);
  const card = openPopover(anchor, { label: member.name, class: "profile" });
  const run = (command) => {
    card.close();
    app.runMenu(command, { member: member.name });
  };
  card.node.append(
    el("div", { class: "banner", vars: avatarShades(app.world.avatarColor(userId)) }),
    avatar(member, app, "large"),
    el("h3", {}, app.world.nameOf(member), member.bot && badge()),
    el("div", { class: "roles" }, app.world.rolesOf(member).map(roleTag)),
  );
  if (!member.bot && member.name !== app.me.name) {
    const become = () => {
      card.close();
      app.become(member.name);
    };
    card.node.append(button(`Be ${app.world.nameOf(member)}`, become, { class: "button primary" }));
  }
  for (const command of commands) {
    card.node.append(button(command.name, () => run(command.name), { class: "button secondary" }));
  }
  card.settle();
  card.node.querySelector("button")?.focus();
}

function picture(address) {
  const image = el("img", { src: address, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.remove());
  return image;
}
