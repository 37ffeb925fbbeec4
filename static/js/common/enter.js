// Enter in a small field presses the button beside it, instead of sending the whole form.
// A typed model is easy to replace.
document.addEventListener("keydown", (event) => {
  const button = event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.dataset?.enter;
  if (!button) return;
  event.preventDefault();
  document.getElementById(button)?.click();
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("input[data-pick]")) event.target.select();
});
