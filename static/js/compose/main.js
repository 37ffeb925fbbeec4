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

  // The answer that draws the settings anew has an estimate of its own: one on its way would show the settings from
  // before the press, and one that is asked for meanwhile knows what the press did not, so it is asked for again.
  let isStale = false;
  form.addEventListener("htmx:beforeRequest", (event) => {
    const { id } = event.detail.target;
    if (id === "setup") htmx.trigger(form, "htmx:abort");
    if (id === "setup" || id === "facts") isStale = id === "facts";
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target.id === "setup" && isStale) htmx.trigger("#dials", "again");
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
