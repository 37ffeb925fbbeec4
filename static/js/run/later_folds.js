// What a fold fetches when it is opened first: where that fails, it is fetched when the fold is opened once more.
document.body.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (!successful && elt.matches("[hx-trigger='toggle from:closest details once']"))
    queueMicrotask(() => askAgain(elt)); // what htmx says of the failure after this is heard only in the page
});

function askAgain(elt) {
  if (!elt.isConnected) return;
  const again = elt.cloneNode(true); // htmx knows nothing of it, and that the other has had its turn
  const wait = again.querySelector("p");
  if (wait) wait.textContent = "This could not be loaded. Close it and open it again.";
  elt.replaceWith(again);
  window.htmx.process(again);
}
