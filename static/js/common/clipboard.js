// Copying for every page: a text to the clipboard, and the button says so for a moment.
import { show } from "./messages.js";

/** Copy `text`; the label of `button`, or the name of its icon, reads "Copied" for a moment. */
export async function copy(button, text) {
  if (!(await isCopied(text)))
    return show("The browser does not let this page copy. Select the text and copy it yourself.", "error");
  const isIcon = button.querySelector("svg") !== null;
  const say = (word) => (isIcon ? button.setAttribute("aria-label", word) : button.replaceChildren(word));
  const label = isIcon ? button.ariaLabel : button.textContent;
  button.toggleAttribute("data-copied", true);
  say("Copied");
  setTimeout(() => {
    button.toggleAttribute("data-copied", false);
    say(label);
  }, 1500);
}

/** Browsers have the clipboard's interface on https and on this machine alone; on a plain address of a network, not. */
async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return isCopiedBySelection(text);
  }
}

function isCopiedBySelection(text) {
  const { activeElement } = document;
  const selection = getSelection();
  const ranges = Array.from({ length: selection.rangeCount }, (_, at) => selection.getRangeAt(at));
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  field.className = "visually-hidden";
  // Inside an open dialog, what stands outside cannot have the focus.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  activeElement?.focus({ preventScroll: true });
  selection.removeAllRanges();
  for (const range of ranges) selection.addRange(range);
  return isDone;
}
