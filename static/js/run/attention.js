// Tells who looks elsewhere how the run stands: in the title of the tab, in its icon, and if wanted by a notification.
import { show } from "../common/messages.js";
import { onSwap } from "./swap.js";

const MARKS = { running: "●", done: "✓", failed: "✗", cancelled: "■" };
const KEY = "notify";

const title = document.title;
const icon = document.querySelector("link[rel=icon]");
const plain = icon.href;
let before = null; // the status when it was last looked at
let mark = ""; // a run that had ended before it was opened needs none

/** Keep title and icon true, and say so where nobody looks when the run ends. */
export function watchRun() {
  update();
  onSwap((part) => part.id === "run-header" && update());
  document.addEventListener("click", (event) => event.target.closest("[data-notify]") && choose());
}

function update() {
  const { status, headline } = document.getElementById("run-header").dataset;
  if (status === "running" || before === "running") mark = MARKS[status] ?? "";
  if (before === "running" && status !== "running") notify(headline);
  before = status;
  document.title = mark ? `${mark} ${title}` : title;
  icon.href = (mark && document.body.dataset[`icon${status[0].toUpperCase()}${status.slice(1)}`]) || plain;
  showChoice();
}

const isWanted = () => {
  try {
    return localStorage.getItem(KEY) === "yes" && window.Notification?.permission === "granted";
  } catch {
    return false; // storage may be forbidden
  }
};

function notify(headline) {
  if (!isWanted() || document.visibilityState === "visible") return;
  try {
    const told = new Notification(headline, { body: title, tag: document.body.dataset.run, icon: plain });
    told.onclick = () => window.focus();
  } catch {
    // phones have notifications only for pages that are installed
  }
}

function showChoice() {
  for (const button of document.querySelectorAll("[data-notify]")) {
    button.hidden = !("Notification" in window); // browsers have it on https and on this machine alone
    button.textContent = isWanted() ? "Do not notify me" : "Notify me at the end";
  }
}

/** The browser asks for its permission only now, when somebody wants to be notified. */
async function choose() {
  const wants = !isWanted();
  if (wants && (await Notification.requestPermission()) !== "granted")
    return show("The browser does not allow notifications of this page. Allow them beside its address.", "error");
  try {
    localStorage.setItem(KEY, wants ? "yes" : "no");
  } catch {
    return show("The browser does not let this page remember that.", "error");
  }
  showChoice();
}
