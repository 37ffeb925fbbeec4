// Which keys run a prompt: Ctrl or Cmd with Enter, and Enter alone for whoever chose that in the settings.
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
// A touch keyboard has no Shift+Enter, so that Enter alone has to stay a new line there.
const enterSends = "enterSends" in document.body.dataset && !matchMedia("(pointer: coarse)").matches;

/** The key to name beside the button. */
export const shortcut = enterSends ? "⏎" : isMac ? "⌘ ⏎" : "Ctrl ⏎";

/** Tell whether a press of a key in a form is to run its prompt. */
export function runsPrompt(event) {
  // The Enter of an input method does not come here: composing.js keeps it from every form.
  if (event.key !== "Enter") return false;
  if (event.ctrlKey || event.metaKey) return true;
  return enterSends && !event.shiftKey && !event.altKey && event.target.matches("textarea[name='prompt']");
}
