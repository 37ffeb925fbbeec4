// The remark that a passage takes a side leads to its contradiction, also to one that the page left for later.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.origin[href^='#finding-']");
  const more = document.querySelector("#agreement .contradictions .more a");
  if (!link || !more || document.getElementById(link.hash.slice(1))) return;
  event.preventDefault();
  const isThere = () => document.getElementById(link.hash.slice(1));
  document.body.addEventListener("htmx:afterSettle", () => isThere() && location.assign(link.hash), { once: true });
  more.click();
});
