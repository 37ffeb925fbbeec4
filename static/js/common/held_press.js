// A press that has to wait for something on its way to the server. Its button says so; pressed again, it waits once.
/** Hold a form back, at its `submit` event, until a promise is kept: then it is sent as it stands. */
export function holdBack(event, isReady) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target: form, submitter } = event;
  if ("held" in form.dataset) return;
  form.dataset.held = "yes";
  const button = submitter ?? form.querySelector("button:not([type=button])");
  const { ariaDisabled, textContent } = button;
  Object.assign(button, { ariaDisabled: "true", textContent: "Saving …" });
  isReady.then(() => {
    delete form.dataset.held;
    Object.assign(button, { ariaDisabled, textContent });
    // Pressed, since htmx sends the value of a button that it was told of last.
    if (submitter) submitter.click();
    else form.requestSubmit();
  });
}
