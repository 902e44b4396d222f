/** Home of the member list: people under their highest hoisted role, in its colour. */

import { shades } from "./colors.js";
import { el, refill } from "./dom.js";
import { avatar, badge } from "./people.js";

export class Members {
  constructor(app) {
    this.app = app;
    this.node = el("aside", { class: "members", "aria-label": "Members" });
  }

  /** Shows who can see the open place. */
  draw(place) {
    const { world } = this.app;
    const there = (member) => (place.direct ? member.bot || member.id === this.app.me.id : world.sees(member, place));
    const present = [...world.members.values()].filter((member) => !place || there(member));
    const groups = new Map();
    for (const member of present) {
      const role = world.rolesOf(member).find((one) => one.hoist);
      const name = role?.name ?? "Members";
      if (!groups.has(name)) groups.set(name, { rank: role?.position ?? -1, members: [] });
      groups.get(name).members.push(member);
    }
    const sorted = [...groups.entries()].sort(([, a], [, b]) => b.rank - a.rank);
    refill(this.node, sorted.map(([name, { members }]) => this.#group(name, members)));
  }

  #group(name, members) {
    const sorted = members.sort((a, b) => a.name.localeCompare(b.name));
    return el(
      "section",
      {},
      el("h2", {}, `${name} — ${members.length}`),
      el("ul", {}, sorted.map((member) => el("li", {}, this.#entry(member)))),
    );
  }

  #entry(member) {
    const { app } = this;
    const away = member.bot && app.botOnline === false;
    const show = (event) => app.showProfile(member.id, event.currentTarget);
    return el(
      "button",
      { type: "button", class: away ? "member away" : "member", on: { click: show } },
      avatar(member, app, "small"),
      el("span", { class: "tinted", vars: shades(app.world.nameColor(member.id)) }, app.world.nameOf(member)),
      member.bot && badge(),
      away && el("small", {}, "offline"),
    );
  }
}
