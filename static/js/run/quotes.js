// Quotes: hover or focus marks the exact words in their column; a press opens what stands around them, a second
// one goes there.
import { findSpan } from "./spans.js";
import { goTo } from "./tabs.js";
import { flash, resize, showTake } from "./takes.js";

const hasHighlights = "highlights" in CSS;
let marked = [];
let isKept = false; // after a jump the mark stays until the next one

function rangeOf(quote) {
  const take = document.getElementById(`call-${quote.dataset.quoteCall}`);
  const text = take?.querySelector(".text");
  return text ? [take, findSpan(text, quote.dataset.needle, Number(quote.dataset.nth))] : [null, null];
}

function mark(range) {
  unmark();
  isKept = false;
  if (!range) return;
  if (hasHighlights) CSS.highlights.set("quote", new Highlight(range));
  else marked = wrap(range);
}

function unmark() {
  if (hasHighlights) CSS.highlights.delete("quote");
  for (const element of marked) element.replaceWith(...element.childNodes);
  marked = [];
}

/** Without the highlight API: a <mark> around each piece of text in the range. */
function wrap(range) {
  const walker = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  const nodes = range.commonAncestorContainer.nodeType === Node.TEXT_NODE ? [range.commonAncestorContainer] : [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (range.intersectsNode(node)) nodes.push(node);
  return nodes.map((node) => {
    const piece = document.createRange();
    piece.setStart(node, node === range.startContainer ? range.startOffset : 0);
    piece.setEnd(node, node === range.endContainer ? range.endOffset : node.length);
    const element = document.createElement("mark");
    piece.surroundContents(element);
    return element;
  });
}

function jump(quote) {
  const [take, range] = rangeOf(quote);
  if (!take) return;
  const column = take.closest(".call");
  if (column.dataset.size === "strip") resize(column, "strip");
  take.dataset.whole = ""; // what stands above the words gets its true height before they are gone to
  showTake(take);
  goTo(column, { isSmooth: false });
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

const quoteAt = (event) => event.target.closest?.("button.quote");

document.addEventListener("click", (event) => {
  const quote = quoteAt(event);
  if (!quote) return;
  if (quote.getAttribute("aria-expanded") === "true") return jump(quote);
  quote.setAttribute("aria-expanded", "true");
  quote.nextElementSibling.hidden = false;
});
for (const type of ["mouseover", "focusin"]) {
  document.addEventListener(type, (event) => {
    const quote = quoteAt(event);
    if (quote) mark(rangeOf(quote)[1]);
  });
}
for (const type of ["mouseout", "focusout"])
  document.addEventListener(type, (event) => {
    if (quoteAt(event) && !isKept) unmark();
  });
