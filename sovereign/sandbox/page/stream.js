/** Home of the live feed: server-sent events of all that one member may see, taken up again after every drop. */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;

/** Follows the stream as one member at a time. */
export class Stream {
  /** `heard(event)` gets each event, `lost()` the news of a drop, `back()` that of being whole again. */
  constructor({ heard, lost, back }) {
    this.heard = heard;
    this.lost = lost;
    this.back = back;
    this.source = null;
    this.wait = FIRST_WAIT;
    this.timer = 0;
    this.dropped = false;
  }

  follow(member) {
    this.close();
    this.source = new EventSource(`/sandbox/stream?as=${encodeURIComponent(member)}`);
    this.source.onopen = () => this.#opened();
    this.source.onmessage = (message) => this.heard(JSON.parse(message.data));
    // The browser would try again by itself, but not after an answer such as 503: so we always do it.
    this.source.onerror = () => this.#again(member);
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  #opened() {
    this.wait = FIRST_WAIT;
    if (this.dropped) this.back();
    this.dropped = false;
  }

  #again(member) {
    this.close();
    if (!this.dropped) this.lost();
    this.dropped = true;
    this.timer = setTimeout(() => this.follow(member), this.wait);
    this.wait = Math.min(this.wait * 1.5, LONGEST_WAIT);
  }
}
