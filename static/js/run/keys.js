// Single keys of the run page: j and k go through the findings, 1 to 8 to a column, ? shows what there is. None of them
// counts inside a field, in an input method, with Ctrl, Alt or Cmd, or for whoever turned them off in the settings.
import { goTo } from "./tabs.js";
import { flash } from "./takes.js";

const FINDINGS = "#agreement :is(.contradictions, .points) > li:not(.more)";
const FIELDS = "input, textarea, select, [contenteditable]";
const dialog = document.getElementById("keys");

let last = null; // the finding that was gone to

const isTyping = (event) =>
  event.isComposing || event.keyCode === 229 || event.target.closest?.(FIELDS) || event.target.isContentEditable;

function goToFinding(step) {
  const findings = [...document.querySelectorAll(FINDINGS)];
  if (!findings.length) return;
  const focused = document.activeElement.closest?.(FINDINGS) ?? (last?.isConnected ? last : null);
  const at = findings.indexOf(focused);
  const next = findings[at < 0 ? (step > 0 ? 0 : findings.length - 1) : at + step];
  if (!next) return; // at either end it stays
  last = next;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function goToColumn(number) {
  const column = document.querySelectorAll(".panel > .call")[number - 1];
  if (!column) return;
  goTo(column, { isSmooth: false });
  (column.querySelector(".take:not([hidden]) .body") ?? column).focus({ preventScroll: true });
  flash(column);
}

function perform(key) {
  if (key === "j" || key === "k") goToFinding(key === "j" ? 1 : -1);
  else if (/^[1-8]$/.test(key)) goToColumn(Number(key));
  else if (key === "?") dialog.showModal();
  else return false;
  return true;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) dialog.showModal();
});
if ("singleKeys" in document.body.dataset)
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (isTyping(event) || document.querySelector("dialog[open]")) return;
    if (perform(event.key)) event.preventDefault();
  });
