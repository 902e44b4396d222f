/** Home of what people do with threads: find one, start one on a message or in a channel, and the menu of an open one. */

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { summary } from "./message.js";
import { MANAGE_THREADS, PRIVATE_THREADS, PUBLIC_THREADS } from "./permissions.js";
import { openMenu } from "./popover.js";

const LONGEST = 100;
const MOST = 50;
const VOICE = 2;
const STARTS = new Set([0, 19, 20]);
const EPHEMERAL = 1 << 6;

/** Whether the person of the moment can start a thread there, on that message if one is given. */
export function mayStart(pane, message = null) {
  const { place } = pane;
  if (!place || place.direct || place.thread || place.type === VOICE) return false;
  if (message && (message.thread || !STARTS.has(message.type) || message.flags & EPHEMERAL)) return false;
  return pane.may(PUBLIC_THREADS) || (!message && pane.may(PRIVATE_THREADS));
}

/** The threads of a channel, open ones first, and the way to start another. */
export function openThreads(pane, anchor) {
  const { app, place } = pane;
  const all = [...app.world.threads.values()].filter((one) => one.parent_id === place.id).reverse();
  const entry = (one) => ({ label: one.name, run: () => app.open(one.id) });
  const [open, archived] = [all.filter((one) => !one.archived), all.filter((one) => one.archived)];
  const listed = (heading, found) => (found.length ? [{ heading }, ...found.slice(0, MOST).map(entry)] : []);
  const entries = [
    mayStart(pane) && { label: "Start a thread", run: () => startThread(pane) },
    ...listed("Open", open),
    ...listed("Archived", archived),
    all.length === 0 && { heading: "No threads yet" },
  ];
  openMenu(anchor, "Threads", entries.filter(Boolean));
}

/** Asks for a name, starts the thread and opens it. */
export function startThread(pane, message = null) {
  const name = nameField(message ? summary(message, pane.app).slice(0, LONGEST) : "");
  const hidden = el("input", { type: "checkbox", checked: !pane.may(PUBLIC_THREADS) });
  const words = el("span", {}, "Private", el("small", {}, "Only those who are in it can see it."));
  const choice = !message && pane.may(PRIVATE_THREADS) && el("label", { class: "box" }, hidden, words);
  const send = async () => {
    const about = message ? { message: message.id } : { private: hidden.checked };
    const { thread } = await pane.act({ do: "thread", name: name.value.trim(), ...about }, { quiet: true });
    await pane.app.reload();
    pane.app.open(thread.id);
    return null;
  };
  const parts = [labelled(name), choice];
  const note = message ? "It hangs on the message." : `In #${pane.place.name}.`;
  openDialog({ title: "Start a thread", note, parts, submit: "Start thread", send });
}

/** What can be done with the open thread. */
export function openThreadMenu(pane, anchor) {
  const { place, app } = pane;
  const inside = place.members?.includes(app.me.id);
  const rules = pane.may(MANAGE_THREADS) || (place.owner_id === app.me.id && !place.locked);
  const does = (deed) => async () => (await pane.act({ do: deed })) && app.reload();
  const entries = [
    inside ? { label: "Leave thread", run: does("leave") } : { label: "Join thread", run: does("join") },
    rules && !place.archived && { label: "Rename thread", run: () => rename(pane) },
    rules && { label: place.archived ? "Reopen thread" : "Archive thread", run: does(place.archived ? "reopen" : "archive") },
    { label: "Copy thread ID", run: () => navigator.clipboard?.writeText(place.id) },
  ];
  openMenu(anchor, "Thread", entries.filter(Boolean));
}

function rename(pane) {
  const name = nameField(pane.place.name);
  const send = async () => {
    await pane.act({ do: "rename", name: name.value.trim() }, { quiet: true });
    await pane.app.reload();
    return null;
  };
  openDialog({ title: "Rename thread", parts: [labelled(name)], submit: "Rename", send });
}

function nameField(value) {
  const field = el("input", { type: "text", required: true, maxlength: String(LONGEST), "aria-label": "Thread name" });
  field.value = value;
  return field;
}

function labelled(field) {
  return el("label", {}, el("span", { class: "label" }, "Thread name"), field);
}
