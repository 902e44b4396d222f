/** Home of the place where one writes: messages with files and mentions, and the way into commands. */

import { CommandLine } from "./command_line.js";
import { matching, runnable } from "./commands.js";
import { iconButton } from "./controls.js";
import { el, fill } from "./dom.js";
import { openEmoji } from "./emoji.js";
import { Files } from "./files.js";
import { completion, withIds } from "./mentions.js";
import { badge, shownName } from "./people.js";
import { Suggestions } from "./suggestions.js";

const LONGEST = 2000;
const TALLEST = 10;
const WARN_FROM = 1800;
const MUTE = "You do not have permission to send messages in this channel.";
const UNKNOWN = "No command is called that.";

export class Composer {
  constructor(pane) {
    this.pane = pane;
    this.working = 0;
    this.drafts = new Map();
    this.suggestions = new Suggestions();
    this.files = new Files(() => this.#drawState());
    const completes = { "aria-autocomplete": "list", "aria-controls": this.suggestions.id };
    this.field = el("textarea", { rows: "1", "aria-label": "Message", ...completes });
    this.state = el("div", { class: "composer-state", role: "status" });
    this.text = el("div", { class: "composer-text" }, this.field);
    const attach = iconButton("plus", "Attach files", () => this.files.choose());
    const pick = (anchor) => openEmoji(anchor, (emoji) => this.insert(emoji));
    this.sender = iconButton("send", "Send", () => this.#submit());
    this.box = el(
      "div",
      { class: "composer-box" },
      attach,
      this.text,
      iconButton("smile", "Insert an emoji", pick),
      this.sender,
    );
    this.reply = el("div", { class: "reply-bar", hidden: true });
    this.replying = null;
    const above = [this.suggestions.node, this.files.node, this.reply];
    this.node = el("div", { class: "composer" }, above, this.box, this.state);
    this.command = null;
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("blur", () => this.suggestions.hide());
    this.files.listen(this.node, this.field);
  }

  /** Another place or another person: what was written here before comes back. */
  update() {
    const { app, place } = this.pane;
    const owner = `${app.me.name}/${place.id}`;
    if (owner !== this.owner) {
      if (this.owner) this.drafts.set(this.owner, this.field.value);
      this.owner = owner;
      this.leaveCommand();
      this.replyTo(null);
      this.#set(this.drafts.get(owner) ?? "");
    }
    const writes = app.world.writes(app.me, place);
    this.box.classList.toggle("refused", !writes);
    this.field.disabled = !writes;
    const name = place.thread ? "this thread" : place.direct ? place.name : `#${place.name}`;
    this.field.placeholder = writes ? `Message ${name}` : MUTE;
    for (const tool of this.box.querySelectorAll(".tool")) tool.disabled = !writes;
  }

  /** Starts to write with `text`, as the key `/` does. */
  begin(text) {
    if (this.field.disabled) return;
    this.leaveCommand();
    this.#set(text);
    this.field.focus();
    this.#typed();
  }

  /** The next message answers this one; null for none. */
  replyTo(message) {
    this.replying = message?.id ?? null;
    this.reply.hidden = message === null;
    if (message === null) return;
    const name = el("strong", {}, shownName(message.author, this.pane.app));
    const cancel = iconButton("close", "Do not reply", () => this.replyTo(null));
    fill(this.reply, el("span", {}, "Replying to ", name), cancel);
    this.field.focus();
  }

  insert(text) {
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.focus();
    this.#typed();
  }

  isBusy() {
    return this.command !== null || this.field.value !== "";
  }

  /** The bot answered: there is a message to look at, so the waiting line goes. */
  answered() {
    this.working = 0;
    this.#drawState();
  }

  enterCommand(command) {
    this.suggestions.hide();
    this.command = new CommandLine(this, command);
    fill(this.text, this.command.node);
    this.box.classList.add("commanding");
    this.command.focus();
  }

  leaveCommand() {
    if (!this.command) return;
    this.command = null;
    this.suggestions.hide();
    this.box.classList.remove("commanding");
    fill(this.text, this.field);
    this.#set("");
    this.#drawState();
  }

  /** Runs a command and says that it is on its way until something has come of it. */
  async run(command, options, files) {
    this.leaveCommand();
    this.field.focus();
    this.working += 1;
    this.#drawState(`Running /${command.name} …`);
    await this.pane.act({ do: "command", command: command.name, options, ...(files.length ? { files } : {}) });
    this.answered();
  }

  complain(words) {
    this.#drawState(words, "error");
  }

  #typed() {
    this.field.style.height = "auto";
    const line = Number.parseFloat(getComputedStyle(this.field).lineHeight) || 22;
    this.field.style.height = `${Math.min(this.field.scrollHeight, line * TALLEST)}px`;
    this.#suggest();
    this.#drawState();
  }

  #suggest() {
    const { app } = this.pane;
    const { value, selectionStart } = this.field;
    if (/^\/[^\n]*$/.test(value)) {
      this.#askForCommands();
      const found = matching(runnable(app.world.commands), value);
      const items = found.map(suggested);
      if (items.length) this.suggestions.show("Commands", items, ({ command }) => this.enterCommand(command));
      else this.suggestions.tell(app.world.commands.length ? UNKNOWN : "The bot has registered no commands yet.");
    } else {
      const found = completion(value, selectionStart, app.world);
      if (found) this.suggestions.show(found.title, found.items, (item) => this.#complete(found.from, item));
      else this.suggestions.hide();
    }
  }

  /** Nothing tells us that the bot registered commands, so each time that one begins to type them we look. */
  async #askForCommands() {
    if (this.field.value !== "/" || this.asking) return;
    this.asking = true;
    const known = this.pane.app.world.commands.length;
    await this.pane.app.reload();
    if (this.pane.app.world.commands.length !== known && document.activeElement === this.field) this.#suggest();
    this.asking = false;
  }

