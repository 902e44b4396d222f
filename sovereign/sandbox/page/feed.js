/** Home of the messages of one channel as one member sees them: the newest page, older ones, and single ones again. */

import * as api from "./api.js";
import { compareIds } from "./dom.js";

const PAGE = 100;

export class Feed {
  constructor(channel, member) {
    this.channel = channel;
    this.member = member;
    /** Oldest first. */
    this.messages = [];
    /** Whether the first message of the channel is among them. */
    this.whole = false;
    this.loaded = false;
  }

  /** Fetches the newest page. What is older stays, unless there is now a gap between. */
  async tail() {
    const page = await api.messages(this.channel, this.member, { limit: PAGE });
    const first = page[0]?.id;
    const older = first ? this.messages.filter((one) => compareIds(one.id, first) < 0) : [];
    const full = page.length >= PAGE;
    const meets = !full || this.messages.some((one) => compareIds(one.id, first) >= 0);
    this.messages = meets && full ? [...older, ...page] : page;
    if (!full || older.length === 0 || !meets) this.whole = !full;
    this.loaded = true;
  }

  /** Fetches the page before the oldest one. */
  async older() {
    const first = this.messages[0];
    if (!first || this.whole) return;
    const page = await api.messages(this.channel, this.member, { limit: PAGE, before: first.id });
    const fresh = page.filter((one) => compareIds(one.id, first.id) < 0);
    this.messages = [...fresh, ...this.messages];
    this.whole = page.length < PAGE;
  }

  /** Fetches one message again; it is gone when somebody deleted it. */
  async again(id) {
    const at = this.messages.findIndex((one) => one.id === id);
    if (at < 0) return;
    const next = String(BigInt(id) + 1n);
    const [found] = await api.messages(this.channel, this.member, { limit: 1, before: next });
    const place = this.messages.findIndex((one) => one.id === id);
    if (place < 0) return;
    if (found?.id === id) this.messages[place] = found;
    else this.messages.splice(place, 1);
  }

  /** Whether the newest page would bring this message again. */
  inTail(id) {
    const first = this.messages.at(-PAGE);
    return !first || compareIds(id, first.id) >= 0;
  }

  get newest() {
    return this.messages.at(-1) ?? null;
  }
}
