// The shorter of the answer and what was found stays in sight beside the longer one, once a run has ended: while text
// arrives nothing may stick, or its growth would move what is read. Where little or nothing came of the one, both take
// the whole width. A page on which a run ends is laid out so as soon as that moves nothing that is read there.
import { changeAround } from "./held_place.js";
import { readingPlace } from "./reading_place.js";
import { onSwap } from "./swap.js";

const GAP = 16; // px to the header above and to the window's edge below
const REST_MS = 300; // without scrolling or pointing: what is read now is known
const main = document.getElementById("main");
const header = () => document.getElementById("run-header");
const isOver = () => header().dataset.live !== "true";
const isSettled = () => "settled" in main.dataset;
const cards = () => ["answer", "agreement"].map((id) => document.getElementById(id)).filter(Boolean);
let rest = null; // a timer until the layout of the end is tried
let triedAt = null; // where the page stood when it was tried last, and moved what is read

const heights = new ResizeObserver((entries) => entries.forEach(({ target }) => place(target)));

/** Let a card stick below the header, or with its end above the window's if it is higher than there is room. */
function place(card) {
  const head = getComputedStyle(header()).position === "sticky" ? header().offsetHeight : 0;
  const top = Math.min(head + GAP, innerHeight - card.offsetHeight - GAP);
  const sticks = Math.abs(card.getBoundingClientRect().top - parseFloat(card.style.top)) < 1;
  if (!sticks) card.style.top = `${top}px`; // what opens in a card that sticks opens downwards
}

function watch() {
  heights.disconnect();
  if (isSettled()) for (const card of cards()) heights.observe(card);
}

/** Lay out the page as it is laid out when it is opened now, if the run is over. */
export function placeBeside() {
  if (isOver()) settle();
  watch();
  addEventListener("resize", () => isSettled() && cards().forEach(place));
  document.addEventListener("pointermove", settleSoon, { passive: true });
  document.addEventListener("scroll", () => scrollY !== triedAt && settleSoon(), { passive: true });
  onSwap((part) => {
    if (part.id === "run-header" && !isOver()) delete main.dataset.settled;
    if (["run-header", "answer", "agreement"].includes(part.id)) watch();
    settleSoon();
  });
}

function settle() {
  main.dataset.settled = "";
  main.toggleAttribute("data-stacked", header().dataset.stacked === "true");
  cards().forEach(place);
}

function settleSoon() {
  clearTimeout(rest);
  if (isOver() && !isSettled()) rest = setTimeout(settleInPlace, REST_MS);
}

function settleInPlace() {
  if (!isOver() || isSettled()) return;
  const wasStacked = "stacked" in main.dataset;
  const undo = () => {
    delete main.dataset.settled;
    main.toggleAttribute("data-stacked", wasStacked);
  };
  if (!readingPlace()) settle();
  else triedAt = changeAround(settle, undo) ? null : scrollY; // its own scrolling is no reason to try again
  watch();
}
