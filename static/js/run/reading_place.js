// Keeps the word that is being read in its place on the screen, whatever arrives above it.
//
// What is being read is what was last scrolled to, pointed at, focused or selected; before that, what stands at a third
// of the window. After each layout in which something changed its size, and before it is drawn, the page is scrolled by
// as much as that word has moved. While somebody scrolls it is left to the browser, which does not disturb them.
import { READ, TEXTS, atLine, atPointer, inBody } from "./place_finding.js";
import { charactersBefore, characterAt, lastingPlace, placeAfter, rootOf, sameRoot } from "./text_place.js";

const REST_MS = 150; // without a scroll event: the scrolling is over
const FIND_MS = 60; // between two looks for what is read while the pointer moves
const INPUT_MS = 400; // from a key, wheel or finger to the scrolling that it causes
const PARTS = "main > *, .call, .take, .text, .agree, .notices";
const SCROLLING_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " ", "Tab"]);

let place = null; // {node, offset, tops, exact, scroll}: what is read, where it is to stand, and where it stood
let pointer = null; // {clientX, clientY} of the mouse
let input = { at: -Infinity, target: null }; // the last key, wheel or finger
let body = null; // of the column that was scrolled last
let next = null; // a timer until what is read is looked for again
let rest = null; // a timer while the page is being scrolled
let room = 0; // px above the page's content that nothing needs

/** Something else is about to scroll the page on purpose: what it scrolls to is what is read. */
export function letScroll() {
  body = null;
  if (!rest) setAnchoring("auto");
  clearTimeout(rest);
  rest = setTimeout(endScrolling, REST_MS);
}

function endScrolling() {
  rest = null;
  setAnchoring("none");
  find();
  if (room && place && window.scrollY > 0) giveRoomBack();
}

/** Give back the room above; text that was scrolled away there does not return. */
function giveRoomBack() {
  setRoom(room - window.scrollY);
  scrollBack();
}

/** Let the browser hold a place that it chooses itself, or not: of two that scroll back, one scrolls too far. */
function setAnchoring(value) {
  document.documentElement.style.overflowAnchor = value;
}

/** Return the place that is read, {node, offset}, or null. */
export function readingPlace() {
  if (rest || !isKnown()) find();
  return place;
}

/** Return whether what is being read stands in `part`. */
export const isRead = (part) => Boolean(place && part.contains(place.node));

/** Remember where the word that is read stands while `old` is replaced; the returned function scrolls it back there. */
export function holdPlace(old) {
  hold(); // what has moved it before is not forgotten
  const read = readingPlace();
  const isInside = read && old.contains(read.node);
  const root = isInside ? rootOf(read.node) : null;
  const count = isInside ? charactersBefore(root, read.node, read.offset) : 0;
  if (read) remember(topsOf(read));
  return (fresh) => {
    if (!read || read !== place) return;
    if (isInside) {
      const text = sameRoot(root, old, fresh);
      const same = text && placeAfter(text, count);
      if (!same) return find();
      Object.assign(place, same);
    }
    scrollBack();
  };
}

/** Return where the word stands, and where the body of its column does, which may scroll by itself: {text, body}. */
function topsOf({ node, offset }) {
  const around = node.parentElement.closest(".body");
  const text = (node.nodeType === Node.TEXT_NODE ? characterAt({ node, offset }) : node).getBoundingClientRect().top;
  return { text, body: around ? around.getBoundingClientRect().top : text };
}

/** Return by how many px what is read has moved since `before`: inside a body that scrolls by itself, that body. */
function movedBy(before) {
  const around = place.node.parentElement.closest(".body");
  const kind = around && around.scrollHeight > around.clientHeight + 1 ? "body" : "text";
  return topsOf(place)[kind] - before[kind];
}

function remember(tops) {
  place.tops = tops;
  place.exact = tops;
  place.scroll = window.scrollY;
}

