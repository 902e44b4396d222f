/** Home of the blocks of Discord's markdown: fences anywhere; headings, quotes, lists and subtext at a line's start. */

const FENCE = /```(?:([\w+\-.#]+?)\n)?\n*([^\n][^]*?)\n*```\n?/iy;
const HEADING = /(#{1,3})[ \t]+(?!#)([^\n]+?)#*[ \t]*(?:\n|$)/y;
const SUBTEXT = /-#[ \t]+(?!-#)([^\n]+)(?:\n|$)/y;
const REST_QUOTE = / *>>> +([^]*)/y;
const LINE_QUOTE = /(?: *>(?!>>) [^\n]*(?:\n|$))+/y;
const LIST = / *(?:[-*]|\d{1,9}\.) +[^\s][^\n]*(?:\n|$)(?:(?: *(?:[-*]|\d{1,9}\.) +| {2,})[^\s][^\n]*(?:\n|$))*/y;
const ITEM = /^( *)([-*]|\d{1,9}\.) +([^]*)$/;

/** The block that begins at `at` with its end, or null. `state` says whether we are in a quote or a list already. */
export function block(source, at, state, inner) {
  const fence = match(FENCE, source, at);
  if (fence) return made({ type: "fence", language: fence[1] ?? "", text: fence[2] }, at, fence);
  if (at > 0 && source[at - 1] !== "\n") return null;
  return titled(source, at, inner) ?? quoted(source, at, state, inner) ?? listed(source, at, inner);
}

function titled(source, at, inner) {
  const heading = match(HEADING, source, at);
  if (heading) {
    return made({ type: "heading", level: heading[1].length, content: inner(heading[2].trim()) }, at, heading);
  }
  const small = match(SUBTEXT, source, at);
  return small && made({ type: "subtext", content: inner(small[1]) }, at, small);
}

function quoted(source, at, state, inner) {
  if (state.quoted) return null;
  const within = { blocks: true, quoted: true };
  const rest = match(REST_QUOTE, source, at);
  if (rest) return made({ type: "quote", content: inner(rest[1], within) }, at, rest);
  const lines = match(LINE_QUOTE, source, at);
  if (!lines) return null;
  const content = lines[0].replace(/\n$/, "").replace(/^ *> ?/gm, "");
  return made({ type: "quote", content: inner(content, within) }, at, lines);
}

function listed(source, at, inner) {
  const found = match(LIST, source, at);
  if (!found) return null;
  return made({ type: "lists", content: nested(items(found[0]), inner) }, at, found);
}

/** One entry for each mark; an indented line without a mark goes on with the item above it. */
function items(source) {
  const found = [];
  for (const line of source.replace(/\n$/, "").split("\n")) {
    const item = ITEM.exec(line);
    if (item) found.push({ indent: item[1].length, mark: item[2], text: item[3] });
    else found.at(-1).text += `\n${line.trim()}`;
  }
  return found;
}

/**
 * Lists of items that stand equally deep; deeper ones become lists inside the item before them.
 * Where the kind of mark changes, another list begins.
 */
function nested(flat, inner) {
  const lists = [];
  const { indent } = flat[0];
  for (let at = 0; at < flat.length; ) {
    let end = at + 1;
    while (end < flat.length && flat[end].indent > indent) end += 1;
    const deeper = flat.slice(at + 1, end);
    const ordered = /\d/.test(flat[at].mark);
    if (lists.at(-1)?.ordered !== ordered) {
      lists.push({ type: "list", ordered, start: ordered ? Number.parseInt(flat[at].mark, 10) : 1, items: [] });
    }
    lists.at(-1).items.push([...inner(flat[at].text), ...(deeper.length ? nested(deeper, inner) : [])]);
    at = end;
  }
  return lists;
}

function match(pattern, source, at) {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function made(node, at, found) {
  return { node, end: at + found[0].length };
}
