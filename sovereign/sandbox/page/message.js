/** Home of drawing one message: who, when, what, and all that hangs on it. */

import { button, iconButton } from "./controls.js";
import { avatar, badge, nameButton, shownName } from "./people.js";
import { attachment, embed } from "./embeds.js";
import { el } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { icon } from "./icons.js";
import { isLayout, layouts, wordsOf } from "./layouts.js";
import { plain, prose } from "./prose.js";
import { dayName, messageTime } from "./time.js";

const PINNED = 6;
const THREAD_CREATED = 18;
const REPLY = 19;
const CONTEXT_COMMAND = 23;
const SUPPRESS_EMBEDS = 1 << 2;
const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;

export const isEphemeral = (message) => Boolean(message.flags & EPHEMERAL);

/** A row of the timeline. `compact` leaves out the head, below a message of the same author. */
export function messageRow(message, { app, pane, compact }) {
  if (message.type === PINNED || message.type === THREAD_CREATED) return systemRow(message, app, pane);
  const mentioned = mentions(message, app);
  const kinds = ["message", compact && "compact", mentioned && "mentioned", isEphemeral(message) && "ephemeral"];
  return el(
    "li",
    { class: kinds.filter(Boolean).join(" "), data: { id: message.id }, tabindex: "-1" },
    origin(message, app, pane),
    compact ? messageTime(message.timestamp, { short: true }) : avatar(message.author, app),
    el(
      "div",
      { class: "body" },
      !compact && head(message, app),
      el("div", { class: "said" }, said(message, app)),
      message.flags & SUPPRESS_EMBEDS ? null : (message.embeds ?? []).map((one) => embed(one, app)),
      isLayout(message) ? null : loose(message).map(attachment),
      layouts(message, { app, pane }),
      reactions(message, pane),
      threadRow(message, app),
      isEphemeral(message) && onlyYou(message, pane),
    ),
  );
}

/** Said by the page itself to the person at it, and gone when they have read it. */
export function noticeRow(notice, dismiss) {
  return el(
    "li",
    { class: `message notice ${notice.kind}`, role: notice.kind === "error" ? "alert" : "status" },
    el("span", { class: "avatar", "aria-hidden": "true" }, notice.kind === "error" ? "!" : "…"),
    el(
      "div",
      { class: "body" },
      el("div", { class: "prose" }, notice.text),
      el("div", { class: "only-you" }, icon("eye"), "Only you can see this · ", dismissButton(dismiss)),
    ),
  );
}

export function dayRow(iso) {
  return el("li", { class: "day", role: "separator" }, el("span", {}, dayName(iso)));
}

export function unreadRow() {
  return el("li", { class: "day unread", role: "separator" }, el("span", {}, "New"));
}

/** Words for the list of threads and for previews, from whatever the message consists of. */
export function summary(message, app) {
  const [card] = message.embeds ?? [];
  const words = message.content || card?.title || card?.description || wordsOf(message.components ?? []);
  if (words) return plain(words, app).slice(0, 120);
  return message.attachments?.length ? "Attachment" : "Message";
}

function head(message, app) {
  return el(
    "header",
    {},
    nameButton(message.author, app),
    message.author.bot && badge(),
    messageTime(message.timestamp),
    message.pinned && pinnedMark(),
  );
}

function pinnedMark() {
  return el("span", { class: "pinned", title: "Pinned" }, icon("pin"), el("span", { class: "unseen" }, "pinned"));
}

function said(message, app) {
  if (message.flags & LOADING) {
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, "•••");
    return el("div", { class: "thinking" }, dots, `${shownName(message.author, app)} is thinking…`);
  }
  const when = message.edited_timestamp;
  const edited = when && el("small", { class: "edited", title: when }, "(edited)");
  if (!message.content) return null;
  const text = prose(message.content, app, { jumbo: true });
  if (edited) text.append(" ", edited);
  return text;
}

