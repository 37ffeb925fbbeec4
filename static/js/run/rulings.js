// Rulings: words that are typed into a field of one choice pick that choice. A ruling is saved when its field is left,
// as by a press on what reads the rulings: that waits for what is being saved.
import { holdBack } from "../common/held_press.js";

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-picks]")) return;
  const choice = target.closest("fieldset").querySelector(`input[type=radio][value="${target.dataset.picks}"]`);
  choice.checked = target.value.trim() !== "" || choice.checked;
});

const isSaving = () => document.querySelector("#ruling-form.htmx-request") !== null;

/** Wait until nothing is being saved: what waits in the queue goes as soon as one is answered. */
function saved() {
  return new Promise((done) => {
    const look = () =>
      setTimeout(() => {
        if (isSaving()) return;
        document.body.removeEventListener("htmx:afterRequest", look);
        done();
      });
    document.body.addEventListener("htmx:afterRequest", look);
  });
}

document.addEventListener(
  "submit",
  (event) => {
    if (event.target.matches("[data-reads-rulings]") && isSaving()) holdBack(event, saved());
  },
  true,
);
