/** Home of the page as a whole: who one is, what is open, and what happens when the guild changes. */

import * as api from "./api.js";
import { iconButton } from "./controls.js";
import { Drawer } from "./drawer.js";
import { debounce, el } from "./dom.js";
import { listenToKeys } from "./keyboard.js";
import { Members } from "./members.js";
import { Pane } from "./pane.js";
import { openProfile } from "./people.js";
import { closePopover } from "./popover.js";
import { hashFor, readHash, rememberedMember, rememberMember } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { Stream } from "./stream.js";
import { keepTimesCurrent } from "./time.js";
import { Unread } from "./unread.js";
import { DIRECT, World } from "./world.js";

const FIRST_CHANNELS = ["prs", "general"];
const RETRY = 1000;
const ABSENT = "The bot is offline. Messages stay; commands and buttons have nobody to answer them.";
const WIDE = "(min-width: 1200px)";

class App {
  constructor(root) {
    this.root = root;
    this.botOnline = null;
    this.attempts = 0;
    this.sidebar = new Sidebar(this);
    this.members = new Members(this);
    this.drawer = new Drawer(this);
    this.banner = el("div", { class: "banners", role: "status" });
    this.main = new Pane(this, {
      label: "Channel",
      before: [iconButton("menu", "Channels", () => this.showSidebar(), { class: "tool narrow-only" })],
      after: [
        iconButton("bolt", "Webhooks and traffic", () => this.drawer.toggle()),
        iconButton("people", "Members", () => this.toggleMembers()),
      ],
    });
    const leave = iconButton("close", "Close thread", () => this.closeThread());
    this.side = new Pane(this, { label: "Thread", after: [leave] });
    this.side.node.classList.add("side-pane");
    this.shade = el("div", { class: "shade", on: { click: () => this.dismissOverlays() } });
    const columns = [this.sidebar, this.main, this.side, this.members, this.drawer].map((one) => one.node);
    root.append(this.banner, el("div", { class: "columns" }, columns, this.shade));
    this.stream = new Stream({ heard: (event) => this.hear(event), lost: () => this.lost(), back: () => this.whole() });
    this.reloadSoon = debounce(() => this.reload(), 120);
    this.drawSidebarSoon = debounce(() => this.sidebar.draw(), 20);
  }

  async start() {
    await this.load();
    addEventListener("hashchange", () => this.follow());
    document.addEventListener("visibilitychange", () => this.panes().forEach((pane) => pane.read()));
    keepTimesCurrent();
    listenToKeys(this);
    this.follow();
    this.drawer.start();
  }

  /** Fetches the guild as the person of the moment sees it; done when this call's answer or a newer one is here. */
  load() {
    this.attempts += 1;
    this.loading = this.#fetch(this.attempts);
    return this.loading;
  }

