// The sticky header: its height for everything that must stay clear of it, and whether the socket lives.
import { onSwap } from "./swap.js";

const WORDS = {
  reconnecting: "reconnecting …",
  "signed out": "signed out: reload the page",
  gone: "this run is gone",
};

const isNarrow = matchMedia("(max-width: 760px)"); // there only the rail sticks
let connection = "live";

const measure = new ResizeObserver(([entry]) => {
  const height = entry.borderBoxSize[0].blockSize;
  if (getComputedStyle(entry.target).position !== "sticky") return; // a low window: nothing sticks
  document.body.style.setProperty("--head", `${Math.round(height)}px`);
});

/** Keeps `--head` true, also when the header is replaced. */
export function fitHeader() {
  const watch = () => {
    measure.disconnect();
    const header = document.getElementById("run-header");
    measure.observe(isNarrow.matches ? header.querySelector(".rail") : header);
  };
  watch();
  isNarrow.addEventListener("change", watch);
  onSwap((part) => {
    if (part.id !== "run-header") return;
    watch();
    showConnection(connection);
  });
}

/** Says beside the stages that the page does not hear from the run. */
export function showConnection(state) {
  connection = state;
  const tag = document.getElementById("connection");
  tag.hidden = !WORDS[state];
  tag.textContent = WORDS[state] ?? "";
}