function scrollBack() {
  const wanted = place.tops;
  const moved = movedBy(wanted);
  if (Math.abs(moved) > 0.5) {
    setRoom(room - moved - window.scrollY); // the page cannot be scrolled to above its beginning
    window.scrollBy({ top: movedBy(wanted), behavior: "instant" });
  }
  remember(topsOf(place));
  const isRounded = (kind) => Math.abs(place.exact[kind] - wanted[kind]) < 1;
  place.tops = { ...place.exact }; // halves of pixels do not add up
  for (const kind in wanted) if (isRounded(kind)) place.tops[kind] = wanted[kind];
}

/** Leave as much room above the page's content, in px, where less than before stands above what is read. */
function setRoom(wanted) {
  const next = Math.max(0, Math.round(wanted));
  if (next === room) return;
  room = next;
  document.getElementById("main").style.marginTop = room ? `${room}px` : "";
}

/** Return by how many px it has moved, what was scrolled left out. */
const movedInLayout = () => movedBy(place.exact) + window.scrollY - place.scroll;

/** Return whether something is being read, and still there. */
const isKnown = () => Boolean(place?.node.isConnected && place.node.parentElement.closest(TEXTS));

/** Scroll back what has moved in the layout; what was scrolled stays so. */
function hold() {
  if (rest) return;
  if (!isKnown()) return find();
  if (Math.abs(movedInLayout()) > 0.1) scrollBack();
}

function find() {
  const found = atPointer(pointer) ?? inBody(body) ?? atLine();
  place = found && lastingPlace(found);
  if (place) remember(topsOf(place));
}

/** Find soon what is read now, and hold until then what was. */
function findSoon() {
  next ??= setTimeout(() => {
    next = null;
    hold();
    find();
  }, FIND_MS);
}

function take(node, offset) {
  place = lastingPlace({ node, offset });
  remember(topsOf(place));
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
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"])
    document.addEventListener(type, noteInput, { capture: true, passive: true });
  document.addEventListener("scroll", noteScroll, { capture: true, passive: true });
  document.addEventListener("pointermove", notePointer, { passive: true });
  document.addEventListener("pointerleave", () => (pointer = null));
  document.addEventListener("selectionchange", noteSelection);
  document.addEventListener("focusin", noteFocus);
  document.addEventListener("click", (event) => event.target.closest("a[href*='#']") && letScroll(), true);
}

function noteInput(event) {
  if (event.type === "keydown" && (!SCROLLING_KEYS.has(event.key) || event.target.matches("input, textarea, select")))
    return;
  // A press scrolls only where it grips the scroll bar.
  const at = event.type === "pointerdown" && event.target !== document.documentElement ? -Infinity : performance.now();
  input = { at, target: event.target };
}

function noteScroll({ target }) {
  const isInput = performance.now() - input.at < INPUT_MS;
  if (target !== document) {
    if (!isInput || !target.contains(input.target)) return;
    body = target.closest(".body");
    return findSoon();
  }
  if (rest || isInput || isScrolledElsewhere()) letScroll();
}

/** Return whether the page was scrolled without a change of its layout, and not from here. */
function isScrolledElsewhere() {
  if (!place?.node.isConnected) return true;
  return Math.abs(movedInLayout()) <= 0.1 && Math.abs(window.scrollY - place.scroll) > 1;
}

function notePointer(event) {
  if (event.pointerType !== "mouse") return;
  pointer = event;
  if (event.target.closest?.(READ)) findSoon();
}

function noteSelection() {
  const { focusNode, focusOffset, isCollapsed } = getSelection();
  if (isCollapsed || !focusNode?.parentElement?.closest(READ)) return;
  if (focusNode.nodeType === Node.TEXT_NODE) take(focusNode, focusOffset);
}

function noteFocus({ target }) {
  if (!target.closest(READ) || !target.matches(":focus-visible") || target.matches(".body")) return;
  take(target, 0);
}