  /** Asks until somebody answers. Once a newer call is under way, that one is waited for instead. */
  async #fetch(attempt) {
    let as = this.me?.name;
    for (;;) {
      try {
        const state = await api.state(as);
        if (attempt !== this.attempts) return this.loading;
        return this.take(state);
      } catch (refused) {
        if (refused.status === 404) as = undefined; // That member is gone; somebody else will do.
        else this.lost();
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY));
      if (attempt !== this.attempts) return this.loading;
    }
  }

  take(state) {
    this.world = new World(state);
    if (this.me) this.me = this.world.memberNamed(this.me.name) ?? this.world.people()[0];
    if (this.world.bot) this.setBot(Boolean(this.world.bot.online));
    for (const place of [...this.world.channels.values(), ...this.world.threads.values()]) {
      if (place.last_message_id) this.unread?.arrived(place.id, place.last_message_id);
    }
    this.say("lost", null);
  }

  async reload() {
    await this.load();
    this.draw();
  }

  /** Goes where the address says. */
  async follow() {
    const { member, place } = readHash();
    const wanted = this.world.memberNamed(member ?? rememberedMember() ?? "");
    await this.step(wanted ?? this.world.people()[0]);
    const target = place && this.world.place(place);
    this.go(target && this.world.sees(this.me, target) ? target : this.firstPlace());
  }

  /** Puts on the shoes of a member. */
  async step(member) {
    if (this.me?.id === member.id) return;
    this.me = member;
    rememberMember(member.name);
    this.unread = new Unread(member.name, () => this.drawSidebarSoon());
    await this.load();
    this.stream.follow(member.name);
  }

  become(name) {
    closePopover();
    location.hash = hashFor(name, this.current);
  }

  /** Opens a channel or thread by id. */
  open(id) {
    const place = this.world.place(id);
    if (!place) return;
    const hash = this.hashOf(id);
    if (location.hash !== hash) history.pushState(null, "", hash);
    this.go(place);
  }

  go(place) {
    const parent = this.world.parentOf(place) ?? place;
    this.current = place;
    this.main.open(parent);
    if (place.thread) this.side.open(place);
    else this.side.close();
    this.root.classList.toggle("with-thread", Boolean(place.thread));
    this.root.classList.remove("show-sidebar");
    document.title = `${parent.direct ? "" : "#"}${parent.name} · ${this.world.guild.name ?? "Sandbox"}`;
    this.draw();
    this.sidebar.showCurrent();
  }

  closeThread() {
    if (!this.current.thread) return;
    this.open(this.current.parent_id);
    if (document.activeElement === document.body) this.main.timeline.scroller.focus({ preventScroll: true });
  }

  firstPlace() {
    const seen = [...this.world.channels.values()].filter((one) => this.world.sees(this.me, one));
    return FIRST_CHANNELS.map((name) => seen.find((one) => one.name === name)).find(Boolean) ?? seen[0];
  }

  draw() {
    this.panes().forEach((pane) => pane.update());
    this.sidebar.draw();
    this.members.draw(this.main.place);
  }

  panes() {
    return [this.main, this.side].filter((pane) => pane.place);
  }

  isCurrent(id) {
    return this.current?.id === id;
  }

  hashOf(id) {
    return hashFor(this.me.name, this.world.place(id));
  }

  /** The pane in which what one does happens: the thread's if one is open and used. */
  activePane() {
    return this.side.place && !this.main.node.contains(document.activeElement) ? this.side : this.main;
  }

  showProfile(userId, anchor) {
    openProfile(this, userId, anchor);
  }

  runMenu(command, target, pane = this.activePane()) {
    return pane.act({ do: "menu", command, ...target });
  }

  hear(event) {
    const { t, channel, d } = event;
    if (t === "BOT") this.setBot(d.online, { changed: true });
    else if (t === "RESYNC") this.whole();
    else if (t.startsWith("MESSAGE_")) this.#heardMessage(t, channel, d);
    else if (/^(GUILD|CHANNEL|THREAD|APPLICATION)_/.test(t)) this.reloadSoon();
    for (const pane of this.panes()) pane.hear(event);
  }

  setBot(online, { changed = false } = {}) {
    this.botOnline = online;
    this.say("bot", online ? null : ABSENT);
    if (changed) this.reloadSoon();
  }

  lost() {
    this.say("lost", "The sandbox does not answer. Reconnecting…");
  }

  /** Everything may have changed while nobody listened. */
  async whole() {
    await this.reload();
    this.panes().forEach((pane) => pane.refresh());
  }

  toggle(name) {
    this.root.classList.toggle(name);
  }

  showSidebar() {
    this.root.classList.add("show-sidebar");
    this.sidebar.focusCurrent();
  }

  /** On a wide screen the list stands there unless one closes it; on others it lies over the page. */
  toggleMembers() {
    this.toggle(matchMedia(WIDE).matches ? "no-members" : "show-members");
  }

  /** Closes what lies over the page; says whether anything did. */
  dismissOverlays() {
    const open = ["show-sidebar", "show-members"].filter((name) => this.root.classList.contains(name));
    this.root.classList.remove(...open);
    return open.length > 0;
  }

  say(topic, words) {
    const line = this.banner.querySelector(`[data-topic="${topic}"]`);
    if (!words) line?.remove();
    else if (!line) this.banner.append(el("p", { data: { topic } }, words));
    else if (line.textContent !== words) line.textContent = words;
  }

  #heardMessage(t, channel, d) {
    const place = this.world.place(channel);
    if (place?.thread) this.reloadSoon(); // Its count stands under the message that it hangs on.
    if (t !== "MESSAGE_CREATE") return;
    const roles = new Set(this.world.rolesOf(this.me).map((role) => role.id));
    const called = (d.mentions ?? []).some((user) => user.id === this.me.id);
    const mentioned = called || (d.mention_roles ?? []).some((id) => roles.has(id));
    this.unread.arrived(place ? channel : DIRECT, d.id, { own: d.author?.id === this.me.id, mentioned });
  }
}

const app = new App(document.getElementById("app"));
app.start();
