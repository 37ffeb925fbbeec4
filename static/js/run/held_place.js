// The word that is being read: where it stands on the screen, by how much it has moved, and scrolling it back there.
import { TEXTS } from "./place_finding.js";
import { characterAt } from "./text_place.js";

/** {node, offset, tops, exact, scroll}: what is read, where it is to stand, and where it stood; or null. */
export let place = null;

const MOST_PX = 2; // by which a word that is read may move
let room = 0; // px above the page's content that nothing needs

/** Let {node, offset}, or nothing (null), be what is read, where it stands now; with `tops` it is to stand there. */
export function setPlace(found) {
  place = found;
  if (place && !place.tops) remember();
}

/** Return whether what is being read stands in `part`. */
export const isRead = (part) => Boolean(place && part.contains(place.node));

const boxOf = (read) => (read.node.nodeType === Node.TEXT_NODE ? characterAt(read) : read.node).getBoundingClientRect();
const leftOf = (read) => boxOf(read).left;

/** Return where the word stands, and where the body of its column does, which may scroll by itself: {text, body}. */
function topsOf(read) {
  const around = read.node.parentElement.closest(".body");
  const text = boxOf(read).top;
  return { text, body: around ? around.getBoundingClientRect().top : text };
}

/** Return by how many px what is read has moved since `before`: inside a body that scrolls by itself, that body. */
function movedBy(before) {
  const around = place.node.parentElement.closest(".body");
  const kind = around && around.scrollHeight > around.clientHeight + 1 ? "body" : "text";
  return topsOf(place)[kind] - before[kind];
}

/** Let what is read stand where it stands now. */
export function remember() {
  const tops = topsOf(place);
  place.tops = tops;
  place.exact = tops;
  place.scroll = window.scrollY;
}

/** Scroll the page so that what is read stands where it is to stand. */
export function scrollBack() {
  const wanted = place.tops;
  const moved = movedBy(wanted);
  if (Math.abs(moved) > 0.5) {
    setRoom(room - moved - window.scrollY); // the page cannot be scrolled to above its beginning
    window.scrollBy({ top: movedBy(wanted), behavior: "instant" });
  }
  remember();
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

/** Give back the room above; text that was scrolled away there does not return. */
export function giveRoomBack() {
  if (!room) return;
  setRoom(room - window.scrollY);
  scrollBack();
}

/** Change the layout unless what is read would move on the screen; return whether it is changed. */
export function changeAround(change, undo) {
  const [before, left, scroll] = [topsOf(place), leftOf(place), window.scrollY];
  change();
  window.scrollBy({ top: movedBy(before), behavior: "instant" });
  const isMoved = Math.max(Math.abs(movedBy(before)), Math.abs(leftOf(place) - left)) > MOST_PX;
  if (isMoved) {
    undo();
    window.scrollTo({ top: scroll, behavior: "instant" });
  } else remember();
  return !isMoved;
}

/** Return by how many px it has moved, what was scrolled left out. */
export const movedInLayout = () => movedBy(place.exact) + window.scrollY - place.scroll;

/** Return whether something is being read, and still there: words, or what has the focus. */
export const isKnown = () =>
  Boolean(
    place?.node.isConnected && (place.node === document.activeElement || place.node.parentElement.closest(TEXTS)),
  );

/** Return whether the page was scrolled without a change of its layout, and not from here. */
export function isScrolledElsewhere() {
  if (!place?.node.isConnected) return true;
  return Math.abs(movedInLayout()) <= 0.1 && Math.abs(window.scrollY - place.scroll) > 1;
}

/** Let the browser hold a place that it chooses itself, or not: of two that scroll back, one scrolls too far. */
export function setAnchoring(value) {
  document.documentElement.style.overflowAnchor = value;
}
