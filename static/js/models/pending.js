// A choice that was entered before its list was there is still to come: the form waits for it, and is then sent.
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    const pending = [...document.querySelectorAll("model-picker")].filter(
      ({ wantsFirst, field }) => wantsFirst && field.form === form,
    );
    if (!pending.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    Promise.all(pending.map(({ loaded }) => loaded)).then(
      () => form.requestSubmit(submitter),
      () => undefined, // nothing is sent with another model than the one that was entered: the list says why
    );
  },
  true,
);
