// What a reader can do with the columns: turn between takes, collapse to a strip, expand, follow a letter.
const SIZES = { strip: "Collapse", full: "Expand" };

document.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-turn]");
  if (turn) return turnBy(turn.closest(".call"), Number(turn.dataset.turn));
  const size = event.target.closest("[data-size-to]");
  if (size) return resize(size.closest(".call"), size.dataset.sizeTo);
  const chip = event.target.closest("a.chip[href^='#slot-']:not([data-words]), a.chip[data-words='']");
  if (chip) flash(document.querySelector(chip.hash));
});

function turnBy(column, step) {
  const takes = [...column.querySelectorAll(".take")];
  showTake(takes[takes.findIndex((take) => !take.hidden) + step]);
}

/** Show a take and hides the others of its column. */
export function showTake(take) {
  if (!take) return;
  const column = take.closest(".call");
  const takes = [...column.querySelectorAll(".take")];
  const at = takes.indexOf(take);
  takes.forEach((other, index) => {
    other.hidden = index !== at;
  });
  if (takes.length < 2) return;
  column.querySelector(".page").textContent = `${at + 1}/${takes.length}`;
  column.querySelector("[data-turn='-1']").disabled = at === 0;
  column.querySelector("[data-turn='1']").disabled = at === takes.length - 1;
}

/** Give a column a size ("strip" or "full"), or its own again if it has that size already. */
export function resize(column, size) {
  const next = column.dataset.size === size ? "" : size;
  if (next) column.dataset.size = next;
  else delete column.dataset.size;
  for (const button of column.querySelectorAll("[data-size-to]")) {
    const isOn = button.dataset.sizeTo === next;
    button.setAttribute("aria-pressed", String(isOn));
    button.textContent = isOn ? "Restore" : SIZES[button.dataset.sizeTo];
  }
}

/** Draw the eye to a column. */
export function flash(column) {
  if (!column) return;
  delete column.dataset.flash;
  requestAnimationFrame(() => {
    column.dataset.flash = "";
  });
  setTimeout(() => delete column.dataset.flash, 1300);
}
