// Paints the text of live calls by the display's clock: of each only its end, which is parsed anew.
//
// Each column is painted at most 15 times a second, less often where its text is costly to lay out, and once a second
// out of sight. What is due in one frame is painted one after the other until the frame's share is used up; the rest
// waits for the next frame. Formulas and code take long to draw, which no script sees: so each frame is followed by a
// rest as long as its layout and drawing ask for, up to half as many frames as usual.
import { LiveText } from "../markdown/live_text.js";
import { isFinal } from "./fold.js";
import { keepFollowing } from "./follow.js";

const BETWEEN_MS = 66;
const UNSEEN_MS = 1000;
const FRAME_MS = 8; // what painting may take of a frame
const LARGEST_SHARE = 1 / 16; // of the time, for one column
const DRAWING_SHARE = 1 / 5; // of the time, for the frames in which text is painted, with their layout and drawing
const LONGEST_REST_MS = 2 * BETWEEN_MS;
const MOST_FORMATTED = 100_000; // characters; longer texts stream as plain text, as the server will show them

const painted = new WeakMap(); // a live text → what of its call is painted there, and whether it follows
const waiting = new Map(); // ids of calls with something new → the call
const due = new Map(); // ids of calls → when each may be painted again
let timer = null;
let next = Infinity; // when the timer goes off
let isDrawing = false; // what was painted last
let rest = 0; // until when nothing is painted

const inSight = new WeakMap(); // texts → whether they are
const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      inSight.set(target, isIntersecting);
      if (isIntersecting) comeIntoSight(target);
    }
  },
  { rootMargin: "100px" },
);

const dueAt = (id) => due.get(id) ?? 0;

/** Ask for a call of the state to be painted soon. */
export function paintSoon(call) {
  waiting.set(call.id, call);
  if (isFinal(call)) due.delete(call.id);
  schedule();
}

function schedule() {
  if (waiting.size === 0 || isDrawing) return;
  const now = performance.now();
  const at = Math.max(now, rest, Math.min(...[...waiting.keys()].map(dueAt)));
  if (next <= at) return;
  next = at;
  clearTimeout(timer);
  timer = setTimeout(() => {
    next = 0; // until the frame has come
    if (document.hidden) paintDue();
    else requestAnimationFrame(paintDue);
  }, at - now);
}

function paintDue() {
  next = Infinity;
  const start = performance.now();
  const ids = [...waiting.keys()].filter((id) => dueAt(id) <= start).sort((one, other) => dueAt(one) - dueAt(other));
  for (const id of ids) {
    const before = performance.now();
    if (before - start > FRAME_MS) break;
    const wait = paint(waiting.get(id)) ? BETWEEN_MS : UNSEEN_MS;
    waiting.delete(id);
    due.set(id, before + Math.max(wait, (performance.now() - before) / LARGEST_SHARE));
  }
  if (document.hidden) return schedule();
  isDrawing = true;
  setTimeout(() => {
    isDrawing = false; // a frame is drawn before its timers go off
    rest = start + Math.min(LONGEST_REST_MS, (performance.now() - start) / DRAWING_SHARE);
    schedule();
  });
}

function comeIntoSight(text) {
  const done = painted.get(text);
  if (done?.isBehind) keepFollowing(text.closest(".body"), () => {}, done.follows);
  if (done) done.isBehind = false;
  due.delete(Number(text.closest("[data-call]").dataset.call));
  schedule();
}

/** Paint what is new of a call; return whether it can be seen. */
function paint(call) {
  const element = document.getElementById(`call-${call.id}`);
  const text = element?.querySelector(".text.streaming");
  if (!text) return true;
  const done = progress(element, text, call);
  done.isSeen = inSight.get(text) ?? true;
  if (call.reasoning.length > done.reasoning) paintReasoning(element, call, done);
  if (call.text.length > done.text.length) paintText(element, text, call, done);
  if (isFinal(call)) text.removeAttribute("aria-busy");
  return done.isSeen;
}

/** Return what is painted of a call. While the same text is told again, what of it is painted stays. */
function progress(element, text, call) {
  let done = painted.get(text);
  if (!done || done.claim !== call.claim || !done.text.startsWith(call.text.slice(0, done.text.length))) {
    text.replaceChildren();
    element.querySelector(".reasoning .words")?.replaceChildren();
    done = { claim: call.claim, text: "", reasoning: 0, live: new LiveText(text), isBehind: false, follows: true };
    painted.set(text, done);
    sight.observe(text);
  }
  return done;
}

/** Return the number of the start of a call, its claim, of which something is painted in a text; else undefined. */
export const paintedClaim = (text) => painted.get(text)?.claim;

function paintText(element, text, call, done) {
  const isLong = call.text.length > MOST_FORMATTED;
  if (!done.text) element.querySelector(".waits")?.remove();
  const change = () => (isLong ? text.append(call.text.slice(done.text.length)) : done.live.show(call.text));
  if (done.isSeen)
    done.follows = keepFollowing(element.querySelector(".body"), change, done.isBehind ? done.follows : null);
  else change(); // to ask where it stands would lay out what is not shown
  done.isBehind = !done.isSeen;
  done.text = call.text;
}

function paintReasoning(element, call, done) {
  const box = element.querySelector(".reasoning");
  if (!box) return;
  box.hidden = false;
  const waits = element.querySelector(".waits");
  if (waits) waits.textContent = "reasons";
  box.querySelector(".words").append(call.reasoning.slice(done.reasoning));
  done.reasoning = call.reasoning.length;
}
