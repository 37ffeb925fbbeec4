// A list of runs asks for itself when it hears of a change, but not while a search or an earlier asking is on its way,
// whose answer may be from before the change: it then asks once more. What it asked for before is no part of another.
// It has all rows then that it had.
let isMissed = false;

document.body.addEventListener("htmx:configRequest", ({ detail: { elt, formData } }) => {
  if (elt.id === "history") formData.set("rows", elt.querySelectorAll("tr.run").length);
});

document.body.addEventListener("htmx:confirm", ({ detail: { elt } }) => {
  if (elt.id === "history") isMissed = true;
});

document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt.id === "history") isMissed = false;
});

document.body.addEventListener("htmx:afterRequest", ({ detail: { target, successful } }) => {
  if (target.id === "history" && successful && isMissed)
    setTimeout(() => htmx.trigger(document.body, "historyChanged"));
});

document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.id !== "history") return;
  for (const poll of target.querySelectorAll("[data-poll]")) htmx.trigger(poll, "htmx:abort");
});
