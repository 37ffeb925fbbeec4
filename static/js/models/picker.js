// <model-picker>: a field for a model's reference becomes a combobox that shows names. Without scripts the field stays.
import Combobox from "../../vendor/combobox-nav/index.js";
import { draw, load, specialsOf } from "./choices.js";
import { goOn, leave } from "./moved.js";
import { makeBox, makePanel, place } from "./panel.js";
import "./pending.js";

const LOW = 700; // px, the height of a window that has little room below a field

class ModelPicker extends HTMLElement {
  connectedCallback() {
    if (this.box) return goOn(this);
    this.field = this.querySelector("input");
    this.box = makeBox(this.field);
    Object.assign(this, makePanel()); // panel, list, note
    this.field.after(this.box, this.panel);
    this.show(this.dataset.label);
    this.combobox = new Combobox(this.box, this.list, { firstOptionSelectionMode: "selected" });
    this.listen();
  }

  listen() {
    const { box, panel } = this;
    box.addEventListener("focus", () => {
      if (!this.isOpen) box.select(); // else it was moved, and is typed in
      load(this.dataset.src).catch(() => undefined); // so that it is there when it is opened
    });
    box.addEventListener("click", () => this.open());
    box.addEventListener("input", () => this.open(box.value));
    box.addEventListener("change", (event) => event.stopPropagation()); // a typed text is no choice yet
    box.addEventListener("keydown", (event) => this.press(event));
    box.addEventListener("blur", () => queueMicrotask(() => leave(this)));
    panel.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("combobox-commit", (event) => this.choose(event.target));
    this.replace = () => place(this.panel, this.box);
    this.redraw = () => {
      this.typed = box.value;
      if (this.offer) this.draw();
    };
  }

  disconnectedCallback() {
    queueMicrotask(() => leave(this));
  }

  get isOpen() {
    return this.box.getAttribute("aria-expanded") === "true";
  }

  show(label) {
    this.box.value = label;
    this.box.title = this.field.value;
  }

  press(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault(); // never the form's: Enter in a field would press its first button
      if (!this.isOpen) this.open();
      else if (this.coming) this.wantsFirst = true;
    } else if (event.key === "ArrowDown" && !this.isOpen) {
      event.preventDefault();
      this.open();
    } else if (event.key === "Escape" && this.isOpen) {
      event.stopPropagation();
      this.wantsFirst = false;
      this.close();
      this.box.select();
    }
  }

  async open(typed = "") {
    if (this.isOpen) return;
    this.typed = typed;
    this.wantsFirst = false;
    this.list.replaceChildren();
    this.note.textContent = "Loading the models …";
    this.combobox.start();
    this.box.addEventListener("input", this.redraw); // after the combobox, which then forgets what is selected
    window.visualViewport?.addEventListener("resize", this.replace);
    if (innerHeight < LOW) this.scrollIntoView({ block: "start" }); // a phone's keyboard takes the lower half
    if (!typed) this.box.select();
    this.panel.showPopover();
    this.replace();
    this.coming = load(this.dataset.src, this.dataset.only);
    try {
      this.offer = await this.coming;
    } catch {
      this.note.textContent = "The models could not be loaded. Close the list and try again.";
      return;
    } finally {
      this.coming = null;
    }
    if (this.wantsFirst) this.takeFirst();
    else if (this.isOpen) this.draw();
  }

  /** Choose the first match of a text that was entered before the list was there, even if the field was left since. */
  takeFirst() {
    draw(this.list, this.offer, this.typed, specialsOf(this.dataset));
    const first = this.list.querySelector("[role=option]");
    if (first) this.choose(first);
    else if (this.isOpen) this.draw();
  }

  close() {
    if (!this.isOpen) return;
    this.combobox.stop();
    this.box.removeEventListener("input", this.redraw);
    window.visualViewport?.removeEventListener("resize", this.replace);
    if (this.panel.isConnected) this.panel.hidePopover();
    this.show(this.label ?? this.dataset.label);
  }

  draw() {
    this.note.textContent = draw(this.list, this.offer, this.typed, specialsOf(this.dataset));
    this.combobox.tabInsertsSuggestions = this.typed.trim() !== "";
    this.combobox.resetSelection();
    if (!this.typed.trim()) this.selectChosen();
    else this.list.scrollTop = 0;
    this.replace();
  }

  /** Select what is chosen now, so that the arrows go on from there and Enter changes nothing. */
  selectChosen() {
    const chosen = [...this.list.querySelectorAll("[role=option]")].find(
      (one) => one.dataset.reference === this.field.value,
    );
    if (!chosen) return;
    this.combobox.clearSelection();
    chosen.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "center" });
  }

  choose({ dataset }) {
    this.wantsFirst = false;
    const isNew = dataset.reference !== this.field.value;
    this.field.value = dataset.reference;
    this.label = dataset.label;
    this.close();
    this.show(this.label);
    if (isNew) this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("model-picker", ModelPicker);
