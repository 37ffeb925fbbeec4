// Keeps the word that is being read in its place on the screen, whatever arrives above it.
//
// What is being read is what was last scrolled to, pointed at, focused or selected; before that, what stands at a third
// of the window. After each layout in which something changed its size, and before it is drawn, the page is scrolled by
// as much as that word has moved. While somebody scrolls it is left to the browser, which does not disturb them.
import { giveRoomBack, isKnown, isScrolledElsewhere, movedInLayout } from "./held_place.js";
import { place, remember, scrollBack, setAnchoring, setPlace } from "./held_place.js";
import { READ, TEXTS, atFocus, atLine, atPointer, inBody } from "./place_finding.js";
import { isTabbing, recentInput, watchInput } from "./scroll_input.js";
import { lastingPlace, placeIn } from "./text_place.js";

const REST_MS = 150; // without a scroll event: the scrolling is over
const FIND_MS = 60; // between two looks for what is read while the pointer moves
const LEADS_AWAY = "a[href*='#'], #run-header summary"; // the prompt opens below its title, which stays where it is
const PARTS = "main > *, .half > *, .call, .take, .text, .agree, .notices";

let pointer = null; // {clientX, clientY} of the mouse
let body = null; // of the column that was scrolled last
let focused = null; // what the keyboard went to, until something else is pointed at or scrolled to
let next = null; // a timer until what is read is looked for again
let rest = null; // a timer while the page is being scrolled

/** Something else is about to scroll the page on purpose: what it scrolls to is what is read. */
export function letScroll() {
  focused = null;
  waitForRest();
}

function waitForRest() {
  body = null;
  if (!rest) setAnchoring("auto");
  clearTimeout(rest);
  rest = setTimeout(endScrolling, REST_MS);
}

function endScrolling() {
  rest = null;
  setAnchoring("none");
  find();
  if (place && window.scrollY > 0) giveRoomBack();
}

/** Return the place that is read, {node, offset}, or null. */
export function readingPlace() {
  if (rest || !isKnown()) find();
  return place;
}

/**
 * Remember where the word that is read stands while `old` is replaced. The returned function scrolls it back there; it
 * is told what has the focus instead, if that was in `old`.
 */
export function holdPlace(old) {
  hold(); // what has moved it before is not forgotten
  const read = readingPlace();
  const isInside = read && old.contains(read.node);
  const placeInFresh = isInside ? placeIn(old, read) : null;
  if (read) remember();
  const stop = focused;
  return (fresh, again) => {
    focused = old.contains(stop) ? again : stop;
    if (!read) return;
    if (isInside) {
      const same = read.node === stop ? again && { node: again } : placeInFresh(fresh);
      if (!same) return find();
      Object.assign(read, same);
    }
    setPlace(read); // the focus that was given back may have taken it
    scrollBack();
  };
}

/** Scroll back what has moved in the layout; what was scrolled stays so. */
function hold() {
  if (rest) return;
  if (!isKnown()) return find();
  if (Math.abs(movedInLayout()) > 0.1) scrollBack();
}

function find() {
  const stop = atFocus(focused);
  const found = stop ?? atPointer(pointer) ?? inBody(body) ?? atLine();
  // A button that stands in no text has no words that would be there again.
  setPlace(found && (found === stop && !focused.closest(TEXTS) ? found : lastingPlace(found)));
}

/** Find soon what is read now, and hold until then what was. */
function findSoon() {
  next ??= setTimeout(() => {
    next = null;
    hold();
    find();
  }, FIND_MS);
}

const sizes = new ResizeObserver(hold);

/** Watch a part of the page for what changes its size. */
export function watchSizes(part) {
  sizes.observe(part);
  for (const inner of part.querySelectorAll(PARTS)) sizes.observe(inner);
}

/** Keep in place what is being read, from now on. */
export function keepReadingPlace() {
  setAnchoring("none");
  for (const id of ["run-header", "main"]) watchSizes(document.getElementById(id));
  watchInput();
  document.addEventListener("scroll", noteScroll, { capture: true, passive: true });
  document.addEventListener("pointermove", notePointer, { passive: true });
  document.addEventListener("pointerleave", () => (pointer = null));
  document.addEventListener("selectionchange", noteSelection);
  document.addEventListener("focusin", noteFocus);
  document.addEventListener("click", (event) => event.target.closest(LEADS_AWAY) && letScroll(), true);
}

function noteScroll({ target }) {
  const input = recentInput();
  if (target !== document) {
    if (!input || !target.contains(input)) return;
    body = target.closest(".body");
    if (!isTabbing()) focused = null;
    return findSoon();
  }
  if (!rest && !input && !isScrolledElsewhere()) return;
  if (input && !isTabbing()) focused = null;
  waitForRest();
}

function notePointer(event) {
  if (event.pointerType !== "mouse") return;
  pointer = event;
  if (!event.target.closest?.(READ)) return;
  focused = null;
  findSoon();
}

function noteSelection() {
  const { focusNode, focusOffset, isCollapsed } = getSelection();
  if (isCollapsed || !focusNode?.parentElement?.closest(READ)) return;
  if (focusNode.nodeType === Node.TEXT_NODE) setPlace(lastingPlace({ node: focusNode, offset: focusOffset }));
}

function noteFocus({ target }) {
  const isStop = target.closest(READ) && target.matches(":focus-visible") && !target.matches(".body");
  focused = isStop ? target : null;
  if (focused) find();
}
