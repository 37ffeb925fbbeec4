// Presses that come quicker than the answers to those before. A part of the form gives a request up for a newer one,
// which tells of all presses since the part was drawn, in their order. Two on one button count once, but for "+ Add".
// Saving a preset is not given up: what is pressed meanwhile is pressed when it is answered.
const ADD = "add";
const SAVE = "save-preset";
const NEXT = { setup: "#add-slot:enabled, #remove-H", more: "#set-name" }; // stops, for a button that is gone

const unanswered = new Map(); // ids of parts → the values of the buttons that were pressed there
const waiting = new Map(); // ids of parts → what presses again

document.addEventListener("htmx:confirm", (event) => {
  const { elt, target, triggeringEvent } = event.detail;
  if (!unanswered.get(target.id)?.includes(SAVE)) return;
  event.preventDefault();
  const press = elt === target ? choosing(triggeringEvent.target) : () => document.getElementById(elt.id)?.click();
  if (elt.value !== SAVE) waiting.set(target.id, [...(waiting.get(target.id) ?? []), press]);
});

/** Return what chooses once more, in the part as it is drawn then, what was chosen in a field. */
function choosing(field) {
  const picker = field.closest("model-picker");
  const { id } = picker?.box ?? field;
  const [chosen, label] = [field.value, picker?.label];
  return () => {
    const drawn = document.getElementById(id);
    const fresh = drawn?.closest("model-picker");
    const its = fresh?.field ?? drawn;
    if (fresh && its.value !== chosen) return fresh.choose({ dataset: { reference: chosen, label } });
    if (its) its.value = chosen;
    its?.dispatchEvent(new Event("change", { bubbles: true }));
  };
}

document.addEventListener("htmx:configRequest", ({ detail: { formData, target } }) => {
  const pressed = formData.getAll("edit");
  const before = (unanswered.get(target.id) ?? []).filter((edit) => edit === ADD || !pressed.includes(edit));
  const edits = [...before, ...pressed];
  unanswered.set(target.id, edits);
  formData.delete("edit");
  for (const edit of edits) formData.append("edit", edit);
});

let left = null; // the part in which the keyboard was

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  left = target.contains(document.activeElement) ? target.id : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (left && document.activeElement === document.body)
    document.querySelector(NEXT[left] ?? "none")?.focus({ preventScroll: true });
  left = null;
});

function forget({ detail: { target } }) {
  const presses = waiting.get(target.id) ?? [];
  unanswered.delete(target.id);
  waiting.delete(target.id);
  setTimeout(() => presses.forEach((press) => press()));
}

document.addEventListener("htmx:beforeSwap", forget);
document.addEventListener("htmx:sendError", forget);
