/** Home of drawn emoji, for machines without an emoji font: states and reactions must not be empty boxes there. */

import { el } from "./dom.js";

const DISC = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z";
const FACE = [
  [DISC, "#f6c445"],
  ["M8.5 7.5a1.3 1.8 0 1 0 .01 0zM15.5 7.5a1.3 1.8 0 1 0 .01 0z", "#5b3d12"],
];
const THUMB = [
  ["M2 11h4v10H2z", "#3b82f6"],
  ["M7 11l4-9c2 0 3.2 1.4 3 3.2L13.3 9H20a2 2 0 0 1 1.9 2.6l-2.2 7.6A2.5 2.5 0 0 1 17.3 21H7z", "#f6c445"],
];

/** Shapes on a 24-unit square, from back to front: `[path, fill]`. */
const ART = {
  "🟢": [[DISC, "#2e9e5b"]],
  "🔵": [[DISC, "#3b82f6"]],
  "🟡": [[DISC, "#e3b341"]],
  "🔴": [[DISC, "#d64545"]],
  "🟠": [[DISC, "#e8833a"]],
  "🟣": [[DISC, "#7c5cd6"]],
  "⚪": [[DISC, "#9aa1ad"], ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "#e9ebf1"]],
  "🗳": [
    ["M6 3h12v9H6z", "#e9ebf1"],
    ["M9 5h6v1.5H9zM9 8h4v1.5H9z", "#8a91a0"],
    ["M3 11h18v10H3z", "#5c6f96"],
    ["M5 11h14v1.5H5z", "#27324d"],
  ],
  "✅": [
    ["M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z", "#2e9e5b"],
    ["M5.5 12.5l2-2 3 3 6-6.5 2 2-8 8.5z", "#ffffff"],
  ],
  "❌": [["M5 3l7 7 7-7 2 2-7 7 7 7-2 2-7-7-7 7-2-2 7-7-7-7z", "#d64545"]],
  "⚠": [["M12 2l11 20H1z", "#e3b341"], ["M11 9h2v7h-2zM11 18h2v2h-2z", "#3a2a05"]],
  "❤": [["M12 21C5 15.5 2 12 2 8a5 5 0 0 1 10-1.5A5 5 0 0 1 22 8c0 4-3 7.5-10 13z", "#d64545"]],
  "👍": THUMB,
  "👎": THUMB,
  "👀": [
    ["M7 4a5 8 0 1 0 .01 0zM17 4a5 8 0 1 0 .01 0z", "#ffffff"],
    ["M7 4.7a4.4 7.3 0 1 0 .01 0zm0-.7a5 8 0 1 1-.01 0zM17 4.7a4.4 7.3 0 1 0 .01 0zm0-.7a5 8 0 1 1-.01 0z", "#8a91a0"],
    ["M8.5 10a2.2 3.5 0 1 0 .01 0zM18.5 10a2.2 3.5 0 1 0 .01 0z", "#1d2029"],
  ],
  "🎉": [
    ["M2 22l5-14 9 9z", "#e3b341"],
    ["M3.5 18l1.4-4 5 5-3.5 1.2z", "#c65ccb"],
    ["M14 3h2.5v2.5H14zM20 11h2.5v2.5H20z", "#3b82f6"],
    ["M19 4h2.5v2.5H19zM10 2h2.2v2.2H10z", "#d64545"],
    ["M17 8h2.2v2.2H17zM18 17h2.2v2.2H18z", "#2e9e5b"],
  ],
  "🚀": [
    ["M5 13l-3 6 5-2zM11 19l-6 3 2-5z", "#e8833a"],
    ["M21 3c-7 0-12 5-15 11l4 4c6-3 11-8 11-15z", "#cfd5e2"],
    ["M15 7a2.3 2.3 0 1 0 .01 0z", "#3b82f6"],
    ["M21 3c-2 0-3.8.400-5.5 1.2l4.3 4.3C20.6 6.8 21 5 21 3z", "#d64545"],
  ],
  "🔥": [
    ["M12 1c1 5 7 7 7 14a7 7 0 0 1-14 0c0-3 1.5-5 3-7 0 2 1 3 2 3 0-4 0-7 2-10z", "#e8632a"],
    ["M12 12c.5 2.5 3.5 3.5 3.5 6a3.5 3.5 0 0 1-7 0c0-2 2.5-3.5 3.5-6z", "#f6c445"],
  ],
  "🤔": [
    ...FACE,
    ["M6 4.5l4.5 1v1.3L6 5.8zM9 15h6v1.4H9z", "#5b3d12"],
    ["M4 17l5 .5 4 1c1 .5.5 1.8-.5 1.7L10 20c-.5 2-2 3.5-4.5 3.5-2 0-3.5-1.5-3-3.5z", "#e0a52e"],
  ],
  "🙏": [
    ["M11.5 2c-1 0-1.5 1-1.5 2v7l-4 5v6h5.5zM12.5 2c1 0 1.5 1 1.5 2v7l4 5v6h-5.5z", "#f6c445"],
    ["M5 19h6.5v3H5zM12.5 19H19v3h-6.5z", "#3b82f6"],
  ],
  "😄": [...FACE, ["M6.5 13h11a5.5 5.5 0 0 1-11 0z", "#7a2e12"], ["M8 13h8v1.8H8z", "#ffffff"]],
};
const KNOWN = new RegExp(`(${Object.keys(ART).join("|")})\\uFE0F?`, "u");
const SVG = "http://www.w3.org/2000/svg";
let needed = null;

/** The text as nodes, with the emoji that we know drawn where the machine cannot show them itself. */
export function withEmoji(text) {
  if (!KNOWN.test(text) || !isNeeded()) return [text];
  return text.split(KNOWN).map((part) => (part in ART ? drawn(part) : part)).filter(Boolean);
}

function drawn(emoji) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  for (const [d, fill] of ART[emoji]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", fill);
    if (emoji === "👎") path.setAttribute("transform", "rotate(180 12 12)");
    svg.append(path);
  }
  svg.setAttribute("aria-hidden", "true");
  // The emoji itself stays in the text, for screen readers and for whoever copies it.
  return el("span", { class: "drawn-emoji" }, svg, el("span", { class: "unseen" }, emoji));
}

/** Whether a green circle comes out without any green. */
function isNeeded() {
  if (needed !== null) return needed;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = "16px sans-serif";
  context.fillText("🟢", 2, 18);
  const { data } = context.getImageData(0, 0, 24, 24);
  needed = !data.some((shade, at) => at % 4 === 1 && shade > data[at - 1] + 40);
  return needed;
}
