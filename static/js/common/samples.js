// Samples in several languages: one choice for all of them, and for the next page.
import { copy } from "./clipboard.js";

const KEY = "language";

function choose(language) {
  document.documentElement.dataset.language = language;
  for (const sample of document.querySelectorAll("[data-sample]"))
    sample.classList.toggle("chosen", sample.dataset.sample === language);
  for (const button of document.querySelectorAll("[data-language]:is(button)"))
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-language]:is(button)");
  if (button) {
    localStorage.setItem(KEY, button.dataset.language);
    choose(button.dataset.language);
  }
  const copying = target.closest("[data-copy-sample]");
  if (copying) copy(copying, copying.closest(".samples").querySelector(".chosen").textContent);
});

const chosen = () => localStorage.getItem(KEY) ?? "curl";
document.addEventListener("htmx:afterSwap", () => choose(chosen()));
choose(chosen());
