// Tells screen readers that a column starts and ends, and what was paged to; tokens are not announced.
const NAMES = {
  judge: "The judge",
  synthesis: "The writer",
  check: "The check",
  ranking: "A review",
  preference: "A review",
};
const HOLD_MS = 800;

let sentences = [];
let scheduled = false;

/** Say that something happened to a call, together with what happens in the same moment. */
export function announce(call, what) {
  const label = document.getElementById(`call-${call.id}`)?.dataset.label ?? "";
  const name = NAMES[call.role] ?? `Column ${call.slot}${label ? `, ${label},` : ""}`;
  say(`${name} ${what}.`);
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
