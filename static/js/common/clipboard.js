// Copying for every page: a text to the clipboard, and the button says so for a moment.
import { show } from "./messages.js";

/** Copy `text`; the label of `button` reads "Copied" for a moment. */
export async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return show("The browser does not let this page copy. Select the text and copy it yourself.", "error");
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}
