/** Home of sending a sample webhook and looking at the HTTP exchange that it was. */

import * as api from "./api.js";
import { button } from "./controls.js";
import { el, fill } from "./dom.js";

export class Webhooks {
  constructor() {
    this.sources = [];
    this.source = el("select", { "aria-label": "Source" });
    this.cases = el("div", { class: "cases" });
    this.filter = el("input", { type: "search", placeholder: "Filter the cases", "aria-label": "Filter the cases" });
    const hint = "Choose a case. It goes through the real gateway, signed like the sender signs it.";
    this.exchange = el("div", { class: "exchange", role: "status" }, el("p", { class: "muted" }, hint));
    const sender = el("label", {}, el("span", { class: "label" }, "Sender"), this.source);
    this.node = el("div", { class: "webhooks" }, sender, this.filter, this.cases, this.exchange);
    this.source.addEventListener("change", () => this.#draw());
    this.filter.addEventListener("input", () => this.#draw());
  }

  /** Whether there is anything to send. */
  async load() {
    try {
      this.sources = await api.samples();
    } catch {
      return false;
    }
    fill(this.source, this.sources.map(({ source }) => el("option", { value: source }, source)));
    const usual = this.sources.find(({ source }) => source === "github");
    if (usual) this.source.value = "github";
    this.#draw();
    return this.sources.length > 0;
  }

  enter() {}

  leave() {}

  #draw() {
    const source = this.sources.find((one) => one.source === this.source.value);
    const words = this.filter.value.toLowerCase();
    const found = (source?.cases ?? []).filter((name) => name.toLowerCase().includes(words));
    this.filter.hidden = (source?.cases.length ?? 0) < 8;
    fill(this.cases, found.map((name) => this.#case(source.source, name)));
    if (found.length === 0) fill(this.cases, el("p", { class: "muted" }, "No case is called that."));
  }

  #case(source, name) {
    return button(name, (node) => this.#send(node, source, name));
  }

  async #send(node, source, name) {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    try {
      this.#show(await api.sendSample(source, name));
    } catch (refused) {
      fill(this.exchange, el("p", { class: "trouble", role: "alert" }, refused.message));
    }
    node.removeAttribute("aria-busy");
  }

  #show({ request, response }) {
    const headers = Object.entries(request.headers ?? {}).map(([name, words]) => `${name}: ${words}`);
    const first = `${request.method} ${request.url}`;
    const good = response.status < 300;
    fill(
      this.exchange,
      el("h3", {}, "Answer ", el("span", { class: good ? "status good" : "status bad" }, String(response.status))),
      el("pre", { tabindex: "0" }, pretty(response.body)),
      el("h3", {}, "Request"),
      el("pre", { tabindex: "0" }, [first, ...headers, "", pretty(request.body)].join("\n")),
    );
  }
}

/** JSON with indentation; anything else as it is. */
export function pretty(body) {
  if (body === null || body === undefined || body === "") return "(nothing)";
  if (typeof body !== "string") return JSON.stringify(body, null, 2);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
