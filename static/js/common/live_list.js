// Lists that move by themselves: htmx asks for their changes, while somebody can see them, and their moments grow old.
import { isOfLiveList } from "./polls.js";

const MINUTE_S = 60;
const HOUR_S = 3600;
const EVERY_MS = 20_000;

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (isOfLiveList(event.detail) && document.hidden) event.preventDefault();
});

// Signed out, one is led to the login page, which is no part of a list.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (isOfLiveList(event.detail) && !xhr.getResponseHeader("FusionWeb-Fragments")) event.detail.shouldSwap = false;
});

/** A list names a thread once, by its newest turn: the row of an older one goes. */
function dropOlderTurns() {
  const seen = new Set();
  for (const row of document.querySelectorAll("#run-rows > [data-thread]")) {
    if (seen.has(row.dataset.thread)) row.remove();
    seen.add(row.dataset.thread);
  }
}

document.body.addEventListener("htmx:afterSettle", dropOlderTurns);

/** Write moments anew, as the server does; from 12 hours on they are days, which stay. */
function age() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const passed = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (passed < MINUTE_S || passed >= 12 * HOUR_S) continue;
    time.textContent =
      passed < HOUR_S ? `${Math.floor(passed / MINUTE_S)} min ago` : `${Math.floor(passed / HOUR_S)} h ago`;
  }
}

setInterval(age, EVERY_MS);
