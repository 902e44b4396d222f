/** Home of what one can do with a message: the bar that follows pointer and focus, its menu, and editing in place. */

import { button, iconButton } from "./controls.js";
import { el } from "./dom.js";
import { EMOJI, openEmoji } from "./emoji.js";
import { withEmoji } from "./emoji_art.js";
import { isEphemeral, summary } from "./message.js";
import { withIds, withNames } from "./mentions.js";
import { MANAGE_MESSAGES, PIN } from "./permissions.js";
import { openMenu } from "./popover.js";
import { mayStart, startThread } from "./threads.js";

const TALLEST = 10;
const QUICK = EMOJI.slice(0, 3);

export class Toolbar {
  constructor(pane, list) {
    this.pane = pane;
    this.list = list;
    /** The id of the message that is being edited, or null: its row is left alone meanwhile. */
    this.editing = null;
    this.node = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
    list.addEventListener("pointerover", (event) => this.#follow(event));
    list.addEventListener("focusin", (event) => this.#follow(event));
    list.addEventListener("pointerleave", () => this.#leave());
    list.addEventListener("contextmenu", (event) => this.#context(event));
  }

  #follow(event) {
    const row = event.target.closest("li[data-id]");
    if (!row || this.node.parentElement === row || row.classList.contains("system")) return;
    const message = this.#message(row);
    if (!message || this.editing === message.id) return;
    this.node.replaceChildren(...this.#buttons(message));
    row.append(this.node);
  }

  #leave() {
    if (!this.node.contains(document.activeElement)) this.node.remove();
  }

  #context(event) {
    const row = event.target.closest("li[data-id]");
    const message = row && this.#message(row);
    if (!message || event.target.closest("a, img") || String(getSelection())) return;
    event.preventDefault();
    const point = el("span", { class: "point", vars: { "--x": `${event.clientX}px`, "--y": `${event.clientY}px` } });
    document.body.append(point);
    openMenu(point, "Message", this.#entries(message), () => point.remove());
  }

  #message(row) {
    return this.pane.messages().find((one) => one.id === row.dataset.id);
  }

  #buttons(message) {
    if (isEphemeral(message)) return [iconButton("close", "Dismiss message", () => this.pane.dismiss(message.id))];
    const react = (emoji) => () => this.#react(message, emoji);
    const quick = QUICK.map((emoji) => button(withEmoji(emoji), react(emoji), { "aria-label": `React with ${emoji}` }));
    return [
      ...quick,
      iconButton("smile", "Add a reaction", (anchor) => this.pick(message, anchor)),
      this.#mine(message)
        ? iconButton("pencil", "Edit", () => this.edit(message))
        : !message.starter && iconButton("reply", "Reply", () => this.pane.composer.replyTo(message)),
      mayStart(this.pane, message) && iconButton("thread", "Start a thread", () => startThread(this.pane, message)),
      iconButton("more", "More", (anchor) => openMenu(anchor, "Message", this.#entries(message))),
    ].filter(Boolean);
  }

  #entries(message) {
    const { pane } = this;
    const { app } = pane;
    const apps = app.world.commands.filter((command) => command.type === 3);
    const does = (deed) => () => pane.act({ do: deed, message: message.id });
    const copy = (words) => () => navigator.clipboard?.writeText(words);
    return [
      !message.starter && { label: "Reply", run: () => pane.composer.replyTo(message) },
      mayStart(pane, message) && { label: "Start a thread", run: () => startThread(pane, message) },
      pane.may(PIN) && this.#pinning(message),
      this.#mine(message) && { label: "Edit message", run: () => this.edit(message) },
      { label: "Copy text", run: copy(message.content || summary(message, app)) },
      { label: "Copy message ID", run: copy(message.id) },
      apps.length > 0 && { heading: "Apps" },
      ...apps.map(({ name }) => ({ label: name, run: () => app.runMenu(name, { message: message.id }, pane) })),
      this.#deletable(message) && { label: "Delete message", danger: true, run: does("delete") },
    ].filter(Boolean);
  }

  #pinning(message) {
    const [label, deed] = message.pinned ? ["Unpin message", "unpin"] : ["Pin message", "pin"];
    return { label, run: () => this.pane.act({ do: deed, message: message.id }) };
  }

  pick(message, anchor) {
    openEmoji(anchor, (emoji) => this.#react(message, emoji));
  }

  /** Turns the text into a field: Enter saves, Escape leaves it as it was. */
  edit(message) {
    const row = this.list.querySelector(`li[data-id="${message.id}"]`);
    const said = row?.querySelector(".said");
    if (!said) return;
    this.editing = message.id;
    this.node.remove();
    const lines = message.content.split("\n").length;
    const field = el("textarea", { "aria-label": "Edit message", rows: String(Math.min(TALLEST, lines)) });
    const { world } = this.pane.app;
    const before = withNames(message.content, world);
    field.value = before;
    const stop = () => {
      this.editing = null;
      this.pane.redraw(message.id);
    };
    const save = async () => {
      const words = field.value.trim();
      const content = withIds(words, world);
      if (words && words !== before) await this.pane.act({ do: "edit", message: message.id, content });
      stop();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") stop();
      else if (event.key === "Enter" && !event.shiftKey) save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const link = (words, run) => button(words, run, { class: "link" });
    const hint = ["Escape to ", link("cancel", stop), " · Enter to ", link("save", save)];
    said.replaceChildren(field, el("div", { class: "edit-hint" }, hint));
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  #react(message, emoji) {
    const mine = (message.reactions ?? []).some((one) => one.me && one.emoji.name === emoji);
    return this.pane.act({ do: mine ? "unreact" : "react", message: message.id, emoji });
  }

  #mine(message) {
    return message.author.id === this.pane.app.me.id;
  }

  #deletable(message) {
    return this.#mine(message) || this.pane.may(MANAGE_MESSAGES);
  }
}
