// The parts of a combobox of models: a box in place of its field, and a panel, put where there is room for it.
const WIDEST = 760; // px
const GAP = 4; // px between the field and its list, and to the edges of the window

let made = 0;

/** Return the box for a field, which keeps the reference and is not shown; labels and descriptions go to the box. */
export function makeBox(field) {
  const box = field.cloneNode();
  // Another id than the server's field has: htmx gives the attributes of an old element to a new one of its id.
  box.id = `${field.id}-box`;
  box.placeholder = "Search models";
  for (const name of ["name", "list"]) box.removeAttribute(name);
  for (const label of field.labels ?? []) label.htmlFor = box.id;
  for (const name of ["id", "class", "list", "aria-label", "aria-invalid", "aria-describedby"]) {
    field.removeAttribute(name);
  }
  field.type = "hidden";
  return box;
}

/** Return the panel with its list and the note below it, in no document yet. */
export function makePanel() {
  const list = document.createElement("div");
  list.id = `models-${(made += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Models");
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  const panel = document.createElement("div");
  panel.className = "model-list";
  panel.popover = "manual"; // in the top layer no card cuts it off
  panel.append(list, note);
  return { panel, list, note };
}

/** Put the panel below its field, or above it where there is more room. */
export function place(panel, field) {
  const { top, bottom, left, width } = field.getBoundingClientRect();
  const view = window.visualViewport ?? { height: innerHeight, offsetTop: 0 };
  const [above, below] = [top - view.offsetTop, view.offsetTop + view.height - bottom];
  const widest = document.documentElement.clientWidth - 2 * GAP;
  const isBelow = below > 320 || below >= above;
  const across = Math.min(Math.max(width, WIDEST), widest);
  const { style } = panel;
  style.width = `${across}px`;
  style.maxHeight = `${Math.min(460, (isBelow ? below : above) - 3 * GAP)}px`;
  style.left = `${scrollX + Math.max(GAP, Math.min(left, widest + GAP - across))}px`;
  style.top = isBelow ? `${scrollY + bottom + GAP}px` : `${scrollY + top - GAP - panel.offsetHeight}px`;
}
