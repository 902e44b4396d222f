/** Home of the bot's modals: a form in a dialog, sent back as the person of the moment. */

import { openDialog } from "./dialog.js";
import { encoded } from "./files.js";
import { modalField } from "./modal_fields.js";
import { prose } from "./prose.js";

const ROW = 1;
const TEXT = 10;
const LABEL = 18;
const SILENT = "The application did not respond. Try again.";

/** Shows a modal; `channel` is where its answer goes. */
export function openModal(pane, modal, channel) {
  const answers = { fields: {}, files: {} };
  const send = async () => {
    const { fields } = answers;
    const files = await Promise.all(Object.values(answers.files).flat().map(encoded));
    const deed = { do: "modal", channel, fields, ...(files.length ? { files } : {}) };
    const result = await pane.act(deed, { quiet: true });
    return result.result === "failed" ? (result.error ?? SILENT) : null;
  };
  const parts = (modal.components ?? []).map((part) => drawn(part, answers, pane.app));
  openDialog({ title: modal.title, note: "This form goes to the bot.", parts, submit: "Submit", send });
}

function drawn(part, answers, app) {
  if (part.type === ROW) return part.components.map((inner) => modalField(inner, inner, answers, app));
  if (part.type === LABEL) return modalField(part.component, part, answers, app);
  return part.type === TEXT ? prose(part.content, app) : null;
}
