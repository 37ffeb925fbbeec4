// Keeps what is typed into a form at the server, so that a reload, a restart or another device finds it again.
// Forms say where with data-draft. Files stay here: a browser would not give them back either.
import { holdBack } from "./held_press.js";
import { tellSignedOut } from "./messages.js";

const AFTER_MS = 400;
const LONGEST_MS = 10_000; // that a press waits for a draft

for (const form of document.querySelectorAll("form[data-draft]")) keep(form);

function keep(form) {
  let timer = null;
  let isChanged = false;
  let underWay = null; // what can give up the draft that is on its way
  let sending = Promise.resolve(); // one after the other
  const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let number = 0; // of drafts: what the server was working on may be stored after what was sent later

  const fields = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    data.set("draft_page", page);
    data.set("draft_number", (number += 1));
    return data;
  };

  let isToldSignedOut = false; // typing on would bring it back at each pause

  /** Return whether something has changed that is to be sent now; it then counts as sent. */
  const takeChange = () => {
    clearTimeout(timer);
    if (!isChanged || "sent" in form.dataset) return false;
    isChanged = false;
    return true;
  };

  const save = async () => {
    if (!takeChange()) return;
    const own = (underWay = new AbortController());
    const signal = AbortSignal.any([own.signal, AbortSignal.timeout(LONGEST_MS)]);
    const answer = await fetch(form.dataset.draft, { method: "POST", body: fields(), signal }).catch(() => null);
    if (own.signal.aborted) return;
    underWay = null;
    if (answer?.redirected && !isToldSignedOut) tellSignedOut(); // it was led to the login page
    isToldSignedOut = Boolean(answer?.redirected);
    if (!answer?.ok || answer.redirected) isChanged = true;
  };

  /** While the page goes away only a beacon gets through, of at most 64 KB; what is on its way would not, or later. */
  const saveLeaving = () => {
    if (!takeChange() && !underWay) return;
    if (!navigator.sendBeacon(form.dataset.draft, fields())) return saveSoon(); // the page may only be hidden
    underWay?.abort();
    underWay = null;
  };

  const saveSoon = () => {
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(() => (sending = sending.then(save)), AFTER_MS);
  };

  /** A run takes its draft with it: one that is still on its way would come back as what was not sent. */
  const wait = (event) => {
    if (underWay) holdBack(event, sending);
  };

  form.addEventListener("submit", wait, { capture: true });
  form.addEventListener("input", saveSoon);
  form.addEventListener("change", saveSoon);
  form.addEventListener("htmx:afterSettle", (event) => event.detail.target.id === "setup" && saveSoon());
  document.addEventListener("visibilitychange", () => document.hidden && saveLeaving());
  // Before the next page is asked for, which may be this one; a phone tells of its going alone.
  window.addEventListener("beforeunload", saveLeaving);
  window.addEventListener("pagehide", saveLeaving);
}
