// A <details class="menu"> closes on Escape and on a click elsewhere; a question asked from it leaves it open.
const opened = () => (document.querySelector("dialog[open]") ? [] : document.querySelectorAll("details.menu[open]"));

document.addEventListener("click", (event) => {
  for (const menu of opened()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of opened()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
