// A second press on the same button sends a form no second time while the answer to the first is on its way: two keys,
// two batches, or a refusal of the name that the first one has just taken. What htmx sends is htmx's.
const DOWNLOAD_MS = 5000; // its answer leaves the page as it is
const LONGEST_MS = 30_000; // where the page is still there then, the answer may have been stopped, as with Esc

const sent = new Map(); // forms → { submitter: the button that sent them, until: when it may again }

/** An import may take minutes, and a line tells how far it is; a download leaves the page as it is. */
const isUnderWay = ({ dataset }) =>
  !("download" in dataset) && document.getElementById(dataset.progressForm)?.hidden === false;

window.addEventListener(
  "submit",
  (event) => {
    const last = sent.get(event.target);
    if (!last || last.submitter !== event.submitter) return;
    if (performance.now() > last.until && !isUnderWay(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // nobody else hears of it
  },
  true,
);

// At the end, where those have had their say that hold a form back.
window.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  const wait = "download" in form.dataset ? DOWNLOAD_MS : LONGEST_MS;
  sent.set(form, { submitter, until: performance.now() + wait });
});
window.addEventListener("input", ({ target }) => sent.delete(target.form)); // what it would send is another thing now
window.addEventListener("pageshow", () => sent.clear()); // also when the browser brings the page back from its memory
