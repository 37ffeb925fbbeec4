// How far the columns, code and formulas of a part of the page were scrolled, for those of the part that replaces it.
import { isAtEnd } from "./follow.js";
import { charactersBefore, placeAfter, sameRoot } from "./text_place.js";

const SCROLLERS = ".body, .conversation, .scroll, pre, .math.block, .words";

/** Note what is scrolled in `old`, for `scrollAgain`; `same` finds the element that replaces one of them. */
export function scrolledIn(old, same) {
  return [...old.querySelectorAll(SCROLLERS)]
    .filter((part) => part.scrollTop > 0 || part.scrollLeft > 0)
    .map((part) => [
      part,
      part.scrollLeft,
      part.scrollTop,
      isAtEnd(part) ? endIn(part) : null,
      wordIn(part),
      same(part),
    ]);
}

/** Return by how many px a text goes on below its body, less than 0 with room below it; 0 without a text. */
function endIn(body) {
  const text = body.querySelector(".text");
  return text ? text.getBoundingClientRect().bottom - body.getBoundingClientRect().bottom : 0;
}

/** Return where a word at a third of `body` stands: {text, count, top}; null where there is none. */
function wordIn(body) {
  const text = body.querySelector(".text");
  if (!text) return null;
  const line = body.getBoundingClientRect().top + body.clientHeight * 0.3;
  const block = [...text.children].find((one) => one.getBoundingClientRect().bottom > line);
  const count = block && charactersBefore(text, block, 0);
  const place = block && placeAfter(text, count);
  return place && { text, count, top: topIn(body, place) };
}

const topIn = (body, { node }) => node.parentElement.getBoundingClientRect().top - body.getBoundingClientRect().top;

/** Scroll the part that replaces one as far; where that stood at the end of its text or at a word, to there. */
export function scrollAgain(old, fresh, before, left, top, end, word, same) {
  const part = fresh.contains(before) ? before : same; // what has moved there forgot how far it was scrolled
  if (!part) return;
  layOut(part);
  part.scrollLeft = left;
  const wasAtEnd = end !== null && part.matches(".body");
  if (top > 0) part.scrollTop = wasAtEnd ? part.scrollTop + endIn(part) - end : top;
  const place = word && !wasAtEnd && placeAfter(sameRoot(word.text, old, fresh), word.count);
  if (place) part.scrollTop += topIn(part, place) - word.top;
}

/** A block that is not laid out out of sight forgets how far it was scrolled. */
function layOut(scrolled) {
  const block = scrolled.closest(".prose > *");
  if (block) block.style.contentVisibility = "visible";
}

document.addEventListener("scroll", ({ target }) => target !== document && layOut(target), true);
