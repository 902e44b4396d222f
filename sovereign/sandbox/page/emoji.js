/** Home of the small set of emoji to react with. */

import { el } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { openPopover, walk } from "./popover.js";

export const EMOJI = ["👍", "👎", "✅", "❌", "👀", "🎉", "🚀", "❤️", "🔥", "🤔", "🙏", "😄"];

/** Opens the set beside `anchor` and hands over the chosen one. */
export function openEmoji(anchor, chosen) {
  const box = openPopover(anchor, { label: "Choose an emoji", class: "emoji-picker" });
  const take = (emoji) => {
    box.close();
    chosen(emoji);
  };
  const buttons = EMOJI.map((emoji) =>
    el("button", { type: "button", "aria-label": emoji, on: { click: () => take(emoji) } }, withEmoji(emoji)),
  );
  box.node.append(...buttons);
  box.node.addEventListener("keydown", (event) => walk(event, buttons));
  box.settle();
  buttons[0].focus();
}
