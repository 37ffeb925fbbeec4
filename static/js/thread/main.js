// The field below a run or a thread: a key asks, once, and not before the turn above it has ended.
// A page that was opened before the newest turn was asked says that there is one.
import { runsPrompt, shortcut } from "../common/prompt_keys.js";

const EVERY_MS = 5000;

const form = document.querySelector("[data-go-on]");
const state = document.querySelector("[data-thread-state]");

if (form) {
  const button = form.querySelector("[data-run]");
  const waits = document.getElementById("go-on-waits");
  const isFinal = () => !["queued", "running"].includes(document.getElementById("run-header").dataset.status);

  form.querySelector("[data-shortcut]").textContent = shortcut;

  const mark = () => {
    const isReady = isFinal() && !form.dataset.sent;
    if (isReady) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
    waits.hidden = waits.hidden && isFinal(); // what stood there keeps its place, or the end of the page would move
    waits.style.visibility = isFinal() ? "hidden" : "";
  };

  form.addEventListener("keydown", (event) => {
    if (!runsPrompt(event)) return;
    event.preventDefault();
    form.requestSubmit(button);
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent || !isFinal()) return event.preventDefault();
    form.dataset.sent = "yes";
    button.textContent = "Starting …";
    mark();
  });

  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    button.textContent = "Ask";
    mark();
  });
  // The header is drawn anew by other scripts when the turn ends.
  new MutationObserver(mark).observe(document.body, { childList: true });

  // A column's button chooses its answer and goes to the field; without scripts it leads to the form of a new run.
  document.addEventListener("click", (event) => {
    const { goOnFrom } = event.target.closest?.("[data-go-on-from]")?.dataset ?? {};
    const choice = goOnFrom && form.querySelector(`[name="earlier_answers"][value="${goOnFrom}"]`);
    if (!choice) return;
    event.preventDefault();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("textarea").focus();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("a[href='#go-on']")) return;
    event.preventDefault();
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("textarea").focus();
  });
}

if (state) {
  setInterval(async () => {
    const notice = document.querySelector("[data-thread-state]"); // drawn anew when the thread is shared
    if (document.hidden || !notice) return;
    const answer = await fetch(notice.dataset.threadState, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { newest } = await answer.json();
    notice.hidden = newest === notice.dataset.newest;
  }, EVERY_MS);
}
