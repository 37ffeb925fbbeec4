// Quotes: hover or focus marks the exact words in their column; a press opens what stands around them, a second
// one goes there.
import { findSpan } from "./spans.js";
import { jump, mark, unmark } from "./words.js";

// A column's take, or the fused answer that is shown.
const takeOf = ({ dataset: { quoteCall: id } }) =>
  document.getElementById(`call-${id}`) ?? document.querySelector(`[data-answer="${id}"]`);

function rangeOf(quote) {
  const text = takeOf(quote)?.querySelector(".text");
  return text ? findSpan(text, quote.dataset.needle, Number(quote.dataset.nth)) : null;
}

function showWords(range) {
  mark(range);
  range?.startContainer.parentElement.scrollIntoView({ block: "center" });
}

const quoteAt = (event) => event.target.closest?.("button.quote");

document.addEventListener("click", (event) => {
  const quote = quoteAt(event);
  if (!quote) return;
  if (quote.getAttribute("aria-expanded") === "true") {
    const take = takeOf(quote);
    if (take?.closest(".call")) jump(quote, take, () => rangeOf(quote));
    else if (take) showWords(rangeOf(quote));
    return;
  }
  quote.setAttribute("aria-expanded", "true");
  quote.nextElementSibling.hidden = false;
});
for (const type of ["mouseover", "focusin"]) {
  document.addEventListener(type, (event) => {
    const quote = quoteAt(event);
    if (quote) mark(rangeOf(quote));
  });
}
for (const type of ["mouseout", "focusout"])
  document.addEventListener(type, (event) => {
    if (quoteAt(event)) unmark();
  });
