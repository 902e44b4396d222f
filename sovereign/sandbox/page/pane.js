/** Home of one open place, a channel or a thread: its head, its messages, its composer, and how it stays current. */

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { iconButton } from "./controls.js";
import { el, refill } from "./dom.js";
import { Feed } from "./feed.js";
import { icon } from "./icons.js";
import { introFor } from "./intro.js";
import { openModal } from "./modal.js";
import { openPins } from "./pins.js";
import { openThreadMenu, openThreads } from "./threads.js";
import { Timeline } from "./timeline.js";
import { DIRECT } from "./world.js";

const SOON = 30;
const STARTER = 21;

export class Pane {
  constructor(app, { label, before = [], after = [] }) {
    this.app = app;
    this.place = null;
    this.feed = null;
    this.notices = [];
    this.unreadAfter = null;
    this.dirty = new Set();
    this.tailDirty = false;
    this.busy = false;
    this.title = el("h2", {});
    this.topic = el("p", { class: "topic" });
    this.threads = iconButton("thread", "Threads", (anchor) => openThreads(this, anchor));
    this.more = iconButton("more", "About this thread", (anchor) => openThreadMenu(this, anchor));
    const pins = iconButton("pin", "Pinned messages", (anchor) => openPins(this, anchor));
    const tools = [pins, this.threads, this.more, after];
    this.head = el("header", { class: "pane-head" }, before, this.title, this.topic, tools);
    this.timeline = new Timeline(this);
    this.composer = new Composer(this);
    const parts = [this.head, this.timeline.node, this.composer.node];
    this.node = el("section", { class: "pane", "aria-label": label }, parts);
  }

  /** Shows a place as the person of the moment sees it. */
  open(place) {
    const same = this.place?.id === place.id && this.feed?.member === this.app.me.name;
    this.place = place;
    this.#drawHead();
    this.composer.update();
    if (same) return;
    this.feed = new Feed(place.id, this.app.me.name);
    this.dirty.clear();
    this.notices = [];
    this.unreadAfter = this.app.unread.lastRead(place.id);
    this.timeline.reset();
    this.refresh();
  }

  close() {
    this.place = null;
    this.feed = null;
    this.timeline.reset();
  }

  /** The guild changed: names, roles or threads are drawn anew where they differ. */
  update() {
    if (!this.place) return;
    this.place = this.app.world.place(this.place.id) ?? this.place;
    this.#drawHead();
    this.composer.update();
    this.#draw();
  }

