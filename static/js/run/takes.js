// What a reader can do with the columns: turn between takes, collapse to a strip, expand, follow a letter.
import { onSwap } from "./swap.js";

const SIZES = { strip: "Collapse", full: "Expand" };

const turned = new Map(); // letters → the take that was turned to, and the newest one then

document.addEventListener("click", (event) => {
  const turn = event.target.closest("[data-turn]");
  if (turn) return turnBy(turn.closest(".call"), Number(turn.dataset.turn));
  const size = event.target.closest("[data-size-to]");
  if (size) return resize(size.closest(".call"), size.dataset.sizeTo);
  const tile = event.target.closest("[data-opens]");
  if (tile) document.getElementById(tile.dataset.opens).open = true;
  const chip = event.target.closest("a.chip[href^='#slot-']:not([data-words]), a.chip[data-words='']");
  if (chip) flash(document.querySelector(chip.hash));
});

function turnBy(column, step) {
  const takes = [...column.querySelectorAll(".take")];
  const take = takes[takes.findIndex((one) => !one.hidden) + step];
  turned.set(column.dataset.slot, [take.id, column.dataset.newest]);
  showTake(take);
  column.dispatchEvent(new CustomEvent("take-shown", { bubbles: true }));
}

// A column that is drawn anew shows the same take as before, unless it has a newer one.
onSwap((column) => {
  if (column.dataset.size) nameSizes(column);
  const [shown, newest] = turned.get(column.dataset.slot) ?? [];
  if (shown && newest === column.dataset.newest) showTake(column.querySelector(`#${shown}`));
});

/** Show a take with all that its column says of it, and hide the others. */
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
  describe(column, take);
}

/** Let the head and the foot of a column speak of the take that is shown: its state, its model, what is to be fused. */
function describe(column, take) {
  const { word, dot, label, maker, toFuse, inFusion } = take.dataset;
  column.querySelector("header .word").textContent = word;
  column.querySelector("header .state .dot").className = `dot ${dot}`;
  column.querySelector("h3").textContent = label;
  const tag = column.querySelector("header .maker");
  tag.textContent = maker;
  tag.hidden = !maker;
  const chosen = column.querySelector("input[name=take]");
  if (!chosen) return;
  chosen.value = toFuse;
  column.querySelector(".in-fusion").textContent = inFusion;
}

/** Give a column a size ("strip" or "full"), or its own again if it has that size already. */
export function resize(column, size) {
  const next = column.dataset.size === size ? "" : size;
  if (next) column.dataset.size = next;
  else delete column.dataset.size;
  nameSizes(column);
  countStrips(column.parentElement);
}

/** Let a panel know of its strips; three or more make place alike. */
function countStrips(panel) {
  const count = panel.querySelectorAll(':scope > [data-size="strip"]').length;
  if (count) panel.dataset.strips = Math.min(count, 3);
  else delete panel.dataset.strips;
}

/** Let the buttons for the sizes say what they would do. */
function nameSizes(column) {
  for (const button of column.querySelectorAll("[data-size-to]")) {
    const isOn = button.dataset.sizeTo === column.dataset.size;
    button.setAttribute("aria-pressed", String(isOn));
    button.ariaLabel = button.title = isOn ? "Restore" : SIZES[button.dataset.sizeTo];
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
