// What somebody types, chooses or opens in a part of a page while an answer that replaces the part is on its way. The
// server drew it from what was sent: what has changed since goes into the same field, if it holds what was sent. A part
// that asks for itself sends nothing: what was typed there, at any time, goes into the field that is drawn as before.
import { isPoll } from "./polls.js";

const FIELDS = "input:not([type=hidden], [type=file]), select, textarea";

const sent = new WeakMap(); // requests → the values in their part then, by key
const around = new WeakMap(); // requests → the values in the form of their part then, other parts of which may come too
const since = new WeakMap(); // requests whose answer is here → {id of the part, values, keys of open folds, caret}

const isBox = (field) => field.matches("[type=checkbox], [type=radio]");
const valueOf = (field) => (isBox(field) ? field.checked : field.value);
const drawnOf = (field) => {
  if (isBox(field)) return field.defaultChecked;
  if (!field.matches("select")) return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
};

/** Return what is in a part by keys that it has again when it is drawn anew: in a slot, with the same model. */
function keyed(part, kind, nameOf) {
  const found = new Map();
  for (const one of part.querySelectorAll(kind)) {
    if (one.closest("model-picker")) continue; // keeps its text itself
    const model = one.closest(".slot")?.querySelector("[name=model]").value ?? "";
    let number = 0;
    const key = () => `${model} ${nameOf(one)} ${number}`;
    while (found.has(key())) number += 1;
    found.set(key(), one);
  }
  return found;
}

const named = (field) => (!field.closest(".slot") && field.id) || field.name;
const fieldsOf = (part) => keyed(part, FIELDS, (field) => `${named(field)} ${isBox(field) ? field.value : ""}`);
const foldsOf = (part) => keyed(part, "details[id]", (fold) => (fold.closest(".slot") ? fold.className : fold.id));

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const { xhr, target } = detail;
  const known = isPoll(detail) ? drawnOf : valueOf;
  const values = (part) => new Map([...fieldsOf(part)].map(([key, field]) => [key, known(field)]));
  if (target.id) sent.set(xhr, values(target));
  if (target.closest("form")) around.set(xhr, values(target.closest("form")));
});

let drawnFrom = null; // of the answer that is being put into the page

document.addEventListener("htmx:beforeSwap", ({ detail: { xhr, target } }) => {
  drawnFrom = around.get(xhr);
  const before = sent.get(xhr);
  if (!before) return;
  const fields = [...fieldsOf(target)].map(([key, field]) => [key, valueOf(field)]);
  const open = [...foldsOf(target)].filter(([, fold]) => fold.open);
  since.set(xhr, {
    id: target.id,
    values: fields.filter(([key, value]) => before.has(key) && before.get(key) !== value),
    folds: open.map(([key]) => key),
    caret: caretIn(document.activeElement),
  });
});

/** Return where one writes, as arguments of `setSelectionRange`; none where that is no field of text. */
const caretIn = ({ selectionStart: start = null, selectionEnd: end }) => (start === null ? null : [start, end]);

document.addEventListener("htmx:afterSwap", ({ detail: { xhr } }) => {
  const { id, values, folds, caret } = since.get(xhr) ?? {};
  const part = document.getElementById(id);
  if (!part) return;
  const [fields, drawn] = [fieldsOf(part), foldsOf(part)];
  for (const key of folds) drawn.get(key)?.setAttribute("open", "");
  for (const [key, value] of values) {
    const field = fields.get(key);
    if (!field || valueOf(field) !== sent.get(xhr).get(key)) continue;
    field[isBox(field) ? "checked" : "value"] = value;
    if (caret && field === document.activeElement) field.setSelectionRange(...caret);
  }
});

// The server is told of what came back into a field as of what is typed there.
document.addEventListener("htmx:afterSettle", ({ detail: { xhr } }) => {
  const { id, values } = since.get(xhr) ?? {};
  since.delete(xhr);
  if (values?.length) document.querySelector(`#${id} .dial`)?.dispatchEvent(new Event("change", { bubbles: true }));
});

// A row of a list that comes with another answer stays ticked, and a text that comes with one as it was typed since.
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
  const fresh = fieldsOf(fragment);
  for (const [key, field] of fieldsOf(target)) {
    const same = fresh.get(key);
    if (!same) continue;
    if (isBox(field)) same.checked = field.checked !== field.defaultChecked ? field.checked : same.checked;
    else if (drawnFrom?.has(key) && same.value === drawnFrom.get(key)) same.value = field.value;
  }
});
