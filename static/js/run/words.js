// Marks words of a column and goes to them, and back to where one came from.
import { letScroll } from "./reading_place.js";
import { goTo } from "./tabs.js";
import { flash, resize, showTake } from "./takes.js";
import { wrapRange } from "./wrap_range.js";

const hasHighlights = "highlights" in CSS;
const wayBack = document.getElementById("back");
let marked = [];
let isKept = false; // after a jump the mark stays until the next one
let origin = null; // {element, top, section}: what was pressed, and where on the screen it stood

/** Mark a range of words, or nothing if it is null. */
export function mark(range) {
  clear();
  isKept = false;
  if (!range) return;
  if (hasHighlights) CSS.highlights.set("quote", new Highlight(range));
  else marked = wrapRange(range, "mark"); // without the highlight API
}

/** Take the mark away, unless one went to it. */
export function unmark() {
  if (!isKept) clear();
}

function clear() {
  if (hasHighlights) CSS.highlights.delete("quote");
  for (const element of marked) element.replaceWith(...element.childNodes);
  marked = [];
}

/** Go from `element` to the words that `find` returns, in the column of `take`. */
export function jump(element, take, find) {
  const section = element.closest("main > section, .half > section");
  origin = { element, top: element.getBoundingClientRect().top, section };
  goToWords(take, find);
  offerReturn(section);
}

/** Go to the words that `find` returns, in the column of `take`, and mark them. */
export function goToWords(take, find) {
  const column = take.closest(".call");
  if (column.dataset.size === "strip") resize(column, "strip");
  take.dataset.whole = ""; // what stands above the words gets its true height before they are gone to
  showTake(take);
  goTo(column, { isSmooth: false });
  const range = find();
  mark(range);
  isKept = true;
  scrollInside(take.querySelector(".body"), range);
  flash(column);
}

function scrollInside(body, range) {
  if (!range) return;
  const inside = body.getBoundingClientRect();
  const words = range.getBoundingClientRect();
  if (body.scrollHeight > body.clientHeight) body.scrollTop += words.top - inside.top - body.clientHeight / 3;
  const now = range.getBoundingClientRect();
  if (now.bottom > innerHeight || now.top < 0) window.scrollBy({ top: now.top - innerHeight / 2 });
}

function offerReturn(section) {
  const { top, bottom } = origin.element.getBoundingClientRect();
  if (top >= 0 && bottom <= innerHeight) return; // it is still in sight
  wayBack.textContent = section.id === "agreement" ? "Back to the agreement" : "Back to the answer";
  wayBack.hidden = false;
}

wayBack.addEventListener("click", () => {
  letScroll();
  wayBack.hidden = true;
  const { element, top, section } = origin;
  if (!element.isConnected) return document.getElementById(section.id)?.scrollIntoView({ behavior: "instant" });
  window.scrollBy({ top: element.getBoundingClientRect().top - top, behavior: "instant" });
  element.focus({ preventScroll: true });
});
