/** Home of a command being filled in: a field for each option, with its hint, its choices or what the bot suggests. */

import { fixedChoices, hintOf, reading, TYPES } from "./commands.js";
import { button } from "./controls.js";
import { debounce, el } from "./dom.js";
import { encoded, pickFiles } from "./files.js";

const PATIENCE = 150;

export class CommandLine {
  constructor(composer, command) {
    this.composer = composer;
    this.command = command;
    this.fields = new Map();
    this.asked = 0;
    this.more = el("span", { class: "more-options" });
    const leave = { class: "command-name", title: "Press Backspace to leave" };
    this.name = el("button", { type: "button", ...leave }, `/${command.name}`);
    this.name.addEventListener("keydown", (event) => this.#key(event, null));
    const group = { class: "command-line", role: "group", "aria-label": `Command ${command.name}` };
    this.node = el("div", group, this.name, this.more);
    for (const option of command.options.filter((one) => one.required)) this.#add(option);
    this.#drawMore();
    this.askSoon = debounce(() => this.#ask(), PATIENCE);
  }

  focus() {
    const empty = [...this.fields.values()].find((field) => !this.#filled(field)) ?? [...this.fields.values()].at(-1);
    (empty?.input ?? this.name).focus();
    const { name, description } = this.command;
    if (!empty) this.composer.suggestions.tell(`/${name}: ${description || "Enter runs it."}`);
  }

  /** Runs the command if every option can be read; otherwise goes to the one that cannot and says why. */
  async submit() {
    const options = {};
    const files = [];
    for (const field of this.fields.values()) {
      const read = this.#read(field);
      field.input.setAttribute("aria-invalid", String(Boolean(read?.error)));
      if (read?.error) {
        field.input.focus();
        this.composer.complain(read.error);
        return;
      }
      if (read) options[field.option.name] = read.value;
      if (read && field.file) files.push(await encoded(field.file));
    }
    await this.composer.run(this.command, options, files);
  }

  #read(field) {
    const { option, picked, input } = field;
    const text = input.value.trim();
    if (field.file) return { value: field.file.name };
    if (picked !== undefined) return { value: picked };
    if (text === "") return option.required ? { error: `${option.name} is required: ${hintOf(option)}.` } : null;
    return reading(option, text, this.composer.pane.app.world);
  }

  #filled(field) {
    return field.file || field.picked !== undefined || field.input.value.trim() !== "";
  }

  #add(option) {
    const input = el("input", {
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: hintOf(option),
      size: String(Math.max(12, hintOf(option).length)),
      "aria-label": `${option.name}: ${option.description ?? ""}`,
      "aria-autocomplete": "list",
      "aria-controls": this.composer.suggestions.id,
      "aria-required": String(Boolean(option.required)),
      inputmode: option.type === TYPES.integer ? "numeric" : null,
    });
    const field = { option, input, picked: undefined, file: null };
    const kind = option.required ? "option required" : "option";
    field.node = el("label", { class: kind }, el("span", {}, option.name), input);
    this.fields.set(option.name, field);
    input.addEventListener("focus", () => this.#suggest(field));
    input.addEventListener("blur", () => this.composer.suggestions.hide());
    input.addEventListener("input", () => {
      field.picked = undefined;
      input.removeAttribute("aria-invalid");
      this.#fit(input);
      this.composer.complain("");
      this.#suggest(field);
    });
    input.addEventListener("keydown", (event) => this.#key(event, field));
    if (option.type === TYPES.file) this.#takesFile(field);
    this.more.before(field.node);
    return field;
  }

  #takesFile(field) {
    field.input.readOnly = true;
    field.input.placeholder = "choose a file";
    field.pick = async () => {
      const [file] = await pickFiles({ multiple: false });
      if (file) this.#keep(field, file);
    };
    field.input.addEventListener("click", field.pick);
  }

  #keep(field, file) {
    field.file = file;
    field.input.value = file?.name ?? "";
    this.#fit(field.input);
  }

