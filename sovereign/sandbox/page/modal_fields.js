/** Home of the fields of a modal: text, selects, radio buttons, checkboxes, files. Each keeps its answer current. */

import { presetOf, selectButton, SELECTS } from "./components.js";
import { button } from "./controls.js";
import { el, fill } from "./dom.js";
import { size } from "./embeds.js";
import { pickFiles } from "./files.js";
import { icon } from "./icons.js";

const TEXT_INPUT = 4;
const UPLOAD = 19;
const RADIO = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;

const DRAW = { [TEXT_INPUT]: input, [UPLOAD]: upload, [RADIO]: boxes, [CHECKBOXES]: boxes, [CHECKBOX]: checkbox };

/**
 * A field under its label. Its answer goes into `answers.fields` by custom_id, files into `answers.files` as well.
 * `about` holds the label and the description: of the label component, or of an old text input itself.
 */
export function modalField(part, about, answers, app) {
  const draw = SELECTS.has(part.type) ? select : DRAW[part.type];
  return draw ? draw(part, about, answers, app) : null;
}

function input(part, about, { fields }) {
  const long = part.style === PARAGRAPH;
  const node = el(long ? "textarea" : "input", {
    type: long ? null : "text",
    rows: long ? "4" : null,
    "aria-label": about.label,
    placeholder: part.placeholder,
    required: part.required !== false,
    minlength: part.min_length ? String(part.min_length) : null,
    maxlength: part.max_length ? String(part.max_length) : null,
  });
  node.value = part.value ?? "";
  fields[part.custom_id] = node.value;
  node.addEventListener("input", () => (fields[part.custom_id] = node.value));
  return el("label", {}, title(part, about), hint(about), node);
}

function select(part, about, { fields }, app) {
  fields[part.custom_id] = presetOf(part);
  const choose = selectButton(part, app, (picked) => (fields[part.custom_id] = picked));
  const name = title(part, about);
  name.id = `label-${part.custom_id}`;
  choose.id = `select-${part.custom_id}`;
  choose.setAttribute("aria-labelledby", `${name.id} ${choose.id}`);
  return el("div", { class: "label-group" }, name, hint(about), choose);
}

/** Radio buttons, of which one is chosen, or checkboxes, of which several are. */
function boxes(part, about, { fields }) {
  const single = part.type === RADIO;
  const chosen = new Set(presetOf({ ...part, type: 3 }));
  const answer = () => {
    fields[part.custom_id] = single ? ([...chosen][0] ?? null) : [...chosen];
  };
  answer();
  const box = (one) => {
    const kind = { type: single ? "radio" : "checkbox", name: part.custom_id, checked: chosen.has(one.value) };
    const node = el("input", { ...kind, required: single && part.required !== false });
    node.addEventListener("change", () => {
      if (single) chosen.clear();
      if (node.checked) chosen.add(one.value);
      else chosen.delete(one.value);
      answer();
    });
    return labelled(node, one);
  };
  const marks = { class: "boxes", role: single ? "radiogroup" : "group", data: { name: about.label } };
  return el("fieldset", marks, el("legend", {}, title(part, about)), hint(about), part.options.map(box));
}

function checkbox(part, about, { fields }) {
  const node = el("input", { type: "checkbox", checked: part.default === true });
  fields[part.custom_id] = node.checked;
  node.addEventListener("change", () => (fields[part.custom_id] = node.checked));
  return el("div", { class: "boxes" }, labelled(node, about));
}

/** Chosen by a button or dropped on the field. */
function upload(part, about, { fields, files }) {
  const most = part.max_values ?? 1;
  const chosen = el("ul", { class: "files" });
  const keep = (wanted) => {
    files[part.custom_id] = wanted.slice(-most);
    fields[part.custom_id] = files[part.custom_id].map((one) => one.name);
    fill(chosen, files[part.custom_id].map(row));
  };
  const add = (more) => keep([...files[part.custom_id], ...more]);
  const leaveOut = (file) => keep(files[part.custom_id].filter((one) => one !== file));
  const row = (file) => {
    const words = el("div", {}, el("span", {}, file.name), el("small", {}, size(file.size)));
    const drop = { class: "tool", "aria-label": `Leave out ${file.name}` };
    return el("li", { class: "file" }, icon("file"), words, button(icon("close"), () => leaveOut(file), drop));
  };
  keep([]);
  const limit = most === 1 ? "Choose a file" : `Choose up to ${most} files`;
  const ask = async () => add(await pickFiles({ multiple: most > 1 }));
  const pick = button([icon("plus"), limit], ask, { class: "button secondary", "aria-label": `${about.label}: ${limit}` });
  const box = el("div", { class: "label-group upload", data: { name: about.label } });
  box.append(title(part, about), ...[hint(about)].filter(Boolean), pick, chosen);
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  return box;
}

function labelled(node, { label, description }) {
  const words = el("span", {}, label, description && el("small", {}, description));
  return el("label", { class: "box" }, node, words);
}

function title(part, about) {
  const star = part.required === false ? null : el("span", { class: "star", "aria-hidden": "true" }, " *");
  return el("span", { class: "label" }, about.label, star);
}

function hint(about) {
  return about.description ? el("small", {}, about.description) : null;
}
