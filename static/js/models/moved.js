// Parts of a page are redrawn while somebody types in a picker: it is moved into the new part, or the part has its own.

/** Show the list again after a move: what leaves the page leaves its top layer too. */
export function goOn(picker) {
  if (!picker.isOpen) return;
  picker.panel.showPopover();
  picker.replace();
}

/** Close the list if the focus is elsewhere by now; the picker that took this one's place goes on with its text. */
export function leave(picker) {
  const { box, typed, wantsFirst } = picker;
  const focused = document.activeElement;
  if (!picker.isOpen || focused === box) return;
  const { selectionStart, selectionEnd } = box;
  picker.close();
  if (focused?.id !== box.id) return;
  const heir = focused.closest("model-picker");
  if (typed) focused.value = typed;
  heir.open(typed);
  heir.wantsFirst = wantsFirst;
  focused.setSelectionRange(selectionStart, selectionEnd);
}
