/** Home of Discord's dialect of markdown: from text to a tree of plain objects, which `prose.js` draws. */

import { block } from "./markdown_blocks.js";

/** Where something other than plain text may begin: at a mark, or at the start of a line. */
const SPECIAL = /[\\*_~|`<[@h¯]|(?<=\n)[^]/gi;
const DEEPEST = 20;
const LABEL = /\[((?:\\[^]|\[[^[\]]*\]|[^[\]\\])+)\]/;
const TARGET = /\(\s*<?((?:\([^()\s]*\)|[^\s()<>])+)>?(?:\s+["']([^\n]*?)["'])?\s*\)/;
const MASKED = new RegExp(LABEL.source + TARGET.source, "y");

/**
 * Each rule has a sticky pattern and makes a node of what it matched, or gives null to let the next one try.
 * The order is Discord's own: what stands first wins.
 */
const INLINE = [
  [/¯\\_\(ツ\)_\/¯/y, (m) => text(m[0])],
  [/\\([^0-9A-Za-z\s])/uy, (m) => text(m[1])],
  [/<(https?:\/\/[^\s<>]+)>/iy, (m) => ({ type: "link", href: m[1], content: [text(m[1])] })],
  [MASKED, maskedLink],
  [/(?<![0-9A-Za-z])https?:\/\/[^\s<]+/iy, bareLink],
  [/<@!?(\d{15,20})>/y, (m) => ({ type: "user", id: m[1] })],
  [/<@&(\d{15,20})>/y, (m) => ({ type: "role", id: m[1] })],
  [/<#(\d{15,20})>/y, (m) => ({ type: "channel", id: m[1] })],
  [/<\/([-\p{L}\p{N}_' ]{1,100}):(\d{15,20})>/uy, (m) => ({ type: "command", name: m[1] })],
  [/<t:(-?\d{1,17})(?::([tTdDfFRsS]))?>/y, moment],
  [/<a?:(\w{2,32}):(\d{15,20})>/y, (m) => ({ type: "emoji", name: m[1] })],
  [/@(?:everyone|here)/y, (m) => ({ type: "everyone", name: m[0] })],
  [/(`+)([^]*?[^`])\1(?!`)/y, (m) => ({ type: "code", text: m[2].replace(/^ (?= *`)|(` *) $/g, "$1") })],
  [/~~([^]+?)~~(?!_)/y, (m, inner) => ({ type: "strike", content: inner(m[1]) })],
  [/\|\|([^]+?)\|\|/y, (m, inner) => ({ type: "spoiler", content: inner(m[1]) })],
];
/** Of these three the longest match wins; at equal length, emphasis, then strong, as in Discord. */
const EMPHASES = [
  ["em", /\*(?=\S)((?:\*\*|\\[^]|\s+(?:\\[^]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)|_((?:__|\\[^]|[^\\_])+?)_\b/y],
  ["strong", /\*\*((?:\\[^]|[^\\])+?)\*\*(?!\*)/y],
  ["underline", /__((?:\\[^]|[^\\])+?)__(?!_)/y],
];

/** The whole dialect, for message contents, descriptions and field values. */
export function parse(source) {
  return run(source, { blocks: true, depth: 0 });
}

/** Without blocks, for titles and field names. */
export function parseLine(source) {
  return run(source, { blocks: false, depth: 0 });
}

function run(source, state) {
  if (state.depth > DEEPEST) return [text(source)];
  const nodes = [];
  const inner = (part, more = {}) => run(part, { ...state, blocks: false, ...more, depth: state.depth + 1 });
  for (let at = 0; at < source.length; ) {
    const found = (state.blocks && block(source, at, state, inner)) || inline(source, at, inner);
    const end = found ? found.end : nextSpecial(source, at);
    append(nodes, found ? found.node : text(source.slice(at, end)));
    at = end;
  }
  return nodes;
}

function inline(source, at, inner) {
  for (const [pattern, make] of INLINE) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    const node = match && make(match, inner);
    if (node) return { node, end: at + (node.length ?? match[0].length) };
  }
  return emphasis(source, at, inner);
}

function emphasis(source, at, inner) {
  let best = null;
  for (const [type, pattern] of EMPHASES) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match && (best === null || match[0].length > best.length)) {
      best = { type, length: match[0].length, inside: match[1] ?? match[2] };
    }
  }
  return best && { node: { type: best.type, content: inner(best.inside) }, end: at + best.length };
}

/** Links without a scheme of the web, or whose label pretends to be an address, stay as they were written. */
function maskedLink(match, inner) {
  const [, label, href, title] = match;
  if (!/^https?:\/\/\S/i.test(href) || /https?:\/\//i.test(label) || !label.trim()) return null;
  return { type: "link", href, title, masked: true, content: inner(label) };
}

function bareLink(match) {
  let href = match[0];
  const surplus = () => href.endsWith(")") && href.split(")").length > href.split("(").length;
  while (/[.,:;"'\]]$/.test(href) || surplus()) href = href.slice(0, -1);
  if (!/^https?:\/\/[^/]/i.test(href)) return null;
  return { type: "link", href, content: [text(href)], length: href.length };
}

function moment([raw, seconds, style]) {
  return { type: "time", seconds: Number(seconds), style: style ?? "f", raw };
}

function nextSpecial(source, at) {
  SPECIAL.lastIndex = at + 1;
  return SPECIAL.exec(source)?.index ?? source.length;
}

function append(nodes, node) {
  const last = nodes.at(-1);
  if (node.type === "text" && last?.type === "text") last.text += node.text;
  else nodes.push(node);
}

function text(words) {
  return { type: "text", text: words };
}
