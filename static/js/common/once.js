// A second press on the same button sends a form no second time while the answer to the first is on its way: two keys,
// two batches, or a refusal of the name that the first one has just taken. What htmx sends is htmx's.
const WAIT_MS = 5000; // an answer that is a file leaves the page as it is

const sent = new Map(); // forms → the button that sent them

window.addEventListener(
  "submit",
  (event) => {
    if (!sent.has(event.target) || sent.get(event.target) !== event.submitter) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // nobody else hears of it
  },
  true,
);

// At the end, where those have had their say that hold a form back.
window.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  sent.set(form, submitter);
  setTimeout(() => sent.delete(form), WAIT_MS);
});
window.addEventListener("pageshow", () => sent.clear()); // also when the browser brings the page back from its memory
