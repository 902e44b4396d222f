/** Home of what each person has read and dismissed, kept in this browser. */

import { compareIds } from "./dom.js";

const KEY = "sovereign.sandbox.read.";

/** The marks of one person; `changed()` is called whenever they differ. */
export class Unread {
  constructor(member, changed) {
    this.key = KEY + member;
    this.changed = changed;
    this.marks = { read: {}, mentions: {}, dismissed: [], ...stored(this.key) };
    /** The newest message known of each place. */
    this.newest = {};
  }

  lastRead(place) {
    return this.marks.read[place] ?? null;
  }

  isUnread(place) {
    const newest = this.newest[place];
    const last = this.lastRead(place);
    return Boolean(newest) && (last === null || compareIds(newest, last) > 0);
  }

  mentions(place) {
    return this.isUnread(place) ? (this.marks.mentions[place] ?? 0) : 0;
  }

  /** A message appeared; `own` ones are read as they are written. */
  arrived(place, id, { own = false, mentioned = false } = {}) {
    if (this.newest[place] && compareIds(id, this.newest[place]) <= 0) return;
    this.newest[place] = id;
    if (mentioned) this.marks.mentions[place] = (this.marks.mentions[place] ?? 0) + 1;
    if (own) this.marks.read[place] = id;
    this.#keep();
  }

  read(place, id) {
    this.newest[place] ??= id;
    const last = this.lastRead(place);
    if (last !== null && compareIds(id, last) <= 0) return;
    this.marks.read[place] = id;
    delete this.marks.mentions[place];
    this.#keep();
  }

  isDismissed(id) {
    return this.marks.dismissed.includes(id);
  }

  dismiss(id) {
    this.marks.dismissed = [...this.marks.dismissed, id].slice(-500);
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.marks));
    } catch {
      // A browser that keeps nothing still shows everything; the marks then live as long as the page.
    }
    this.changed();
  }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
