/** Home of the left side: channels by category with their threads and unread marks, and who one is. */

import { openChooser } from "./chooser.js";
import { button } from "./controls.js";
import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./people.js";
import { DIRECT } from "./world.js";

const FOLDED = "sovereign.sandbox.folded";

export class Sidebar {
  constructor(app) {
    this.app = app;
    this.folded = new Set(JSON.parse(localStorage.getItem(FOLDED) ?? "[]"));
    this.title = el("h1", {});
    this.list = el("div", { class: "places" });
    this.me = el("div", { class: "me" });
    const parts = [el("header", {}, this.title), this.list, this.me];
    this.node = el("nav", { class: "sidebar", "aria-label": "Channels" }, parts);
  }

  draw() {
    const { app } = this;
    const top = this.list.scrollTop;
    const focused = document.activeElement?.dataset?.place;
    this.title.textContent = app.world.guild.name ?? "Sandbox";
    refill(this.list, this.#direct(), app.world.categories.map((group) => this.#category(group)));
    this.list.scrollTop = top;
    if (focused && !this.list.contains(document.activeElement)) this.#link(focused)?.focus({ preventScroll: true });
    this.#drawMe();
  }

  /** Brings the open channel into view. */
  showCurrent() {
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  focusCurrent() {
    this.list.querySelector("[aria-current]")?.focus();
  }

  /** The places in the order shown, for moving through them by keyboard. */
  order() {
    return [...this.list.querySelectorAll("a[data-place]")].map((link) => link.dataset.place);
  }

  #direct() {
    const place = this.app.world.place(DIRECT);
    return el("section", {}, el("h2", { class: "plain" }, "Direct messages"), el("ul", {}, this.#entry(place)));
  }

  #category({ name, channels }) {
    const { world, me } = this.app;
    const seen = channels.filter((channel) => world.sees(me, channel));
    if (seen.length === 0) return null;
    const folded = this.folded.has(name);
    const shown = folded ? seen.filter((one) => this.app.isCurrent(one.id) || this.app.unread.isUnread(one.id)) : seen;
    const toggle = () => {
      if (!this.folded.delete(name)) this.folded.add(name);
      localStorage.setItem(FOLDED, JSON.stringify([...this.folded]));
      this.draw();
    };
    const head = button([icon("chevron"), name], toggle, { "aria-expanded": String(!folded) });
    return el(
      "section",
      {},
      name && el("h2", {}, head),
      el("ul", {}, shown.map((channel) => [this.#entry(channel), ...this.#threads(channel)])),
    );
  }

  #threads(channel) {
    const threads = this.app.world.threadsUnder(channel.id);
    if (threads.length === 0) return [];
    return [el("li", { class: "threads" }, el("ul", {}, threads.map((one) => this.#entry({ ...one, thread: true }))))];
  }

  #entry(place) {
    const { app } = this;
    const unread = app.unread.isUnread(place.id) && !app.isCurrent(place.id);
    const count = app.isCurrent(place.id) ? 0 : app.unread.mentions(place.id);
    const open = (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      app.open(place.id);
    };
    return el(
      "li",
      { class: unread ? "unread" : null },
      el(
        "a",
        {
          href: app.hashOf(place.id),
          class: app.main.place?.id === place.id ? "open" : null,
          "aria-current": app.isCurrent(place.id) ? "page" : null,
          title: place.name,
          data: { place: place.id },
          on: { click: open },
        },
        place.thread ? null : icon(app.world.signOf(place)),
        el("span", { class: "place-name" }, place.name),
        unread && el("span", { class: "unseen" }, "unread"),
        count > 0 && el("span", { class: "count-badge", "aria-label": `${count} mentions` }, String(count)),
      ),
    );
  }

  #link(place) {
    return this.list.querySelector(`a[data-place="${CSS.escape(place)}"]`);
  }

  #drawMe() {
    const { app } = this;
    const roles = app.world.rolesOf(app.me).map((role) => role.name);
    const name = el("strong", {}, app.world.nameOf(app.me));
    const words = el("span", { class: "who-words" }, name, el("small", {}, roles.join(", ") || "no roles"));
    const content = [avatar(app.me, app, "small"), words, el("span", { class: "switch" }, "Switch")];
    const props = { class: "who", "aria-haspopup": "listbox", title: "Play somebody else" };
    refill(this.me, button(content, (anchor) => this.#choose(anchor), props));
  }

  #choose(anchor) {
    const { app } = this;
    const choices = app.world.people().map((member) => ({
      value: member.name,
      label: app.world.nameOf(member),
      description: app.world.rolesOf(member).map((role) => role.name).join(", ") || "no roles",
      mark: avatar(member, app, "small"),
    }));
    openChooser(anchor, { label: "Be somebody else", choices, chosen: [app.me.name] }, ([name]) => app.become(name));
  }
}
