// The last key, wheel or finger that may scroll something: tells a reader's own scrolling from what a layout does.
const INPUT_MS = 400; // from a key, wheel or finger to the scrolling that it causes
const SCROLLING_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " ", "Tab"]);
const FIELDS = "input, textarea, select";
const PRESSED = "button, summary"; // by the space bar, which then scrolls nothing

let input = { at: -Infinity, target: null, key: null };

/** Note, from now on, what may scroll something. */
export function watchInput() {
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"])
    document.addEventListener(type, noteInput, { capture: true, passive: true });
}

/** Return the target of the input that causes what scrolls now; null where that is none. */
export const recentInput = () => (performance.now() - input.at < INPUT_MS ? input.target : null);

/** Return whether the last input went on to another stop: what then scrolls shows that stop. */
export const isTabbing = () => input.key === "Tab";

function noteInput(event) {
  if (event.type === "keydown" && (!SCROLLING_KEYS.has(event.key) || event.target.matches(FIELDS))) return;
  if (event.key === " " && event.target.matches(PRESSED)) return;
  // A press scrolls only where it grips the scroll bar.
  const at = event.type === "pointerdown" && event.target !== document.documentElement ? -Infinity : performance.now();
  input = { at, target: event.target, key: event.key ?? null };
}
