// The sticky header: its height for everything that must stay clear of it, and whether the socket lives.
import { scrollsAway } from "./prompt_fold.js";
import { onSwap } from "./swap.js";

const WORDS = {
  reconnecting: "reconnecting …",
  offline: "offline",
  "signed out": "signed out: reload the page",
  gone: "this run is gone",
};
const LOST = "Connection lost. Reconnecting … The run continues on the server.";
const OFFLINE = "You are offline. The run continues on the server, and this page catches up when you are back.";
const PATIENCE_MS = 3_000; // a short break is not worth a word

const isNarrow = matchMedia("(max-width: 760px)"); // there only the rail sticks
let headHeight = 0; // px
let connection = "live";
let patience = null;

const measure = new ResizeObserver(([entry]) => {
  const sticks = getComputedStyle(entry.target).position === "sticky"; // in a low window nothing does
  const away = isNarrow.matches ? 0 : scrollsAway(entry.target);
  entry.target.style.top = away ? `${-away}px` : "";
  const height = sticks ? Math.round(entry.borderBoxSize[0].blockSize) - away : 0;
  // Nothing that the texts inherit: on a long page all their elements would be styled anew.
  document.documentElement.style.scrollPaddingTop = `calc(${height}px + var(--s-4))`;
  headHeight = height;
  for (const part of document.querySelectorAll(".tabs, #agreement")) fitBelow(part);
});

const fitBelow = (part) => part.style.setProperty("--head", `${headHeight}px`);

/** Keep true what must stay clear of the header, also when that is replaced. */
export function fitHeader() {
  const watch = () => {
    measure.disconnect();
    const header = document.getElementById("run-header");
    measure.observe(isNarrow.matches ? header.querySelector(".rail") : header);
  };
  watch();
  isNarrow.addEventListener("change", watch);
  onSwap((part) => {
    if (part.id === "agreement") fitBelow(part);
    if (part.id !== "run-header") return;
    watch();
    showConnection(connection);
  });
}

/** Say beside the stages that the page does not hear from the run, and after a while in a whole sentence. */
export function showConnection(state) {
  if (state === "gone" && "shared" in document.body.dataset) return location.reload(); // its link was closed
  connection = state;
  if (state === "offline") tellOffline();
  else tellLost(state === "reconnecting");
  const tag = document.getElementById("connection");
  tag.hidden = !WORDS[state];
  tag.textContent = WORDS[state] ?? "";
}

function tellOffline() {
  clearTimeout(patience);
  patience = null;
  document.getElementById("lost").textContent = OFFLINE;
}

function tellLost(isLost) {
  const banner = document.getElementById("lost");
  if (isLost)
    return void (patience ??= setTimeout(() => {
      banner.textContent = LOST;
    }, PATIENCE_MS));
  clearTimeout(patience);
  patience = null;
  banner.textContent = "";
}
