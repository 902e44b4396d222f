/** Home of the list of what is pinned in a place. */

import * as api from "./api.js";
import { button } from "./controls.js";
import { el, fill } from "./dom.js";
import { summary } from "./message.js";
import { avatar, shownName } from "./people.js";
import { openPopover, walk } from "./popover.js";

const EMPTY = "Nothing is pinned here. Open the menu of a message to pin it.";

/** Opens the list beside `anchor`; choosing a message brings it into view. */
export async function openPins(pane, anchor) {
  const box = openPopover(anchor, { label: "Pinned messages", class: "pins" });
  const list = el("div", { class: "pin-list" }, el("p", { class: "muted" }, "Looking …"));
  box.node.append(el("h3", {}, "Pinned messages"), list);
  box.node.tabIndex = -1;
  box.node.focus();
  box.node.addEventListener("keydown", (event) => walk(event, [...list.querySelectorAll("button")]));
  try {
    const found = await api.pinned(pane.place.id, pane.app.me.name);
    const show = (message) => () => {
      box.close();
      pane.reveal(message.id);
    };
    const row = (message) =>
      button(
        [avatar(message.author, pane.app, "tiny"), el("strong", {}, shownName(message.author, pane.app)), el("span", {}, summary(message, pane.app))],
        show(message),
      );
    fill(list, found.length ? found.reverse().map(row) : el("p", { class: "muted" }, EMPTY));
    list.querySelector("button")?.focus();
  } catch (refused) {
    fill(list, el("p", { class: "trouble", role: "alert" }, refused.message));
  }
}
