// Fetches parts of the page and puts them in place of the old ones, without moving what is being read.
import { dressCode } from "../markdown/code_blocks.js";
import { isLogin, tellSignedOut } from "../common/messages.js";
import { isPressed, onRelease } from "../common/press.js";
import { preserveUserState } from "./reader_state.js";
import { holdPlace, watchSizes } from "./reading_place.js";

const WAIT_MS = 120;
const FRAME_MS = 8; // what putting parts in place may take of a frame

const wanted = new Set();
const coming = new Map(); // ids → elements that are yet to be put in place
const after = [];
let scheduled = null;
let frame = null; // in which putting in place goes on
let swaps = 0;

/** Return a function that says whether parts were put in place since: then what was asked for before may be older. */
export function watchSwaps() {
  const before = swaps;
  return () => swaps !== before;
}

/** Ask in one request for fragments by name: "header", "answer", "agreement", "sources", "bill", "column-A", … */
export function fetchSoon(...names) {
  if (!document.body.dataset.fragments) return;
  for (const name of names) wanted.add(name);
  scheduled ??= setTimeout(async () => {
    const asked = [...wanted];
    wanted.clear();
    scheduled = null;
    await fetchNow(addressOf(asked), asked);
  }, WAIT_MS);
}

/** Return the address of parts, with the versions of answer and analysis that are being read. */
function addressOf(names) {
  const { fragments, versions } = document.body.dataset;
  return `${fragments.replace("NAMES", names.join("+"))}${versions ? `?${versions}` : ""}`;
}

async function fetchNow(url, names) {
  const isOvertaken = watchSwaps();
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (isLogin(response.url)) return tellSignedOut(); // what is typed stays
    if (response.redirected || response.status === 404) return location.reload();
    if (!response.ok) throw new Error(`status ${response.status}`);
    const html = await response.text();
    if (isOvertaken()) fetchSoon(...names);
    else swap(html);
  } catch {
    setTimeout(() => fetchSoon(...names), 2000); // the server is away; what is shown stays
  }
}

/** Call `listener(element)` for each part that was put in place. */
export const onSwap = (listener) => after.push(listener);

/**
 * Replaces every element of `html` that has an id that is on the page, as many in one frame as its share allows: eight
 * long columns that end together would hold the page for longer than can be overlooked.
 */
export function swap(html) {
  swaps += 1;
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const parts = [...body.children].sort(headerLast);
  for (const fresh of parts) coming.delete(fresh.id); // what comes again goes to the end
  for (const fresh of parts) coming.set(fresh.id, fresh);
  if (frame === null || document.hidden) putInPlace(); // a hidden page has no frames
}

// The header says whether anything is live, which is compared with what the other parts say.
const headerLast = (one, other) => (one.id === "run-header") - (other.id === "run-header");

function putInPlace() {
  const start = performance.now();
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(putInPlace); // goes on, also after a part that could not be put in place
  for (const [id, fresh] of coming) {
    if (!document.hidden && performance.now() - start > FRAME_MS) return;
    const old = document.getElementById(id);
    if (old && isPressed(old)) continue; // waits for its click
    coming.delete(id);
    if (old) replace(old, fresh);
  }
  cancelAnimationFrame(frame);
  frame = null;
}

onRelease(() => {
  if (coming.size && frame === null) putInPlace();
});

function replace(old, fresh) {
  const restore = holdPlace(old);
  document.adoptNode(fresh);
  dressCode(fresh); // before it is there: what is drawn once need not be held twice
  const giveBack = preserveUserState(old, fresh);
  old.replaceWith(fresh);
  window.htmx?.process(fresh);
  restore(fresh, giveBack()); // lays it out, so that this counts as its part of the frame
  watchSizes(fresh);
  for (const listener of after) listener(fresh);
}
