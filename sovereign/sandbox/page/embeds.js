/** Home of drawing embeds and attachments. */

import { hex } from "./colors.js";
import { el, outwards, ownPath, webAddress } from "./dom.js";
import { icon } from "./icons.js";
import { line, prose } from "./prose.js";
import { messageTime } from "./time.js";

const WIDEST = 400;
const TALLEST = 300;
const MOST_ABREAST = 3;

/** An embed: coloured side, author, linked title, description, fields in columns, pictures, footer and time. */
export function embed(one, app) {
  const thumbnail = one.thumbnail?.url && picture(one.thumbnail, "thumbnail", one.title);
  return el(
    "article",
    { class: "embed", vars: one.color ? { "--side": hex(one.color) } : {} },
    el(
      "div",
      { class: "embed-body" },
      one.author?.name && el("div", { class: "embed-author" }, linked(one.author.name, one.author.url)),
      one.title && el("div", { class: "embed-title" }, linked(line(one.title, app), one.url)),
      one.description && prose(one.description, app, { class: "embed-text" }),
      one.fields?.length > 0 && el("div", { class: "fields" }, fields(one.fields, app)),
      one.image?.url && picture(one.image, "embed-image", one.title),
      (one.footer?.text || one.timestamp) && footer(one),
    ),
    thumbnail,
  );
}

/** A picture that can be looked at whole, or a file to fetch. */
export function attachment(file) {
  const address = ownPath(file.url);
  if (address === null) return el("span", { class: "file" }, file.filename);
  if (file.content_type?.startsWith("image/")) {
    return outwards(address, { class: "picture-link" }, picture(file, "attached", file.filename));
  }
  return el(
    "div",
    { class: "file" },
    icon("file"),
    el(
      "div",
      {},
      outwards(address, { download: file.filename }, file.filename),
      file.size !== undefined && file.size !== null && el("small", {}, size(file.size)),
    ),
  );
}

/** Bytes as people say them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Up to three inline fields stand side by side; others take the whole width. */
function fields(all, app) {
  const rows = [];
  for (const field of all) {
    const last = rows.at(-1);
    if (field.inline && last?.inline && last.cells.length < MOST_ABREAST) last.cells.push(field);
    else rows.push({ inline: field.inline, cells: [field] });
  }
  return rows.map((row) =>
    el(
      "div",
      { class: `field-row ${row.inline ? "inline" : ""}` },
      row.cells.map((field) => {
        const name = el("div", { class: "field-name" }, line(field.name, app));
        return el("div", { class: "field" }, name, prose(field.value, app));
      }),
    ),
  );
}

function footer(one) {
  return el(
    "div",
    { class: "embed-footer" },
    one.footer?.text,
    one.footer?.text && one.timestamp && " • ",
    one.timestamp && messageTime(one.timestamp),
  );
}

function linked(content, url) {
  const href = url && webAddress(url);
  return href ? outwards(href, {}, content) : el("span", {}, content);
}

/** Space is kept for a picture whose size is known, so that nothing jumps when it comes; one that fails goes away. */
export function picture(media, kind, label = null, { widest = WIDEST, tallest = TALLEST } = {}) {
  const address = ownPath(media.url);
  if (address === null) return null;
  const scale = media.width ? Math.min(1, widest / media.width, tallest / media.height) : 1;
  const image = el("img", {
    class: kind,
    src: address,
    alt: media.description ?? label ?? "",
    loading: "lazy",
    width: media.width ? String(Math.round(media.width * scale)) : null,
    height: media.height ? String(Math.round(media.height * scale)) : null,
  });
  image.addEventListener("error", () => image.remove());
  return image;
}
