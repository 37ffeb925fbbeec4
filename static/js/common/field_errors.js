// What a browser finds wrong with a field stands below it, as what the server finds does, instead of in a bubble.
let focusing = null; // the first of the fields that are found wrong at once gets the focus

const idOf = (field) => `${field.id || field.name}-wrong`;

function show(field) {
  let line = document.getElementById(idOf(field));
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "error", id: idOf(field) });
    line.setAttribute("role", "alert");
    field.after(line);
  }
  line.textContent = field.validationMessage;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", line.id);
}

function forget(field) {
  const line = document.getElementById(idOf(field));
  if (!line || !field.validity.valid) return;
  line.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-errormessage");
}

document.addEventListener(
  "invalid",
  (event) => {
    event.preventDefault();
    show(event.target);
    focusing ??= setTimeout(() => {
      focusing = null;
      document.querySelector("[aria-errormessage]")?.focus();
    });
  },
  true,
);
document.addEventListener("input", ({ target }) => {
  if (target.hasAttribute?.("aria-errormessage")) forget(target);
});
