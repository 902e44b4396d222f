/** Home of bad weather on purpose: what goes wrong, how often or how long, and what is going wrong now. */

import * as api from "./api.js";
import { button } from "./controls.js";
import { el, fill } from "./dom.js";

const MATCH = { name: "match", label: "Calls that match", value: "POST .*/messages", hint: "a regular expression" };
const TIMES = { name: "times", label: "Times", value: "3", numeric: true };
const SECONDS = { name: "seconds", label: "Seconds", value: "5", numeric: true };
const STATUS = { name: "status", label: "Status", value: "500", numeric: true };
const RETRY = { name: "retry_after", label: "Retry after, in seconds", value: "2", numeric: true };
const KINDS = {
  rest: { label: "Calls of the bot fail", fields: [MATCH, STATUS, TIMES] },
  rate_limit: { label: "Calls of the bot are rate-limited", fields: [MATCH, RETRY, TIMES] },
  latency: { label: "Answers are slow", fields: [MATCH, SECONDS] },
  down: { label: "Everything is down", fields: [SECONDS] },
  gateway_drop: { label: "The bot's socket is cut", fields: [] },
  gateway_refuse_resume: { label: "The next resume is refused", fields: [] },
  nonces: { label: "Nonces are forgotten", fields: [] },
};

export class Faults {
  constructor() {
    const options = Object.entries(KINDS).map(([value, { label }]) => el("option", { value }, label));
    this.kind = el("select", { "aria-label": "What goes wrong" }, options);
    this.fields = el("div", { class: "fault-fields" });
    this.said = el("p", { role: "status" });
    this.active = el("ul", { class: "faults", "aria-label": "What goes wrong now" });
    const begin = el("button", { type: "submit", class: "button primary" }, "Begin");
    const clear = button("Clear all", () => this.#ask({ kind: "clear" }, "All is well again."), { class: "button secondary" });
    const form = el(
      "form",
      {},
      el("label", {}, el("span", { class: "label" }, "What goes wrong"), this.kind),
      this.fields,
      el("div", { class: "component-row" }, begin, clear),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin();
    });
    this.kind.addEventListener("change", () => this.#draw());
    this.node = el("div", { class: "weather" }, form, this.said, el("h3", {}, "Now"), this.active);
    this.#draw();
  }

  enter() {
    this.#look();
  }

  leave() {}

  #draw() {
    const field = ({ name, label, value, hint, numeric }) => {
      const input = el("input", { type: "text", name, inputmode: numeric ? "decimal" : null, title: hint });
      input.value = value;
      return el("label", {}, el("span", { class: "label" }, label), input);
    };
    fill(this.fields, KINDS[this.kind.value].fields.map(field));
  }

  #begin() {
    const fault = { kind: this.kind.value };
    for (const { name, numeric } of KINDS[this.kind.value].fields) {
      const { value } = this.fields.querySelector(`[name=${name}]`);
      fault[name] = numeric && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    }
    return this.#ask(fault, "It goes wrong from now on.");
  }

  async #ask(fault, words) {
    try {
      this.#show(await api.cause(fault));
      this.said.className = "muted";
      this.said.textContent = words;
    } catch (refused) {
      this.said.className = "trouble";
      this.said.textContent = refused.message;
    }
  }

  async #look() {
    try {
      this.#show(await api.faults());
    } catch (refused) {
      fill(this.active, el("li", { class: "muted" }, refused.message));
    }
  }

  #show({ active, down_for: down, refuse_resume: refuses }) {
    const lines = active.map(described);
    if (down > 0) lines.push(`Everything is down for ${Math.ceil(down)} s more.`);
    if (refuses) lines.push(`${KINDS.gateway_refuse_resume.label}.`);
    if (lines.length === 0) lines.push("Nothing.");
    fill(this.active, lines.map((words) => el("li", {}, words)));
  }
}

function described(fault) {
  const times = fault.times < 1_000_000 ? `, ${fault.times} more` : "";
  const how = { rest: fault.status, rate_limit: `${fault.retry_after} s`, latency: `${fault.seconds} s` }[fault.kind];
  return el("span", {}, `${KINDS[fault.kind].label}: `, el("code", {}, fault.match), ` (${how}${times})`);
}
