/** Home of the view of the bot's REST calls: the newest first, each with what was sent and answered. */

import * as api from "./api.js";
import { el, fill } from "./dom.js";
import { clockTime } from "./time.js";
import { pretty } from "./webhooks.js";

const PAUSE = 1500;
const MOST = 200;

export class Traffic {
  constructor() {
    this.calls = [];
    this.next = 0;
    this.timer = 0;
    const hint = "Filter: POST, /messages, 429";
    this.filter = el("input", { type: "search", placeholder: hint, "aria-label": "Filter the calls" });
    this.list = el("ol", { class: "calls", reversed: true });
    this.node = el("div", { class: "traffic" }, this.filter, this.list);
    this.filter.addEventListener("input", () => this.#draw());
  }

  async enter() {
    if (this.next === 0) {
      const { traffic } = await api.state();
      this.next = Math.max(0, traffic - MOST);
    }
    this.#poll();
  }

  leave() {
    clearTimeout(this.timer);
  }

  async #poll() {
    clearTimeout(this.timer);
    try {
      const fresh = await api.traffic(this.next);
      this.#take(fresh);
    } catch (refused) {
      if (this.calls.length === 0) fill(this.list, el("li", { class: "muted" }, refused.message));
    }
    this.timer = setTimeout(() => this.#poll(), PAUSE);
  }

  #take(fresh) {
    if (fresh.length === 0 && this.calls.length > 0) return;
    for (const call of fresh) this.next = Math.max(this.next, call.index ?? 0);
    this.calls = [...this.calls, ...fresh].slice(-5 * MOST);
    this.#draw();
  }

  #draw() {
    const words = this.filter.value.toLowerCase();
    const matches = (call) => `${call.method} ${call.path} ${call.status}`.toLowerCase().includes(words);
    const found = this.calls.filter(matches).slice(-MOST).reverse();
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    fill(this.list, found.map((call) => row(call, open)));
    const none = this.calls.length ? "No call matches." : "The bot has made no calls yet.";
    if (found.length === 0) fill(this.list, el("li", { class: "muted" }, none));
  }
}

function row(call, open) {
  const key = `${call.index}`;
  const kind = call.status < 300 ? "good" : call.status === 429 ? "slow" : "bad";
  const details = el(
    "details",
    { data: { key }, open: open.has(key) },
    el(
      "summary",
      {},
      el("span", { class: `status ${kind}` }, String(call.status)),
      el("span", { class: "method" }, call.method),
      el("span", { class: "path", title: call.path }, el("bdi", {}, call.path)),
      el("time", { datetime: call.time }, clockTime(call.time)),
    ),
  );
  // What is inside can be large, so it is drawn only for those who look.
  const reveal = () => {
    if (!details.open || details.children.length > 1) return;
    for (const [title, body] of [["Sent", call.body], ["Answered", call.response]]) {
      details.append(el("h4", {}, title), el("pre", { tabindex: "0" }, pretty(body)));
    }
  };
  details.addEventListener("toggle", reveal);
  reveal();
  return el("li", {}, details);
}
