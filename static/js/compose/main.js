// The new-run form: a key runs the prompt, which grows with its text, examples run or fill it, a press is one run.
import { runsPrompt, shortcut } from "../common/prompt_keys.js";

const YEAR_S = 31_536_000;
const form = document.querySelector("[data-compose]");

if (form) {
  const prompt = form.querySelector("#prompt");
  const button = form.querySelector("[data-run]");
  const growsByItself = CSS.supports("field-sizing", "content");

  const grow = () => {
    if (growsByItself) return;
    prompt.style.height = "auto";
    prompt.style.height = `${prompt.scrollHeight}px`;
  };

  const fill = (text) => {
    prompt.value = text;
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    prompt.focus();
  };

  const release = () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.textContent = "Run";
  };

  form.querySelector("[data-shortcut]").textContent = shortcut;
  prompt.addEventListener("input", grow);
  grow();

  form.addEventListener("keydown", (event) => {
    if (!runsPrompt(event)) return;
    event.preventDefault();
    form.requestSubmit(button);
  });

  form.addEventListener("click", (event) => {
    const example = event.target.closest("button[data-fill]");
    if (!example) return;
    event.preventDefault();
    fill(example.value);
  });

  form.addEventListener("submit", (event) => {
    if (event.submitter !== button && event.submitter?.name !== "example") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Starting …";
  });

  // A cookie remembers whether the settings stand open, so that the server draws them so at once.
  form.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.id !== "settings") return;
      document.cookie = `form-settings=${target.open ? "open" : ""}; path=/; max-age=${YEAR_S}; samesite=lax`;
    },
    true,
  );

  window.addEventListener("pageshow", release); // also when the browser brings the page back from its memory
}
