// The box in the head of a list of runs selects all of its rows, and says whether all, some or none are.
// The bar above the list says how many.
const boxes = () => [...document.querySelectorAll('#history input[name="run"]')];

document.body.addEventListener("change", ({ target }) => {
  const all = document.querySelector("[data-pick-all]");
  if (!all) return;
  if (target === all) for (const box of boxes()) box.checked = all.checked;
  const picked = boxes().filter((box) => box.checked).length;
  all.checked = picked > 0 && picked === boxes().length;
  document.querySelector("[data-picked]").textContent = `${picked} selected`;
  all.indeterminate = picked > 0 && !all.checked;
});
