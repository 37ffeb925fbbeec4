// Enter in a small field presses the button beside it, instead of sending the whole form.
document.addEventListener("keydown", (event) => {
  const button = event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.dataset?.enter;
  if (!button) return;
  event.preventDefault();
  document.getElementById(button)?.click();
});
