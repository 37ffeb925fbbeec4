// Tells screen readers that a column starts and ends, and what was paged to; tokens are not announced.
import { nameOf } from "./roles.js";

const HOLD_MS = 800;

let sentences = [];
let scheduled = false;

/** Say that something happened to a call, together with what happens in the same moment. */
export function announce(call, what) {
  const label = document.getElementById(`call-${call.id}`)?.dataset.label ?? "";
  say(`${nameOf(call, label)} ${what}.`);
}

/** Say a sentence, together with what else is said in the same moment. */
export function say(sentence) {
  sentences.push(sentence);
  if (scheduled) return;
  scheduled = true;
  setTimeout(sayAll, HOLD_MS);
}

function sayAll() {
  document.getElementById("announcer").textContent = sentences.join(" ");
  sentences = [];
  scheduled = false;
}
