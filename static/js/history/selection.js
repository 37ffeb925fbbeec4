// The box in the head of a list of runs selects all of its rows, and says whether all, some or none are.
// The bar above the list says how many.
const boxes = () => [...document.querySelectorAll('#history input[name="run"]')];

/** Pick all or none if it is their box that was pressed, and say what is picked. */
function update(pressed) {
  const all = document.querySelector("[data-pick-all]");
  if (!all) return;
  if (pressed === all) for (const box of boxes()) box.checked = all.checked;
  const picked = boxes().filter((box) => box.checked).length;
  all.checked = picked > 0 && picked === boxes().length;
  document.querySelector("[data-picked]").textContent = `${picked} selected`;
  all.indeterminate = picked > 0 && !all.checked;
  document.querySelector("[data-compare]").disabled = picked < 2 || picked > 4;
}

document.body.addEventListener("change", ({ target }) => update(target));
document.body.addEventListener("htmx:afterSettle", () => update()); // rows may have come or gone
update(document.querySelector("[data-pick-all]:checked")); // before this was there: no browser brings ticks back

// What was done to the selection is done: the list that comes then keeps what is ticked.
document.body.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (elt.id === "selection" && successful && !document.querySelector("#marked .bad")) elt.reset();
});

// Two to four selected runs are compared, the oldest of them being the baseline.
document.body.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-compare]");
  if (!button) return;
  const picked = boxes().filter((box) => box.checked);
  location.assign(`${button.dataset.compare}?runs=${picked.map((box) => box.value).reverse()}`);
});
