// Marks the sentences of a text that no source supports, while the box beside their list is ticked.
import { findIn, readText } from "./spans.js";
import { onSwap } from "./swap.js";

const NAME = "unsourced";

/** Mark the sentences of every list that is ticked. */
function markUnsourced() {
  if (!("highlights" in CSS)) return;
  const ranges = [...document.querySelectorAll("[data-mark-unsourced]:checked")].flatMap((box) => {
    const fold = box.closest(".unsourced");
    const text = fold.parentElement.querySelector(".text");
    const read = text && readText(text);
    return read ? [...fold.querySelectorAll("li")].map((item) => findIn(read, item.dataset.needle)) : [];
  });
  CSS.highlights.set(NAME, new Highlight(...ranges.filter(Boolean)));
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-mark-unsourced]")) markUnsourced();
});
onSwap((part) => part.querySelector("[data-mark-unsourced]") && markUnsourced());
markUnsourced(); // what was ticked before this was there
