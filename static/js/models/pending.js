// A model that was entered before its list was there is still to be chosen: the form waits for it, and is then sent.
// Where no model is found it is not sent with another one: the list is shown, which says why.

/** Show again the list in which a text was entered that chose nothing. */
function showAgain(picker) {
  picker.wantsFirst = false;
  picker.box.focus();
  picker.box.value = picker.typed;
  picker.open(picker.typed);
}

document.addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter } = event;
    const pickers = [...document.querySelectorAll("model-picker")];
    const pending = pickers.filter(({ wantsFirst, field }) => wantsFirst && field.form === form);
    if (!pending.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await Promise.allSettled(pending.map(({ coming }) => coming));
    const missed = pending.find(({ wantsFirst }) => wantsFirst);
    if (missed) showAgain(missed);
    else form.requestSubmit(submitter);
  },
  true,
);
