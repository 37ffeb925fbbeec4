// Passages to black out in a shared copy are chosen by selecting them on the page: the selection is noted before the
// press on the menu takes it away.
let selected = "";

document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  const text = selection.toString().replace(/\s+/g, " ").trim();
  const at = selection.anchorNode?.parentElement;
  if (text && !at?.closest(".share")) selected = text;
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-redact-selection]");
  if (!button) return;
  const field = button.closest(".redact").querySelector("[data-passages]");
  const lines = field.value.split("\n").filter((line) => line.trim());
  if (selected && !lines.includes(selected)) lines.push(selected);
  field.value = lines.join("\n");
  field.placeholder = selected ? "" : "Select some text on the page first";
  field.focus();
});
