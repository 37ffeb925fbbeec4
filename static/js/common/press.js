// A press that has begun on a part: a click counts only if both of its ends meet the same element. A list of choices
// that stands open is such a press too: it would close if its field were replaced.
const OPEN = CSS.supports("selector(select:open)") ? "select:open" : "select:not(*)";
const listeners = [];
let pressed = null; // what the pointer or a key went down on

/** Return whether a press on something inside an element has not ended yet. */
export const isPressed = (element) =>
  (pressed !== null && element.contains(pressed)) || element.querySelector(OPEN) !== null;

/** Call `listener()` after each press, when its click has been answered. */
export const onRelease = (listener) => listeners.push(listener);

function press({ button = 0, target }) {
  if (button === 0) pressed = target;
}

function release() {
  pressed = null;
  for (const listener of listeners) listener();
}

for (const begin of ["pointerdown", "keydown"]) document.addEventListener(begin, press, true);
for (const end of ["pointerup", "pointercancel", "keyup"])
  document.addEventListener(end, () => setTimeout(release), true);
// Of text that was typed it comes when a press elsewhere begins, which it must not end.
document.addEventListener("change", ({ target }) => target.matches("select") && setTimeout(release), true);
window.addEventListener("blur", release); // what is let go outside the window is not heard
