/** Home of the bot's modals: a form in a dialog, sent back as the person of the moment. */

import { selectButton, SELECTS } from "./components.js";
import { el } from "./dom.js";
import { prose } from "./prose.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT = 10;
const LABEL = 18;
const PARAGRAPH = 2;

/** Shows a modal; `channel` is where its answer goes. */
export function openModal(pane, modal, channel) {
  const values = {};
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const send = el("button", { class: "button primary", type: "submit" }, "Submit");
  const cancel = el("button", { class: "button quiet", type: "button" }, "Cancel");
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("header", {}, el("h2", {}, modal.title), el("p", { class: "muted" }, "This form goes to the bot.")),
    el("div", { class: "modal-fields" }, (modal.components ?? []).flatMap((part) => drawn(part, values, pane.app))),
    trouble,
    el("footer", {}, cancel, send),
  );
  const dialog = el("dialog", { class: "modal", "aria-label": modal.title }, form);
  const complain = (words) => {
    trouble.textContent = words;
    trouble.hidden = false;
  };
  cancel.addEventListener("click", () => dialog.close());
  const back = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    // Chromium gives the focus back but not the caret; focusing anew brings both.
    document.activeElement?.blur();
    if (back?.isConnected) back.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const invalid = form.querySelector(":invalid");
    if (invalid) {
      complain(`${invalid.getAttribute("aria-label")}: ${invalid.validationMessage}`);
      invalid.focus();
      return;
    }
    send.disabled = true;
    try {
      const result = await pane.act({ do: "modal", channel, fields: values }, { quiet: true });
      if (result.result === "failed") complain(result.error ?? "The application did not respond. Try again.");
      else dialog.close();
    } catch (refused) {
      complain(refused.message);
    }
    send.disabled = false;
  });
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input, textarea, .select")?.focus();
}

function drawn(part, values, app) {
  if (part.type === ROW) return part.components.flatMap((inner) => field(inner, inner.label, null, values, app));
  if (part.type === LABEL) return field(part.component, part.label, part.description, values, app);
  if (part.type === TEXT) return [prose(part.content, app)];
  return [];
}

function field(part, label, description, values, app) {
  const name = [label, part.required === false ? null : el("span", { class: "star", "aria-hidden": "true" }, " *")];
  const hint = description && el("small", {}, description);
  const title = el("span", { class: "label" }, name);
  if (part.type === TEXT_INPUT) return [el("label", {}, title, hint, input(part, label, values))];
  if (!SELECTS.has(part.type)) return [];
  const preset = (part.options ?? []).filter((one) => one.default).map((one) => one.value);
  values[part.custom_id] = preset;
  const choose = selectButton(part, app, (picked) => (values[part.custom_id] = picked), preset);
  return [el("div", { class: "label-group" }, title, hint, choose)];
}

function input(part, label, values) {
  const long = part.style === PARAGRAPH;
  const node = el(long ? "textarea" : "input", {
    type: long ? null : "text",
    rows: long ? "4" : null,
    "aria-label": label,
    placeholder: part.placeholder,
    required: part.required !== false,
    minlength: part.min_length ? String(part.min_length) : null,
    maxlength: part.max_length ? String(part.max_length) : null,
  });
  node.value = part.value ?? "";
  values[part.custom_id] = node.value;
  node.addEventListener("input", () => (values[part.custom_id] = node.value));
  return node;
}
