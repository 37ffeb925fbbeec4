// Enter that ends the composing of a word (Chinese, Japanese, Korean) is none for a form: it sends and saves nothing.
window.addEventListener(
  "keydown",
  (event) => {
    // Safari ends the composing before it reports the key, which then has the code of one that an input method took.
    if (event.key !== "Enter" || !(event.isComposing || event.keyCode === 229)) return;
    event.stopImmediatePropagation();
    if (!event.isComposing) event.preventDefault();
  },
  { capture: true },
);
