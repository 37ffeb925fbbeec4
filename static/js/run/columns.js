// Paints the text of live calls: only what is new, at most about 15 times a second, never parsed twice.
import { isFinal } from "./fold.js";
import { keepFollowing } from "./follow.js";
import { parserInto, write } from "./renderer.js";

const BETWEEN_MS = 66;
const MOST_FORMATTED = 100_000; // characters; longer texts stream as plain text, as the server will show them

const painted = new WeakMap(); // a call's element → {claim, text, reasoning, parser}
const waiting = new Set();
let last = 0;
let scheduled = false;

/** Asks for a call of the state to be painted soon. */
export function paintSoon(call) {
  waiting.add(call);
  if (scheduled) return;
  scheduled = true;
  const wait = Math.max(0, last + BETWEEN_MS - performance.now());
  setTimeout(() => (document.hidden ? paintAll() : requestAnimationFrame(paintAll)), wait);
}

function paintAll() {
  scheduled = false;
  last = performance.now();
  const calls = [...waiting];
  waiting.clear();
  calls.forEach(paint);
}

function paint(call) {
  const element = document.querySelector(`[data-call="${call.id}"]`);
  const text = element?.querySelector(".text.streaming");
  if (!text) return;
  const done = progress(element, text, call);
  if (call.reasoning.length > done.reasoning) paintReasoning(element, call, done);
  if (call.text.length > done.text) paintText(element, text, call, done);
  if (isFinal(call)) text.removeAttribute("aria-busy");
}

function progress(element, text, call) {
  let done = painted.get(element);
  const isShorter = done && (call.text.length < done.text || call.reasoning.length < done.reasoning);
  if (!done || done.claim !== call.claim || isShorter) {
    text.replaceChildren();
    element.querySelector(".reasoning .words")?.replaceChildren();
    done = { claim: call.claim, text: 0, reasoning: 0, parser: parserInto(text) };
    painted.set(element, done);
  }
  return done;
}

function paintText(element, text, call, done) {
  const fresh = call.text.slice(done.text).replaceAll("\0", "\ufffd");
  const waits = element.querySelector(".waits");
  if (waits) waits.remove();
  const paintFresh = () => (call.text.length > MOST_FORMATTED ? text.append(fresh) : write(done.parser, fresh));
  keepFollowing(element.querySelector(".body"), paintFresh);
  done.text = call.text.length;
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
