// Finds the character that is read: with the focus, under the pointer, in a column that was scrolled,
// or at a third of the window.
export const TEXTS = ".text, .agree, .words";
const SECTIONS = "main > section, .half > section";
export const READ = `${TEXTS}, ${SECTIONS}`;

const LINE = 0.3; // of a height: there one reads
const STEP_PX = 40;

/**
 * Return the place under the mouse, {clientX, clientY}, where that points at something to read; else null. At the foot
 * of a column that is the end of its text: what comes between the two pushes the foot down, not the text up.
 */
export function atPointer(pointer) {
  const element = pointer && document.elementFromPoint(pointer.clientX, pointer.clientY);
  if (!element?.closest(READ)) return null;
  const above = element.closest("footer")?.parentElement.querySelector(".take:not([hidden]) .text");
  return (above && endOf(above)) ?? placeAt(pointer.clientX, pointer.clientY);
}

/** Return the place of the last character of a text, null in one without. */
function endOf(text) {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let last = null;
  while (walker.nextNode()) if (walker.currentNode.data.trim()) last = walker.currentNode;
  return last && { node: last, offset: last.data.trimEnd().length - 1 };
}

/** Return the place of what the focus was given to, where it still has it and is in sight; else null. */
export function atFocus(element) {
  if (!element || element !== document.activeElement) return null;
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight ? { node: element, offset: 0 } : null;
}

/** Return the place at a third of a column's body, if that is in sight; else null. */
export function inBody(body) {
  if (!body?.isConnected) return null;
  const { left, top, width, height } = body.getBoundingClientRect();
  const y = top + height * LINE;
  return y > 0 && y < innerHeight ? placeAt(left + width / 2, y) : null;
}

/** Return the first place from a third of the window on: in a text if there is one, else in anything; or null. */
export function atLine() {
  for (const kind of [TEXTS, READ])
    for (let y = innerHeight * LINE; y < innerHeight; y += STEP_PX)
      for (const x of [innerWidth / 2, innerWidth / 4, (innerWidth * 3) / 4]) {
        const found = document.elementFromPoint(x, y)?.closest(kind) && placeAt(x, y);
        if (found) return found;
      }
  return null;
}

/** Return {node, offset} of the character at a point of the window, else of the element there; null outside. */
function placeAt(x, y) {
  const element = document.elementFromPoint(x, y);
  if (!element?.closest("main")) return null;
  const { offsetNode: node, offset } = caretAt(x, y) ?? {};
  if (node?.nodeType === Node.TEXT_NODE && node.length > 0 && element.contains(node)) return { node, offset };
  return element.matches(SECTIONS) ? null : { node: element, offset: 0 };
}

function caretAt(x, y) {
  if (document.caretPositionFromPoint) return document.caretPositionFromPoint(x, y);
  const range = document.caretRangeFromPoint?.(x, y); // Safari
  return range && { offsetNode: range.startContainer, offset: range.startOffset };
}
