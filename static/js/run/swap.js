// Fetches parts of the page and puts them in place of the old ones, without moving what is being read.
import { isAtEnd } from "./follow.js";
import { isPressed, onRelease } from "./press.js";
import { holdPlace } from "./reading_place.js";

const WAIT_MS = 120;
const STOPS = "summary, a[href], button, [tabindex='0']"; // where the focus goes when what had it is gone
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

/** Ask for fragments by name ("header", "answer", "agreement", "panel-bar", "bill", "column-A"): in one request. */
export function fetchSoon(...names) {
  const pattern = document.body.dataset.fragments;
  if (!pattern) return;
  for (const name of names) wanted.add(name);
  scheduled ??= setTimeout(async () => {
    const asked = [...wanted];
    wanted.clear();
    scheduled = null;
    await fetchNow(pattern.replace("NAMES", asked.join("+")), asked);
  }, WAIT_MS);
}

async function fetchNow(url, names) {
  const isOvertaken = watchSwaps();
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
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
  preserveUserState(old, fresh);
  old.replaceWith(document.adoptNode(fresh));
  window.htmx?.process(fresh);
  restoreInside(old, fresh);
  restore();
  fresh.getBoundingClientRect(); // lays it out, so that this counts as its part of the frame
  for (const listener of after) listener(fresh);
}

/** Keep the changes of the reader: opened details, unticked boxes, sizes, the focus. */
function preserveUserState(old, fresh) {
  for (const details of old.querySelectorAll("details[id][open]"))
    fresh.querySelector(`#${details.id}`)?.setAttribute("open", "");
  for (const box of old.querySelectorAll("input[type=checkbox][name]")) {
    const same = fresh.querySelector(`input[name="${box.name}"][value="${box.value}"]`);
    if (same && !same.disabled && box.checked !== box.defaultChecked) same.checked = box.checked;
  }
  if (old.dataset.size) fresh.dataset.size = old.dataset.size;
  old.scrolled = [...old.querySelectorAll(".body, .conversation")].map((part) => [part.scrollTop, isAtEnd(part)]);
  const beginsAbove = old.getBoundingClientRect().top < 0 || old.scrolled.some(([top]) => top > 0);
  if (beginsAbove) fresh.dataset.whole = ""; // what stands above the words that are read has its true height at once
  old.focused = old.contains(document.activeElement) ? document.activeElement : null;
  keepLists(old, fresh);
}

/** Findings that were shown in full stay so: the ids of their lists name the judge's call, whose findings stay. */
function keepLists(old, fresh) {
  for (const more of fresh.querySelectorAll("[id] > .more")) {
    const list = old.querySelector(`#${more.parentElement.id}:not(:has(> .more))`);
    if (list) more.parentElement.replaceWith(list);
  }
}

function restoreInside(old, fresh) {
  const parts = fresh.querySelectorAll(".body, .conversation");
  old.scrolled.forEach(([top, wasAtEnd], at) => {
    if (parts[at] && top > 0) parts[at].scrollTop = wasAtEnd ? parts[at].scrollHeight : top;
  });
  if (!old.focused) return;
  const { id, localName, className } = old.focused;
  const same = fresh.contains(old.focused)
    ? old.focused
    : id
      ? document.getElementById(id)
      : [...fresh.querySelectorAll(localName)].find((element) => element.className === className);
  for (const element of [same, ...fresh.querySelectorAll(STOPS)]) {
    element?.focus({ preventScroll: true });
    if (element && element === document.activeElement) return;
  }
}
