// "Fuse again" appears when the chosen columns, or their newest usable takes, differ from what was fused. The server
// says which takes are usable: it has the one definition.
import { onSwap } from "./swap.js";

function chosenCalls() {
  const boxes = document.querySelectorAll("input[form='fuse-again']:checked");
  const columns = [...boxes].map((box) => box.closest(".call"));
  const newest = columns.map((column) =>
    [...column.querySelectorAll(".take")].filter((take) => take.dataset.usable === "true").pop(),
  );
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
