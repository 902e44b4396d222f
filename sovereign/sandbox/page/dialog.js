/** Home of forms that lie over the page: opened, filled in, sent, and what went wrong said in them. */

import { el } from "./dom.js";

/**
 * Opens a form. `send()` gives a promise of null, or of words to show while the form stays open.
 * The focus goes to the first field, and back to where it was when the form closes.
 */
export function openDialog({ title, note, parts, submit, send }) {
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const sender = el("button", { class: "button primary", type: "submit" }, submit);
  const cancel = el("button", { class: "button quiet", type: "button" }, "Cancel");
  const head = el("header", {}, el("h2", {}, title), note && el("p", { class: "muted" }, note));
  const body = el("div", { class: "modal-fields" }, parts);
  const foot = el("footer", {}, cancel, sender);
  const form = el("form", { method: "dialog", novalidate: true }, head, body, trouble, foot);
  const dialog = el("dialog", { class: "modal", "aria-label": title }, form);
  const complain = (words) => {
    trouble.textContent = words;
    trouble.hidden = false;
    trouble.scrollIntoView({ block: "nearest" });
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
    const invalid = form.querySelector("input:invalid, textarea:invalid");
    if (invalid) {
      complain(`${nameOf(invalid)}: ${invalid.validationMessage}`);
      invalid.focus();
      return;
    }
    trouble.hidden = true;
    sender.disabled = true;
    try {
      const words = await send();
      if (words) complain(words);
      else dialog.close();
    } catch (refused) {
      complain(refused.message);
    }
    sender.disabled = false;
  });
  document.body.append(dialog);
  dialog.showModal();
  body.querySelector("input, textarea, .select")?.focus();
}

function nameOf(field) {
  return field.closest("[data-name]")?.dataset.name ?? field.getAttribute("aria-label");
}
