// The prompt opens in the page and scrolls away with it. Where the header sticks already, it opens as a panel over the
// text, which moves nothing below it and closes as a menu does.
const fold = () => document.getElementById("prompt");
const isOver = () => "promptOver" in document.body.dataset && fold()?.open;

/** Return how much of the header, in px from its top, is to scroll away with the prompt that stands open in it. */
export function scrollsAway(header) {
  const prompt = header.querySelector("#prompt");
  if (!prompt.open || isOver()) return 0;
  const row = header.querySelector(".row");
  return row.offsetTop + row.offsetHeight;
}

function close() {
  fold().open = false;
}

/** Open and close it, from now on. */
export function foldPrompt() {
  document.addEventListener("click", ({ target }) => {
    if (isOver() && !target.closest("#prompt, dialog")) close();
    if (!target.closest("#prompt > summary") || fold().open) return;
    const header = document.getElementById("run-header");
    const sticks = getComputedStyle(header).position === "sticky" && header.getClientRects().length > 0;
    document.body.toggleAttribute("data-prompt-over", sticks && header.getBoundingClientRect().top < 1);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !isOver()) return;
    close();
    fold().querySelector("summary").focus({ preventScroll: true });
  });
}
