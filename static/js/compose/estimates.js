// The estimate beside the button is of the form as it stands. The answer that draws the settings anew has an estimate
// of its own: one on its way would show the settings from before the press, and one that is asked for meanwhile knows
// what the press did not, so it is asked for again. So it is when texts were drawn anew, which have none.
const form = document.getElementById("compose");
let isStale = false;

form?.addEventListener("htmx:beforeRequest", ({ detail: { target } }) => {
  if (target.id === "setup") htmx.trigger(form, "htmx:abort");
  if (target.id === "setup" || target.id === "facts") isStale = target.id === "facts";
});

form?.addEventListener("htmx:afterRequest", ({ detail: { target } }) => {
  if (target.id === "setup" && isStale) htmx.trigger("#dials", "again");
});

form?.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target.id === "more") htmx.trigger("#dials", "again");
});
