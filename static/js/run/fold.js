// Folds a run's events into its state, exactly as `apply` of apps/fusion/state.py does. Pure: no DOM, no clock.
//
// Ignored are events of another run, events of a call that has ended (unless a higher claim starts it again), and
// deltas of another claim. A queued call has left its claim behind.
// A call is {id, stage, role, slot, take, model, status, claim, text, reasoning, lookups}.

const FINAL = new Set(["done", "failed", "cancelled"]);

export const isFinal = (call) => FINAL.has(call.status);

/** Return the state of a run of which nothing is known but its id. */
export const emptyState = (run) => ({
  run,
  status: "running",
  answer: null,
  answer_kind: null,
  analysis: null,
  calls: new Map(),
});

/** Change `state` by one event; return the call that it changed, or null. */
export function apply(state, event) {
  if (event.run !== state.run) return null;
  switch (event.type) {
    case "run.started":
      state.status = "running";
      return null;
    case "run.ended":
      state.status = event.status;
      state.answer = event.answer ?? null;
      state.answer_kind = event.answer_kind ?? null;
      state.analysis = event.analysis ?? null;
      return null;
    case "call.started":
      return start(state, event);
    case "call.delta":
      return extend(state, event);
    case "call.arguments":
      return running(state, event); // a sign of life; the page draws tool calls whole, at the call's end
    case "call.tool":
      return lookUp(state, event);
    case "call.ended":
      return end(state, event);
    default:
      return null; // resync changes nothing here
  }
}

/** Return whether anything of the run can still change by itself. */
export const isLive = (state) => !FINAL.has(state.status) || [...state.calls.values()].some((call) => !isFinal(call));

const isOutdated = (event, known) =>
  known !== undefined && (event.claim < known.claim || (isFinal(known) && event.claim === known.claim));

const identified = ({ call, stage = "", role, slot, take, model, claim }, status) => ({
  id: call,
  stage,
  role,
  slot,
  take,
  model,
  claim,
  status,
  text: "",
  reasoning: "",
  lookups: [],
});

function start(state, event) {
  const known = state.calls.get(event.call);
  if (isOutdated(event, known) || (known?.status === "queued" && event.claim === known.claim)) return null;
  const call = { ...identified(event, "running"), started: event.at };
  state.calls.set(call.id, call);
  return call;
}

/** Return the call of an event if the event is of its claim and the call is at work, else null. */
function running(state, { call, claim }) {
  const known = state.calls.get(call);
  return known?.status === "running" && known.claim === claim ? known : null;
}

function extend(state, event) {
  const known = running(state, event);
  if (!known) return null;
  known[event.channel === "reasoning" ? "reasoning" : "text"] += event.text;
  return known;
}

/** Put a look-up in its place by step and ordinal, or in place of what was told of it before. */
function lookUp(state, { lookup, ...event }) {
  const known = running(state, event);
  if (!known) return null;
  const others = (known.lookups ?? []).filter((one) => one.step !== lookup.step || one.ordinal !== lookup.ordinal);
  known.lookups = [...others, lookup].sort((a, b) => a.step - b.step || a.ordinal - b.ordinal);
  return known;
}

function end(state, event) {
  const known = state.calls.get(event.call);
  if (isOutdated(event, known)) return null;
  const call = known ?? identified(event, "queued");
  call.claim = event.claim;
  call.status = event.status;
  call.text = event.text ?? call.text;
  call.lookups = (call.lookups ?? []).map((one) => (one.status === "running" ? { ...one, status: "cancelled" } : one));
  state.calls.set(call.id, call);
  return call;
}
