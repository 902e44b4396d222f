/** Home of files on their way out: chosen, dropped or pasted, shown above the composer, sent as base64. */

import { iconButton } from "./controls.js";
import { el, fill } from "./dom.js";
import { size } from "./embeds.js";
import { icon } from "./icons.js";

const MOST = 10;

export class Files {
  constructor(changed) {
    this.chosen = [];
    this.changed = changed;
    this.node = el("ul", { class: "files", "aria-label": "Files to send", hidden: true });
  }

  get empty() {
    return this.chosen.length === 0;
  }

  async choose() {
    this.add(await pickFiles({ multiple: true }));
  }

  add(files) {
    this.chosen = [...this.chosen, ...files].slice(0, MOST);
    this.#draw();
  }

  /** Hands over what was chosen and forgets it. */
  async take() {
    const files = await Promise.all(this.chosen.map(encoded));
    this.chosen = [];
    this.#draw();
    return files;
  }

  /** Files may also be dropped on `area` or pasted into `field`. */
  listen(area, field) {
    area.addEventListener("dragover", (event) => event.preventDefault());
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
    field.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.add([...event.clipboardData.files]);
    });
  }

  #draw() {
    const rows = this.chosen.map((file) => {
      const remove = () => {
        this.chosen = this.chosen.filter((one) => one !== file);
        this.#draw();
      };
      return el(
        "li",
        { class: "file" },
        icon("file"),
        el("div", {}, el("span", {}, file.name), el("small", {}, size(file.size))),
        iconButton("close", `Leave out ${file.name}`, remove),
      );
    });
    fill(this.node, rows);
    this.node.hidden = rows.length === 0;
    this.changed();
  }
}

/** `{name, base64}` of a file. */
export async function encoded(file) {
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return { name: file.name, base64: address.slice(address.indexOf(",") + 1) };
}

/** Asks the person for files; an empty list when they changed their mind. */
export function pickFiles({ multiple }) {
  const input = el("input", { type: "file", multiple });
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve([...input.files]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}
