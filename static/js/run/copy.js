// Copying: a field, a column's or the answer's Markdown source, a block of code.
import { copy } from "../common/clipboard.js";
import { liveText } from "./run_store.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-call], [data-copy-column]");
  if (button) copy(button, textFor(button));
});

function textFor(button) {
  if (button.dataset.copy) return document.querySelector(button.dataset.copy).value;
  const id = button.dataset.copyCall ?? button.closest(".call").querySelector(".take:not([hidden])").dataset.call;
  return document.querySelector(`[data-source="${id}"]`)?.value ?? liveText(id) ?? "";
}
