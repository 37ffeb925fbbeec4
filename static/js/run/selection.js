// "Fuse again" appears when the columns that are ticked, or the takes that they show, differ from what was fused. The
// server says which take is fused while another is shown: it has the one definition.
import { onSwap } from "./swap.js";

function chosenTakes() {
  const boxes = [...document.querySelectorAll("input[name=slot][form='fuse-again']:checked")];
  const takes = boxes.map((box) => box.closest(".call").querySelector("input[name=take]").value);
  return takes.filter(Boolean);
}

const slotOf = (id) => document.getElementById(`call-${id}`)?.dataset.slot;

function update() {
  const form = document.getElementById("fuse-again");
  if (!form) return;
  const chosen = chosenTakes();
  const fused = form.dataset.fused.split(",").filter(Boolean);
  form.hidden = chosen.length === 0 || chosen.toSorted().join() === fused.toSorted().join();
  if (fused.length > 0) describe(form, chosen, fused);
}

/** Say what a press would do: include more columns, or fuse another selection. */
function describe(form, chosen, fused) {
  const added = chosen.filter((id) => !fused.includes(id)).map(slotOf);
  const isMore = fused.every((id) => chosen.includes(id)) && added.length > 0;
  const named = added
    .sort()
    .join(", ")
    .replace(/, (?=[^,]*$)/, " and ");
  form.querySelector("button").textContent = isMore ? `Include ${named} and fuse again` : "Fuse again";
  form.querySelector("span").textContent = isMore
    ? `${named} ${added.length > 1 ? "are" : "is"} not in the answer.`
    : "You changed what is to be fused.";
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[form='fuse-again']")) update();
});
document.addEventListener("take-shown", update);
onSwap(update);
update();
