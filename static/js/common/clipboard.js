// Copying for every page: a text to the clipboard, and the button says so for a moment.
import { show } from "./messages.js";

// A region that is there before it speaks: one that comes with its words is not read out.
const region = document.createElement("p");
region.className = "visually-hidden";
region.setAttribute("role", "status");
document.body.append(region);

const labels = new Map(); // of buttons that read "Copied"

/** Copy `text`; the label of `button`, or the name of its icon, reads "Copied" for a moment, and `said` is read out. */
export async function copy(button, text, said = "Copied") {
  if (!(await isCopied(text)))
    return show("The browser does not let this page copy. Select the text and copy it yourself.", "error");
  const isIcon = button.querySelector("svg") !== null;
  const say = (word) => (isIcon ? button.setAttribute("aria-label", word) : button.replaceChildren(word));
  const { label, timer } = labels.get(button) ?? { label: isIcon ? button.ariaLabel : button.textContent };
  clearTimeout(timer); // pressed again meanwhile
  button.toggleAttribute("data-copied", true);
  say("Copied");
  region.textContent = said;
  const restore = () => {
    labels.delete(button);
    button.toggleAttribute("data-copied", false);
    say(label);
    if (labels.size === 0) region.textContent = "";
  };
  labels.set(button, { label, timer: setTimeout(restore, 1500) });
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
