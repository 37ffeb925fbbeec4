// What is painted of calls that still stream, for the part of the page that replaces it: the server draws it empty,
// and painted anew it would take the reader to its end.
import { paintedClaim } from "./columns.js";

/** Move painted texts and reasonings of live calls from `old` to `fresh`, where that draws the same start of them. */
export function keepStreams(old, fresh) {
  for (const text of fresh.querySelectorAll(".text.streaming")) {
    const call = text.closest("[data-call]");
    const before = old.querySelector(`#${call.id}`);
    const painted = before?.querySelector(".text.streaming");
    if (!painted || isAnotherStart(call.dataset, paintedClaim(painted))) continue;
    text.replaceWith(painted);
    const reasoning = before.querySelector(".reasoning");
    if (reasoning) call.querySelector(".reasoning").replaceWith(reasoning);
    const waits = before.querySelector(".waits");
    call.querySelector(".waits")?.replaceWith(...(waits ? [waits] : []));
  }
}

/** Return whether a call was queued again after the start, by its claim, that is painted, or that nothing is. */
function isAnotherStart({ claim, status }, painted) {
  if (painted === undefined) return true;
  return Number(claim) > painted || (Number(claim) === painted && status === "queued");
}
