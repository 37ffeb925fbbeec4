// Turns a run's events into what the page shows: state by fold.js, text by columns.js, finished parts from the server.
import { announce } from "./announce.js";
import { paintSoon } from "./columns.js";
import { apply, emptyState, isFinal } from "./fold.js";
import { showConnection } from "./header.js";
import { offerAnswer } from "./answer_toast.js";
import { drawLookups, lookedUp } from "./lookups.js";
import { forgetPace, noteSign } from "./pace.js";
import { follow } from "./socket.js";
import { partOf } from "./roles.js";
import { fetchSoon, onSwap } from "./swap.js";

const AGAIN_MS = 400;
const WORDS = { cancelled: "stopped", too_slow: "cut", capped: "cap reached" }; // as the server words it, by code
const SECTIONS = ["header", "answer", "agreement", "panel-bar", "sources", "bill", "earlier-answers"];

let state = null;
let socket = null;

/** Return the text of a call that is still streaming, or undefined. */
export const liveText = (id) => state?.calls.get(Number(id))?.text;

/** Follow a run for as long as something in it is live. */
export function startStore(run) {
  state = emptyState(run);
  socket = follow(run, { onEvents: (events) => events.forEach(dispatch), onState: showConnection });
  syncFromServer(document);
  onSwap(syncFromServer);
  followIfLive();
}

function followIfLive() {
  const header = document.getElementById("run-header");
  if (header.dataset.live === "true") socket.open();
  else socket.close();
}

/** Learn of the calls in a part of the page; what the database calls final stays so. */
function syncFromServer(part) {
  for (const element of part.querySelectorAll("[data-call]")) {
    const { call: id, claim, status, stage, role, slot, take } = element.dataset;
    const known = state.calls.get(Number(id));
    const drawn = {
      id: Number(id),
      claim: Number(claim),
      status,
      stage,
      role,
      slot,
      take: Number(take),
      text: "",
      reasoning: "",
      lookups: [],
    };
    if (!known || isNewer(drawn, known)) state.calls.set(drawn.id, drawn);
    else if (!isFinal(drawn)) show(known);
    if (known && isFinal(known) && !isFinal(drawn) && drawn.claim <= known.claim) askAgain(partOf(known));
  }
  if (part.id === "run-header") {
    if (isFinal(state) && !isFinal(part.dataset)) askAgain(...SECTIONS);
    // The run ended unheard.
    if (part.dataset.live !== "true" && hasOpenCall()) fetchSoon(...SECTIONS.slice(1), ...columns());
    followIfLive();
  }
  if (part.id === "answer") offerAnswer(part);
}

/** Return whether the database knows more of a call: that it has ended, or was queued again after its last start. */
function isNewer(drawn, known) {
  if (drawn.claim < known.claim) return false;
  return isFinal(drawn) || (drawn.status === "queued" && known.status === "running");
}

/** An event is appended just before its transaction commits, so the server may have drawn what was before it. */
function askAgain(...names) {
  setTimeout(() => fetchSoon(...names), AGAIN_MS);
}

/** Draw a call of which more is known than what the server has drawn. */
function show(call) {
  if (call.status === "running") showStarted(call);
  drawLookups(call);
  paintSoon(call);
}

function dispatch(event) {
  if (event.type === "resync") return refresh();
  const call = apply(state, event);
  if (event.type === "run.started" || event.type === "run.ended") fetchSoon(...SECTIONS);
  if (!call) return;
  if (event.type === "call.started") started(call);
  else if (event.type === "call.tool") lookedUp(call, event.lookup);
  else if (event.type === "call.ended") ended(call, event.failure?.code);
  else heard(call);
}

/** Ask for every part of the page anew. */
export const refresh = () => fetchSoon(...SECTIONS, ...columns());

const hasOpenCall = () => [...state.calls.values()].some((call) => !isFinal(call));

const columns = () =>
  [...document.querySelectorAll(".call[data-slot]")].map((column) => `column-${column.dataset.slot}`);

const elementOf = (call) => document.getElementById(`call-${call.id}`);

function started(call) {
  if (!elementOf(call)) fetchSoon(partOf(call), "header", "answer");
  show(call);
  announce(call, "started");
}

function heard(call) {
  noteSign(call);
  paintSoon(call);
}

function ended(call, code) {
  forgetPace(call);
  paintSoon(call);
  const isRetake = document.getElementById("run-header").dataset.status !== "running"; // the answer then says so
  fetchSoon(partOf(call), "header", "panel-bar", "sources", "bill", ...(isRetake ? ["answer"] : []));
  announce(
    call,
    call.status === "done" ? "is finished" : call.status === "cancelled" ? (WORDS[code] ?? "stopped") : call.status,
  );
}

function showStarted(call) {
  const element = elementOf(call);
  if (!element || element.dataset.status === "running") return;
  element.dataset.status = "running";
  const timer = element.querySelector(".timer") ?? element.closest("section, article").querySelector(".timer");
  if (timer && call.started) timer.dataset.since = call.started;
  const waits = element.querySelector(".waits");
  if (waits) waits.textContent = "waits for the first token";
  element.dataset.word = "running";
  element.dataset.dot = "live";
  const sign = element.closest(".call")?.querySelector("header .state");
  if (!sign || element.hidden) return;
  sign.querySelector(".dot").className = "dot live";
  sign.querySelector(".word").textContent = "running";
}
