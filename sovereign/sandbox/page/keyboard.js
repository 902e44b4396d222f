/** Home of the keys that work everywhere: Alt with the arrows, Escape, `/`, and Ctrl+K to jump. */

import { openChooser } from "./chooser.js";

export function listenToKeys(app) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) move(app, event);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") jump(app, event);
    else if (event.key === "Escape") escape(app);
    else if (event.key === "/" && !isTyping(event.target)) slash(app, event);
  });
}

function move(app, event) {
  event.preventDefault();
  const order = app.sidebar.order().filter((id) => !event.shiftKey || app.isCurrent(id) || app.unread.isUnread(id));
  const at = order.indexOf(app.current.id);
  const step = event.key === "ArrowDown" ? 1 : -1;
  app.open(order[(at + step + order.length) % order.length]);
}

function jump(app, event) {
  event.preventDefault();
  const choices = app.sidebar.order().map((id) => {
    const place = app.world.place(id);
    const parent = app.world.parentOf(place);
    return { value: id, label: place.name, description: place.thread ? `thread in #${parent?.name}` : place.topic };
  });
  openChooser(app.sidebar.title, { label: "Jump to", choices }, ([id]) => app.open(id));
}

/** One thing at a time: what lies over the page, then the drawer, then the thread. */
function escape(app) {
  if (app.dismissOverlays() || app.drawer.close()) return;
  if (app.current.thread && !app.side.composer.isBusy()) app.closeThread();
}

function slash(app, event) {
  event.preventDefault();
  app.activePane().composer.begin("/");
}

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
