// The shorter of the answer and what was found stays in sight beside the longer one, on a page that was opened after
// the run had ended: while text arrives nothing may stick, or its growth would move what is read.
import { onSwap } from "./swap.js";

const GAP = 16; // px to the header above and to the window's edge below
const main = document.getElementById("main");
const isOver = () => document.getElementById("run-header").dataset.live !== "true";
const cards = () => ["answer", "agreement"].map((id) => document.getElementById(id)).filter(Boolean);

const heights = new ResizeObserver((entries) => entries.forEach(({ target }) => place(target)));

/** Let a card stick below the header, or with its end above the window's if it is higher than there is room. */
function place(card) {
  const header = document.getElementById("run-header");
  const head = getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
  const top = Math.min(head + GAP, innerHeight - card.offsetHeight - GAP);
  const sticks = Math.abs(card.getBoundingClientRect().top - parseFloat(card.style.top)) < 1;
  if (!sticks) card.style.top = `${top}px`; // what opens in a card that sticks opens downwards
}

function watch() {
  heights.disconnect();
  if ("settled" in main.dataset) for (const card of cards()) heights.observe(card);
}

/** Begin, if the run is over. */
export function placeBeside() {
  if (!isOver()) return;
  main.dataset.settled = "";
  watch();
  addEventListener("resize", () => cards().forEach(place));
  onSwap((part) => {
    if (part.id === "run-header" && !isOver()) delete main.dataset.settled;
    if (["run-header", "answer", "agreement"].includes(part.id)) watch();
  });
}
