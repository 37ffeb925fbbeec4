// What a fold fetches when it is opened first: where that fails, it is fetched when the fold is opened once more.
document.body.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (successful || !elt.isConnected || !/^toggle\b.* once$/.test(elt.getAttribute("hx-trigger"))) return;
  const again = elt.cloneNode(true); // htmx knows nothing of it, and that the other has had its turn
  const wait = again.querySelector("p");
  if (wait) wait.textContent = "This could not be loaded. Close it and open it again.";
  const isFocused = elt.contains(document.activeElement);
  elt.replaceWith(again);
  if (isFocused) again.querySelector("summary")?.focus({ preventScroll: true });
  window.htmx.process(again);
});
