// The new-run form as an address: opened, it fills the form again and runs nothing.
import { copy } from "../common/clipboard.js";
import { show } from "../common/messages.js";

/** Browsers, proxies and this site's server take addresses of about so many characters. */
const LONGEST = 6000;

const form = document.querySelector("[data-compose]");

function address(names) {
  const link = new URL(location.pathname, location.href);
  for (const name of names) {
    const value = form.elements[name]?.value.trim();
    if (value) link.searchParams.set(name, value);
  }
  const models = [...form.querySelectorAll("#setup [name=model]")].map(({ value }) => value.trim());
  if (!link.searchParams.has("preset")) link.searchParams.set("models", models.join(","));
  return link.href;
}

form?.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy-setup]");
  if (!button) return;
  const names = ["preset", "strategy", "judge", "writer"];
  const whole = address([...names, "prompt"]);
  if (whole.length <= LONGEST) return copy(button, whole);
  show("The prompt is too long for an address, so the link has the set-up alone.");
  copy(button, address(names));
});