  /** Takes note of an event of the stream, if it is about this place. */
  hear({ t, channel, d }) {
    if (!this.feed) return;
    if (t === "MESSAGE_CREATE" && d.interaction_metadata?.user?.id === this.app.me.id) this.composer.answered();
    const about = channel === this.place.id || (this.place.direct && channel && !this.app.world.place(channel));
    const id = d?.message_id ?? d?.id;
    if (about && t.startsWith("MESSAGE_")) this.refresh(t === "MESSAGE_CREATE" || this.feed.inTail(id) ? null : id);
    else if (t.startsWith("MESSAGE_") && id === this.place.id) this.refresh(this.#starter()?.id);
    else if (t === "MESSAGE_CREATE" && this.feed.messages.some((one) => one.id === channel)) this.refresh(channel);
  }

  /** Fetches the newest messages again, or the one named, soon and never twice at once. */
  refresh(id = null) {
    if (id === null) this.tailDirty = true;
    else this.dirty.add(id);
    if (this.busy) return;
    this.busy = true;
    setTimeout(() => this.#fetch(), this.feed?.loaded ? SOON : 0);
  }

  async loadOlder() {
    const { feed } = this;
    if (!feed?.loaded || feed.whole || this.loading) return;
    this.loading = true;
    try {
      await feed.older();
    } catch (refused) {
      this.notify(refused.message, "error");
    } finally {
      this.loading = false;
    }
    if (feed === this.feed) this.#draw();
  }

  /** What is shown here: without what was dismissed, and in a thread the message it hangs on in its full form. */
  messages() {
    const all = (this.feed?.messages ?? []).filter((one) => !this.app.unread.isDismissed(one.id));
    return all.map((one) => {
      const whole = one.type === STARTER && one.referenced_message;
      return whole ? { ...whole, starter: true } : one;
    });
  }

  /** Remembers that what stands here was read. */
  read() {
    const newest = this.feed?.newest;
    if (newest && !document.hidden) this.app.unread.read(this.place.id, newest.id);
  }

  may(bits) {
    return this.app.world.may(this.app.me, this.place, bits);
  }

  /** Does something here as the person of the moment. Gives what came of it, or null after saying what went wrong. */
  async act(deed, { quiet = false } = {}) {
    const channel = this.place.direct ? DIRECT : this.place.id;
    const where = this.#homeOf(deed.message) ?? channel;
    try {
      const result = await api.act({ as: this.app.me.name, channel: where, ...deed });
      if (result.result === "failed" && !quiet) this.notify(result.error, "error");
      if (result.modal) openModal(this, result.modal, where);
      return result;
    } catch (refused) {
      if (quiet) throw refused;
      this.notify(refused.message, "error");
      return null;
    }
  }

  /** Acts for something that was pressed, which shows that it is at work until the bot has answered. */
  async press(node, deed) {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    await this.act(deed);
    node.removeAttribute("aria-busy");
  }

  /** Says something to the person alone, at the foot of the messages. */
  notify(text, kind = "note") {
    const notice = { key: `notice-${performance.now()}`, text, kind };
    this.notices.push(notice);
    this.#draw();
    this.timeline.toBottom();
    return notice.key;
  }

  forget(key) {
    this.notices = this.notices.filter((one) => one.key !== key);
    this.#draw();
  }

  dismiss(id) {
    this.app.unread.dismiss(id);
    this.#draw();
  }

  redraw(id) {
    const row = this.timeline.rows.get(id);
    if (row) row.sign = null;
    this.#draw();
  }

  async reveal(id) {
    for (let page = 0; page < 5 && !this.timeline.reveal(id) && !this.feed.whole; page += 1) await this.loadOlder();
  }

  pickReaction(message, anchor) {
    this.timeline.toolbar.pick(message, anchor);
  }

  /** The newest message of the person of the moment, to edit it by the arrow key. */
  editLast() {
    const mine = this.messages().findLast((one) => one.author.id === this.app.me.id);
    if (mine) this.timeline.toolbar.edit(mine);
  }

  #starter() {
    return this.feed.messages.find((one) => one.type === STARTER);
  }

  /** In a thread, the message that it hangs on lives in the channel above. */
  #homeOf(messageId) {
    const shown = this.messages().find((one) => one.id === messageId);
    return shown?.starter ? shown.channel_id : null;
  }

  async #fetch() {
    const { feed } = this;
    const [tail, ids] = [this.tailDirty, [...this.dirty]];
    this.tailDirty = false;
    this.dirty.clear();
    try {
      if (tail) await feed?.tail();
      for (const id of ids) await feed?.again(id);
    } catch (refused) {
      if (feed === this.feed) this.#refused(refused);
    }
    this.busy = false;
    if (feed !== this.feed || this.tailDirty || this.dirty.size) this.refresh(this.dirty.values().next().value ?? null);
    if (feed && feed === this.feed) this.#draw();
  }

  #refused(refused) {
    if (refused.status === 0) return; // The stream notices that too, and fetches again when it is back.
    this.timeline.reset();
    this.feed.messages = [];
    this.notices = [{ key: "refused", text: refused.message, kind: "error" }];
  }

  #draw() {
    if (!this.feed?.loaded && this.notices.length === 0) return;
    const { app, place, feed } = this;
    const messages = this.messages();
    this.timeline.draw({
      messages,
      whole: feed.whole,
      intro: introFor(place, app, messages.length === 0),
      notices: this.notices,
      unreadAfter: this.unreadAfter,
      look: app.world.look,
    });
    if (this.timeline.pinned) this.read();
  }

  #drawHead() {
    const { place, app } = this;
    refill(this.title, icon(app.world.signOf(place)), el("span", {}, place.name));
    this.topic.textContent = this.topic.title = place.archived ? "Archived" : (place.topic ?? "");
    this.threads.hidden = Boolean(place.direct || place.thread);
    this.more.hidden = !place.thread;
  }
}
