// Rulings: words that are typed into a field of one choice pick that choice.
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-picks]")) return;
  const choice = target.closest("fieldset").querySelector(`input[type=radio][value="${target.dataset.picks}"]`);
  choice.checked = target.value.trim() !== "" || choice.checked;
});
