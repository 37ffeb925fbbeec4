// "Fuse again" appears when the chosen columns, or their newest takes, differ from what was fused.
import { onSwap } from "./swap.js";

const DONE = new Set(["done"]);

function chosenCalls() {
  const boxes = document.querySelectorAll("input[form='fuse-again']:checked");
  const columns = [...boxes].map((box) => box.closest(".call"));
  const newest = columns.map((column) => [...column.querySelectorAll(".take")].filter((take) => DONE.has(take.dataset.status)).pop());
  return newest.filter(Boolean).map((take) => take.dataset.call);
}

function update() {
  const form = document.getElementById("fuse-again");
  if (!form) return;
  const chosen = chosenCalls();
  const fused = form.dataset.fused.split(",").filter(Boolean);
  form.hidden = chosen.length === 0 || chosen.toSorted().join() === fused.toSorted().join();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[form='fuse-again']")) update();
});
onSwap(update);
update();
