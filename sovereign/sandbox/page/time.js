/** Home of moments as people read them: Discord's timestamp styles, message times and days, kept current. */

import { el } from "./dom.js";

const STYLES = {
  t: { hour: "2-digit", minute: "2-digit" },
  T: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  d: { day: "2-digit", month: "2-digit", year: "numeric" },
  D: { day: "numeric", month: "long", year: "numeric" },
  f: { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  F: { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" },
  s: { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" },
  S: { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const FURTHEST = 8_640_000_000_000;
const formats = new Map();
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });

/** A `<t:seconds:style>` mark as a live `<time>`; null when no calendar reaches that far. */
export function timestamp(seconds, style = "f") {
  if (Math.abs(seconds) > FURTHEST) return null;
  const at = new Date(seconds * 1000);
  const words = style === "R" ? ago(at) : format(style, at);
  const data = style === "R" ? { relative: String(seconds) } : {};
  return el("time", { class: "moment", datetime: at.toISOString(), title: format("F", at), data }, words);
}

/** When a message was written: the time alone today, the date before it on other days. */
export function messageTime(iso, { short = false } = {}) {
  const at = new Date(iso);
  const words = short || sameDay(at, new Date()) ? format("t", at) : `${format("d", at)} ${format("t", at)}`;
  return el("time", { class: "at", datetime: iso, title: format("F", at) }, words);
}

export function dayName(iso) {
  return format("D", new Date(iso));
}

export function sameDay(a, b) {
  return a.toDateString() === b.toDateString();
}

export function clockTime(iso) {
  return format("T", new Date(iso));
}

/** Keeps every relative time on the page current. Called once. */
export function keepTimesCurrent() {
  setInterval(() => {
    if (document.hidden) return;
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const words = ago(new Date(Number(node.dataset.relative) * 1000));
      if (node.textContent !== words) node.textContent = words;
    }
  }, 1000);
}

function ago(at) {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

function format(style, at) {
  if (!formats.has(style)) formats.set(style, new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.f));
  return formats.get(style).format(at);
}
