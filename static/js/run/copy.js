// Copying: a field, a column's or the answer's Markdown source, a block of code.
import { show } from "../messages.js";
import { liveText } from "./story.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-call], [data-copy-column]");
  if (button) copy(button, textFor(button));
});

function textFor(button) {
  if (button.dataset.copy) return document.querySelector(button.dataset.copy).value;
  const id = button.dataset.copyCall ?? button.closest(".call").querySelector(".take:not([hidden])").dataset.call;
  return document.querySelector(`[data-source="${id}"]`)?.value ?? liveText(id) ?? "";
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return show("The browser does not let this page copy. Select the text and copy it yourself.", "error");
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}