/** The line above a message: what it replies to, or which command of whom it answers. */
function origin(message, app, pane) {
  const quoted = message.referenced_message;
  if (message.type === REPLY) {
    const words = quoted ? summary(quoted, app) : "A message that was deleted";
    const show = () => quoted && pane.reveal(quoted.id);
    return originLine(quoted?.author, app, button(words, show, { class: "quoted" }));
  }
  const asked = message.interaction_metadata ?? message.interaction;
  const name = message.interaction?.name ?? message.interaction_metadata?.name;
  if (!asked?.user || !name) return null;
  const shown = message.type === CONTEXT_COMMAND ? name : `/${name}`;
  return originLine(asked.user, app, "used ", el("span", { class: "mention" }, shown));
}

function originLine(user, app, ...rest) {
  const who = user && [avatar(user, app, "tiny"), nameButton(user, app)];
  return el("div", { class: "origin" }, who, el("span", { class: "origin-text" }, rest));
}

function systemRow(message, app, pane) {
  const pinned = message.type === PINNED;
  const about = message.message_reference;
  const target = () => (pinned ? pane.reveal(about?.message_id) : app.open(about?.channel_id));
  const named = button(pinned ? "a message" : message.content, target, { class: "link", data: { key: "about" } });
  const words = pinned ? [" pinned ", named, " to this channel."] : [" started a thread: ", named];
  return el(
    "li",
    { class: "message system", data: { id: message.id }, tabindex: "-1" },
    el("span", { class: "avatar" }, icon(pinned ? "pin" : "thread")),
    el("div", { class: "body" }, nameButton(message.author, app), words, " ", messageTime(message.timestamp)),
  );
}

function reactions(message, pane) {
  if (!message.reactions?.length) return null;
  const chips = message.reactions.map(({ emoji, count, me }) => {
    const name = emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name;
    const label = `${emoji.name}, ${count}${me ? ", yours among them" : ""}`;
    const press = () => pane.act({ do: me ? "unreact" : "react", message: message.id, emoji: name });
    const picture = el("span", {}, emoji.id ? `:${emoji.name}:` : withEmoji(emoji.name));
    const props = { class: "reaction", "aria-pressed": String(me), "aria-label": label, data: { key: `r-${name}` } };
    return button([picture, el("span", { class: "count" }, String(count))], press, props);
  });
  const add = (anchor) => pane.pickReaction(message, anchor);
  const more = iconButton("smile", "Add a reaction", add, { class: "reaction add" });
  return el("div", { class: "reactions" }, chips, more);
}

function threadRow(message, app) {
  const thread = app.world.threadOf(message);
  if (!thread || message.starter) return null;
  const count = thread.message_count;
  const words = count === undefined ? "Open" : count === 1 ? "1 message" : `${count} messages`;
  const open = () => app.open(thread.id);
  return el(
    "button",
    { type: "button", class: "thread-row", data: { key: "thread" }, on: { click: open } },
    icon("thread"),
    el("strong", {}, thread.name),
    el("span", { class: "thread-count" }, words, icon("chevron")),
  );
}

function onlyYou(message, pane) {
  const dismiss = dismissButton(() => pane.dismiss(message.id));
  return el("div", { class: "only-you" }, icon("eye"), "Only you can see this · ", dismiss);
}

function dismissButton(dismiss) {
  return button("Dismiss message", dismiss, { class: "link" });
}

function mentions(message, app) {
  if (message.author.id === app.me.id) return false;
  const roles = new Set(app.world.rolesOf(app.me).map((role) => role.id));
  const called = (message.mentions ?? []).some((user) => user.id === app.me.id);
  return called || message.mention_everyone || (message.mention_roles ?? []).some((id) => roles.has(id));
}

/** Attachments that no embed shows: one that an embed shows stands there alone, as in Discord. */
function loose(message) {
  const shown = new Set(
    (message.embeds ?? []).flatMap((embed) => [embed.image?.url, embed.thumbnail?.url].filter(Boolean)),
  );
  return (message.attachments ?? []).filter((one) => !shown.has(one.url));
}