  #drawMore() {
    const left = this.command.options.filter((option) => !this.fields.has(option.name));
    const chip = (option) => {
      const add = () => {
        this.#add(option).input.focus();
        this.#drawMore();
      };
      const label = `Add ${option.name}: ${option.description ?? ""}`;
      return button(`+ ${option.name}`, add, { class: "add-option", title: option.description, "aria-label": label });
    };
    this.more.replaceChildren(...left.map(chip));
  }

  #suggest(field) {
    const { option, input } = field;
    const { suggestions, pane } = this.composer;
    const title = `${option.name}${option.required ? "" : " (optional)"}: ${option.description || hintOf(option)}`;
    const choices = fixedChoices(option, pane.app.world);
    this.current = { field, title };
    if (choices) {
      const typed = field.picked === undefined ? input.value.trim().replace(/^[@#]/, "").toLowerCase() : "";
      const found = choices.filter((one) => one.label.toLowerCase().includes(typed));
      suggestions.show(title, found, (item) => this.#pick(field, item), { first: typed !== "" || option.required });
    } else {
      suggestions.tell(title);
      if (option.autocomplete) this.askSoon();
    }
  }

  /** Asks the bot what could be meant, and shows it if nothing was typed meanwhile. */
  async #ask() {
    const { field, title } = this.current;
    if (!field.option.autocomplete || document.activeElement !== field.input) return;
    this.asked += 1;
    const asked = this.asked;
    const options = {};
    for (const [name, other] of this.fields) {
      if (other === field) options[name] = field.input.value;
      else if (this.#filled(other) && !this.#read(other)?.error) options[name] = this.#read(other).value;
    }
    const { pane, suggestions } = this.composer;
    const request = { do: "autocomplete", command: this.command.name, options, focused: field.option.name };
    const answer = await pane.act(request, { quiet: true }).catch((refused) => ({ error: refused.message }));
    if (asked !== this.asked || document.activeElement !== field.input) return;
    if (answer.error) return void suggestions.tell(`${title} (${answer.error})`);
    const items = (answer.choices ?? []).map(({ name, value }) => ({ label: String(name), value }));
    const first = field.input.value !== "" || field.option.required;
    suggestions.show(title, items, (item) => this.#pick(field, item), { first });
  }

  #pick(field, item) {
    field.picked = item.value;
    field.input.value = item.label;
    this.#fit(field.input);
    this.composer.suggestions.hide();
    const next = [...this.fields.values()].find((other) => other.option.required && !this.#filled(other));
    next?.input.focus();
  }

  #fit(input) {
    input.size = Math.max(12, Math.min(48, (input.value || input.placeholder).length + 1));
  }

  #key(event, field) {
    if (event.isComposing) return;
    if (field?.pick && this.#keyOfFile(event, field)) return;
    const settled = field?.picked !== undefined;
    if (field && !settled && this.composer.suggestions.key(event)) return void event.stopPropagation();
    if (event.key === "Enter") this.submit();
    else if (event.key === "Escape") this.#leave();
    else if (event.key === "Backspace" && (!field || field.input.value === "")) this.#remove(field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Enter and the space bar choose a file where there is none yet; Backspace takes it away. */
  #keyOfFile(event, field) {
    if (!field.file && [" ", "Enter"].includes(event.key)) field.pick();
    else if (field.file && event.key === "Backspace") this.#keep(field, null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #remove(field) {
    const others = [...this.fields.values()].filter((one) => one !== field);
    if (!field || field.option.required) return void this.#leave();
    field.node.remove();
    this.fields.delete(field.option.name);
    this.#drawMore();
    (others.at(-1)?.input ?? this.name).focus();
  }

  #leave() {
    this.composer.leaveCommand();
    this.composer.begin(`/${this.command.name}`);
  }
}
