/** Home of the list one chooses from: filter by typing, arrow keys, one choice or several. */

import { button } from "./controls.js";
import { el } from "./dom.js";
import { withEmoji } from "./emoji_art.js";
import { openPopover } from "./popover.js";

const WORTH_FILTERING = 8;

/**
 * Opens `choices` (`[{value, label, description, emoji, mark}]`) beside `anchor`.
 * One choice ends it (the same again takes it back where none is needed); where `most` allows several, they are
 * handed over by the button below the list.
 */
export function openChooser(anchor, { label, choices, chosen = [], least = 1, most = 1 }, done) {
  const several = most > 1;
  const picked = new Set(chosen);
  const box = openPopover(anchor, { label, class: "chooser" });
  box.node.style.setProperty("--beside", `${anchor.offsetWidth}px`);
  const kind = { role: "listbox", "aria-label": label, "aria-multiselectable": several ? "true" : null };
  const list = el("div", { ...kind, tabindex: "0" });
  const filter = el("input", { type: "text", placeholder: "Search", "aria-label": "Search", spellcheck: "false" });
  let active = 0;
  let shown = choices;

  const submit = () => {
    box.close();
    done([...picked]);
  };
  const confirm = several && button("Choose", submit, { class: "button primary" });

  const take = (choice) => {
    if (!several) {
      const again = picked.has(choice.value) && least === 0;
      picked.clear();
      if (!again) picked.add(choice.value);
      submit();
      return;
    }
    if (picked.has(choice.value)) picked.delete(choice.value);
    else if (picked.size < most) picked.add(choice.value);
    draw();
  };

  const option = (choice, index) =>
    el(
      "div",
      {
        role: "option",
        id: `choice-${index}`,
        class: index === active ? "active" : null,
        "aria-selected": String(picked.has(choice.value)),
        on: { click: () => take(choice) },
      },
      choice.mark ?? (choice.emoji?.name && el("span", { class: "emoji" }, withEmoji(choice.emoji.name))),
      el(
        "div",
        { class: "choice" },
        el("span", {}, choice.label),
        choice.description && el("small", {}, choice.description),
      ),
      several && el("span", { class: "tick", "aria-hidden": "true" }, picked.has(choice.value) ? "✓" : ""),
    );

  const draw = () => {
    list.replaceChildren(...shown.map(option));
    if (shown.length === 0) list.append(el("p", { class: "empty" }, "Nothing matches."));
    const holder = filter.isConnected ? filter : list;
    holder.setAttribute("aria-activedescendant", `choice-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
    if (confirm) confirm.disabled = picked.size < least;
    box.settle();
  };

  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase();
    shown = choices.filter((one) => one.label.toLowerCase().includes(words));
    active = 0;
    draw();
  });
  box.node.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) active = (active + step + shown.length) % shown.length;
    else if (event.key === "Enter" && shown[active] && event.target !== confirm) take(shown[active]);
    else return;
    event.preventDefault();
    draw();
  });

  if (choices.length > WORTH_FILTERING) box.node.append(filter);
  box.node.append(list, ...(confirm ? [confirm] : []));
  active = Math.max(0, choices.findIndex((one) => picked.has(one.value)));
  draw();
  (filter.isConnected ? filter : list).focus();
}
