/** Home of the scrolling list of messages: it changes only the rows that changed and keeps the reader's place. */

import { compareIds, el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { dayRow, isEphemeral, messageRow, noticeRow, unreadRow } from "./message.js";
import { sameDay } from "./time.js";
import { Toolbar } from "./toolbar.js";

const NEAR = 48;
const EARLY = 600;
const TOGETHER = 7 * 60 * 1000;
const DEFAULT = 0;

export class Timeline {
  constructor(pane) {
    this.pane = pane;
    this.list = el("ol", { class: "rows", role: "log", "aria-live": "polite", "aria-label": "Messages" });
    this.jump = el("button", { class: "jump", type: "button", hidden: true, on: { click: () => this.toBottom() } });
    this.scroller = el("div", { class: "scroller", tabindex: "0", "aria-label": "Messages" }, this.list);
    this.node = el("div", { class: "timeline" }, this.scroller, this.jump);
    this.rows = new Map();
    this.pinned = true;
    this.toolbar = new Toolbar(pane, this.list);
    this.held = false;
    this.list.addEventListener("pointerdown", () => (this.held = true));
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => this.#release());
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#walk(event));
    new ResizeObserver(() => this.pinned && this.#stick()).observe(this.list);
    new ResizeObserver(() => this.pinned && this.#stick()).observe(this.scroller);
  }

  /** Forgets everything, for another channel or another pair of eyes. */
  reset() {
    this.rows.clear();
    this.list.replaceChildren();
    this.pinned = true;
    this.jump.hidden = true;
    this.newestSeen = null;
  }

  /** Draws what the feed holds; `unreadAfter` is the last message that was read before. */
  draw({ messages, whole, intro, notices, unreadAfter, look }) {
    if (this.held) return;
    const anchor = this.pinned ? null : this.#anchor();
    const focused = this.#focusedKey();
    const items = this.#items({ messages, whole, intro, notices, unreadAfter, look });
    this.#place(items);
    this.#refocus(focused);
    if (anchor) this.scroller.scrollTop += (this.#topOf(anchor.key) ?? anchor.top) - anchor.top;
    else this.#stick();
    this.#announce(messages);
  }

  toBottom() {
    this.pinned = true;
    this.#stick();
    this.jump.hidden = true;
    this.pane.read();
  }

  /** Brings a message into view and marks it for a moment; false when it is not loaded. */
  reveal(id) {
    const row = this.rows.get(id)?.node;
    if (!row) return false;
    this.pinned = false;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    row.classList.add("found");
    setTimeout(() => row.classList.remove("found"), 1500);
    return true;
  }

  #items({ messages, whole, intro, notices, unreadAfter, look }) {
    const items = whole ? [{ key: "intro", sign: intro.sign, build: intro.build }] : [];
    let previous = null;
    let marked = !unreadAfter;
    for (const message of messages) {
      const fresh = !previous || !sameDay(new Date(previous.timestamp), new Date(message.timestamp));
      if (fresh) items.push({ key: `day-${message.id}`, sign: "", build: () => dayRow(message.timestamp) });
      const first = !marked && compareIds(message.id, unreadAfter) > 0;
      if (first) items.push({ key: "unread", sign: "", build: unreadRow });
      marked ||= first;
      const compact = !fresh && !first && continues(previous, message);
      items.push(this.#item(message, compact, look));
      previous = message;
    }
    for (const notice of notices) {
      const build = () => noticeRow(notice, () => this.pane.forget(notice.key));
      items.push({ key: notice.key, sign: notice.text, build });
    }
    return items;
  }

  #item(message, compact, look) {
    const { app } = this.pane;
    const thread = app.world.threadOf(message);
    const sign = JSON.stringify([message, compact, thread?.name, thread?.message_count, look]);
    return { key: message.id, sign, build: () => messageRow(message, { app, pane: this.pane, compact }) };
  }

  #place(items) {
    const next = new Map();
    for (const { key, sign, build } of items) {
      const known = this.rows.get(key);
      const same = known && (known.sign === sign || this.toolbar.editing === key);
      const row = same ? known : { sign, node: build() };
      if (known && !same) known.node.replaceWith(row.node);
      next.set(key, row);
    }
    for (const [key, row] of this.rows) if (!next.has(key)) row.node.remove();
    this.rows = next;
    let cursor = this.list.firstElementChild;
    for (const { node } of next.values()) {
      if (node === cursor) cursor = cursor.nextElementSibling;
      else this.list.insertBefore(node, cursor);
    }
  }

  #announce(messages) {
    const newest = messages.at(-1)?.id ?? null;
    if (this.pinned) this.newestSeen = newest;
    const since = this.newestSeen ?? null;
    const fresh = since === null ? [] : messages.filter((one) => compareIds(one.id, since) > 0);
    this.jump.hidden = this.pinned;
    const many = fresh.length === 1 ? "1 new message" : `${fresh.length} new messages`;
    fill(this.jump, fresh.length ? many : "Jump to the newest", icon("down"));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const pinned = scrollHeight - scrollTop - clientHeight < NEAR;
    if (pinned && !this.pinned) this.pane.read();
    if (pinned !== this.pinned) {
      this.pinned = pinned;
      this.#announce(this.pane.messages());
    }
    if (scrollTop < EARLY) this.pane.loadOlder();
  }

  #stick() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The first message that can be seen, and how far from the top it stands. */
  #anchor() {
    const edge = this.scroller.getBoundingClientRect().top;
    for (const [key, { node }] of this.rows) {
      const at = node.getBoundingClientRect();
      if (node.dataset.id && at.bottom > edge) return { key, top: at.top - edge };
    }
    return null;
  }

  #topOf(key) {
    const row = this.rows.get(key);
    return row && row.node.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }

  #focusedKey() {
    const active = document.activeElement;
    const row = active?.closest?.("li[data-id]");
    if (!row || !this.list.contains(row)) return null;
    return { id: row.dataset.id, key: active.dataset.key ?? null, node: active };
  }

  /** A row that was drawn anew under the person's fingers keeps the focus. */
  #refocus(focused) {
    if (!focused || focused.node.isConnected) return;
    const row = this.rows.get(focused.id)?.node;
    const inner = focused.key && row?.querySelector(`[data-key="${CSS.escape(focused.key)}"]`);
    (inner ?? row)?.focus({ preventScroll: true });
  }

  /** Nothing moves under what is being pressed until it is let go, or the press would be lost. */
  #release() {
    if (!this.held) return;
    setTimeout(() => {
      this.held = false;
      this.pane.update();
    });
  }

  /** Arrow keys go from message to message, as a reader of a list expects. */
  #walk(event) {
    const step = { ArrowUp: "previous", ArrowDown: "next" }[event.key];
    if (!step || event.altKey || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    const rows = [...this.list.querySelectorAll("li[data-id]")];
    const at = rows.indexOf(document.activeElement.closest("li[data-id]"));
    const target = at < 0 ? rows.at(-1) : rows[step === "next" ? at + 1 : at - 1];
    if (!target) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }
}

/** Messages of one author within some minutes stand under one head. */
function continues(previous, message) {
  if (!previous || previous.starter || previous.author.id !== message.author.id) return false;
  if (isEphemeral(previous) !== isEphemeral(message)) return false;
  const plain = message.type === DEFAULT && ![6, 18].includes(previous.type) && !message.interaction_metadata;
  return plain && new Date(message.timestamp) - new Date(previous.timestamp) < TOGETHER;
}
