// "Columns first" or "Answer first": a cookie remembers it, so that the server draws the right order at once.
import { letScroll } from "./reading_place.js";

const ORDER = { columns: ["panel", "answer", "agreement"], answer: ["answer", "agreement", "panel"] };
const YEAR_S = 31_536_000;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-layout]");
  if (!button) return;
  const layout = button.dataset.setLayout;
  document.cookie = `layout=${layout}; path=/; max-age=${YEAR_S}; samesite=lax`;
  for (const other of document.querySelectorAll("[data-set-layout]")) {
    other.setAttribute("aria-pressed", String(other.dataset.setLayout === layout));
  }
  letScroll();
  arrange(layout);
  const turn = document.querySelector(".turn-card.now"); // in a thread others stand above it
  if (turn) turn.scrollIntoView();
  else window.scrollTo({ top: 0 });
});

function arrange(layout) {
  const main = document.getElementById("main");
  main.dataset.layout = layout;
  const bodies = [...main.querySelectorAll(".body")].map((body) => [body, body.scrollTop]);
  const end = document.getElementById("sections-end");
  for (const id of ORDER[layout]) main.insertBefore(document.getElementById(id).closest("main > *"), end);
  for (const [body, top] of bodies) body.scrollTop = top; // moving an element forgets it
}
