// Copying: a field, a prompt as it was typed, and as Markdown or plain text a column, the answer or a finding.
import { copy } from "../common/clipboard.js";
import { plainText } from "../markdown/plain_text.js";
import { liveText } from "./run_store.js";

const KEY = "copies";
const BUTTONS = "[data-copy], [data-copy-words], [data-copy-call], [data-copy-column], [data-copy-finding]";
const choice = document.querySelector("[data-copies-plain]");
let isPlain = remembered() === "plain";

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden
  }
}

function choose(next) {
  isPlain = next;
  choice?.setAttribute("aria-pressed", String(isPlain));
}

choose(isPlain);

window.addEventListener("storage", ({ key, newValue }) => {
  if (key === KEY) choose(newValue === "plain"); // chosen in another tab
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-copies-plain]")) {
    choose(!isPlain);
    try {
      localStorage.setItem(KEY, isPlain ? "plain" : "markdown");
    } catch {
      // the choice then lasts as long as the page
    }
  }
  const button = event.target.closest(BUTTONS);
  if (!button) return;
  if ("copyWords" in button.dataset) return copy(button, button.closest(".turn").querySelector(".words").textContent);
  if (button.dataset.copy) return copy(button, document.querySelector(button.dataset.copy).value);
  const source = sourceFor(button);
  if (isPlain) copy(button, plainText(source), "Copied as plain text");
  else copy(button, source, "Copied as Markdown");
});

function sourceFor(button) {
  if ("copyFinding" in button.dataset) return button.dataset.copyFinding;
  const id = button.dataset.copyCall ?? button.closest(".call").querySelector(".take:not([hidden])").dataset.call;
  return document.querySelector(`[data-source="${id}"]`)?.value ?? liveText(id) ?? "";
}
