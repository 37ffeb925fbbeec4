// The settings page: a new key is copied with one press.
import { copy } from "../common/clipboard.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button, document.querySelector(button.dataset.copy).value);
});
