// How the columns are drawn: compact, in one row, in a row with one scroll for all. A cookie remembers it, so that the
// server draws it at once.
const YEAR_S = 31_536_000;
const SETTLING_FRAMES = 4; // in which what comes into sight gets its true height
const panel = document.getElementById("panel");

const has = (name) => panel.dataset.view.split(" ").includes(name);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-switch]");
  if (!button) return;
  const name = button.dataset.switch;
  const isOn = !has(name);
  const others = panel.dataset.view.split(" ").filter((one) => one && one !== name);
  panel.dataset.view = (isOn ? [...others, name] : others).join(" ");
  button.setAttribute("aria-pressed", String(isOn !== "reversed" in button.dataset));
  const value = panel.dataset.view.replaceAll(" ", ".");
  document.cookie = `columns=${value}; path=/; max-age=${YEAR_S}; samesite=lax`;
});

// The others follow the column that a person scrolls, not one that a script scrolls to a quote or to its end.
let leader = null;
let share = null; // of what a column hides, how much the leader has scrolled
let frame = null;
let framesLeft = 0;

const bodyAt = ({ target }) => target.closest?.(".call .body") ?? null;
const ahead = (body) => body.scrollHeight - body.clientHeight;

for (const type of ["wheel", "touchstart", "pointerdown", "keydown"])
  panel.addEventListener(
    type,
    (event) => {
      leader = bodyAt(event);
    },
    { capture: true, passive: true },
  );

panel.addEventListener(
  "scroll",
  ({ target }) => {
    if (target !== leader || ahead(leader) < 1) return;
    share = leader.scrollTop / ahead(leader);
    followSoon();
  },
  { capture: true, passive: true },
);
// A column out of sight is not laid out, and catches up when it comes into sight.
panel.addEventListener("contentvisibilityautostatechange", ({ skipped }) => !skipped && followSoon(), true);

function followSoon() {
  if (share === null || !has("row") || has("apart")) return;
  framesLeft = SETTLING_FRAMES;
  frame ??= requestAnimationFrame(follow);
}

function follow() {
  frame = null;
  if (has("apart")) return;
  for (const body of panel.querySelectorAll(".take:not([hidden]) .body"))
    if (body !== leader) body.scrollTop = share * ahead(body);
  framesLeft -= 1;
  if (framesLeft > 0) frame = requestAnimationFrame(follow);
}