  #complete(from, item) {
    this.field.setRangeText(`${item.label} `, from, this.field.selectionStart, "end");
    this.#typed();
    this.suggestions.hide();
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.suggestions.key(event)) return;
    if (event.key === "Escape" && !this.suggestions.node.hidden) this.suggestions.hide();
    else if (event.key === "Escape" && this.replying) this.replyTo(null);
    else if (event.key === "Escape" && this.field.value) this.#set("");
    else if (event.key === "Enter" && !event.shiftKey) this.#submit();
    else if (event.key === "ArrowUp" && !event.altKey && this.field.value === "") this.pane.editLast();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async #submit() {
    if (this.command) return void this.command.submit();
    const content = this.field.value.trim();
    const commands = runnable(this.pane.app.world.commands);
    const typed = commands.find((one) => `/${one.name}` === content);
    if (typed) return void this.enterCommand(typed);
    if (content.startsWith("/") && commands.length) return void this.complain(UNKNOWN);
    const long = [...content].length;
    if (long > LONGEST) return void this.complain(`A message holds ${LONGEST} characters; this one has ${long}.`);
    if (!content && this.files.empty) return;
    const files = await this.files.take();
    const deed = { do: "say", content: withIds(content, this.pane.app.world) };
    if (files.length) deed.files = files;
    if (this.replying) deed.reply_to = this.replying;
    this.#set("");
    this.replyTo(null);
    const done = await this.pane.act(deed);
    if (done === null) this.#set(content);
    else this.pane.timeline.toBottom();
  }

  #set(text) {
    this.field.value = text;
    this.field.style.height = "auto";
    this.suggestions.hide();
    this.#drawState();
  }

  #drawState(words = null, kind = "") {
    const length = [...this.field.value].length;
    const left = length > WARN_FROM ? `${LONGEST - length} characters left` : "";
    this.state.className = `composer-state ${kind || (left && length > LONGEST ? "error" : "")}`;
    this.state.textContent = words ?? (this.working > 0 ? "Waiting for the bot …" : left);
    this.sender.hidden = !this.command && this.field.value === "" && this.files.empty;
  }
}

function suggested(command) {
  const { name, description } = command;
  return { command, label: `/${name}`, hint: signature(command), description, mark: badge() };
}

function signature(command) {
  return command.options.map((one) => (one.required ? one.name : `${one.name}?`)).join("  ");
}
