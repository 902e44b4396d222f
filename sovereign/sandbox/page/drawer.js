/** Home of the drawer: sample webhooks to send through the real gateway, the bot's calls, and bad weather. */

import { iconButton } from "./controls.js";
import { el, fill } from "./dom.js";
import { Faults } from "./faults.js";
import { Traffic } from "./traffic.js";
import { Webhooks } from "./webhooks.js";

export class Drawer {
  constructor(app) {
    this.app = app;
    this.webhooks = new Webhooks();
    this.traffic = new Traffic();
    this.tabs = [
      { name: "Send a webhook", part: this.webhooks, shown: false },
      { name: "Traffic", part: this.traffic, shown: true },
      { name: "Faults", part: new Faults(), shown: true },
    ];
    this.chosen = null;
    this.head = el("div", { role: "tablist", "aria-label": "Drawer" });
    this.body = el("div", { class: "drawer-body", role: "tabpanel" });
    const top = el("header", {}, this.head, iconButton("close", "Close the drawer", () => this.close()));
    this.node = el("aside", { class: "drawer", "aria-label": "Webhooks and traffic", hidden: true }, top, this.body);
  }

  /** Asks whether samples can be sent here; without them the drawer shows traffic alone. */
  async start() {
    this.tabs[0].shown = await this.webhooks.load();
    this.#draw();
  }

  toggle() {
    if (this.node.hidden) this.open();
    else this.close();
  }

  open() {
    this.back = document.activeElement;
    this.node.hidden = false;
    this.app.root.classList.add("with-drawer");
    this.#choose(this.chosen ?? this.tabs.find((tab) => tab.shown));
    this.head.querySelector("[aria-selected=true]")?.focus();
  }

  /** Says whether it was open. */
  close() {
    if (this.node.hidden) return false;
    const inside = this.node.contains(document.activeElement);
    this.node.hidden = true;
    if (inside && this.back?.isConnected) this.back.focus();
    this.app.root.classList.remove("with-drawer");
    this.chosen?.part.leave();
    return true;
  }

  #choose(tab) {
    this.chosen?.part.leave();
    this.chosen = tab;
    this.#draw();
    fill(this.body, tab.part.node);
    tab.part.enter();
  }

  #draw() {
    const shown = this.tabs.filter((tab) => tab.shown);
    fill(this.head, shown.map((tab) => this.#tab(tab, shown)));
  }

  #tab(tab, shown) {
    const selected = tab === this.chosen;
    const walk = (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const step = event.key === "ArrowRight" ? 1 : shown.length - 1;
      this.#choose(shown[(shown.indexOf(tab) + step) % shown.length]);
      this.head.querySelector("[aria-selected=true]").focus();
    };
    const props = { type: "button", role: "tab", "aria-selected": String(selected), tabindex: selected ? "0" : "-1" };
    return el("button", { ...props, on: { click: () => this.#choose(tab), keydown: walk } }, tab.name);
  }
}
