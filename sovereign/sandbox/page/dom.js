/** Home of building DOM nodes: text only ever becomes text, so nothing from outside can become markup. */

/**
 * Builds an element. `on` holds listeners, `data` the data set, `vars` CSS custom properties;
 * every other property is an attribute (left out when null, undefined or false).
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, heard] of Object.entries(value)) node.addEventListener(event, heard);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "vars") for (const [key, shade] of Object.entries(value)) node.style.setProperty(key, shade);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

/** Replaces what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

/** The same, but what would look the same stays where it is, with the focus, the pointer and the press on it. */
export function refill(node, ...children) {
  const wanted = present(children);
  const there = [...node.childNodes];
  wanted.forEach((child, at) => {
    if (at >= there.length) node.append(child);
    else if (!there[at].isEqualNode(child)) there[at].replaceWith(child);
  });
  for (const child of there.slice(wanted.length)) child.remove();
  return node;
}

/** The address if it is http or https; null otherwise. Nothing else may become a link or a picture. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens beside the page and tells the other side nothing. */
export function outwards(href, props, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", ...props }, ...children);
}

/** Our own server's files by path, so that they load whether the page was opened by name or by number. */
export function ownPath(address) {
  const url = webAddress(address);
  if (url === null) return null;
  const { pathname, search, port } = new URL(url);
  return pathname.startsWith("/attachments/") && port === location.port ? pathname + search : url;
}

/** Compares snowflakes, which are too large for numbers: below 0 when `a` is older. */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

/** Runs `work` once things have been quiet for `ms`, however often it was asked for. */
export function debounce(work, ms) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

function present(children) {
  return children.flat(4).filter((child) => child !== null && child !== undefined && child !== false);
}
