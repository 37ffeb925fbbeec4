// Asks in a <dialog> of our own, instead of the browser's, before htmx sends a form that has a question. A page asks
// those whose press comes before this: apps/web/questions.py.

document.body.addEventListener("htmx:confirm", (event) => {
  const { question, yes } = event.detail.elt.elements ?? {};
  if (!question) return;
  event.preventDefault();
  const dialog = document.getElementById("question"); // an answer may have drawn the whole page anew
  dialog.querySelector("p").textContent = question.value;
  dialog.querySelector("[value=yes]").textContent = yes.value;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && send(event.detail); // the newest question counts
  dialog.showModal();
});

/** Send what was asked about. Its part may have been drawn anew meanwhile: htmx sends nothing that is in no page. */
function send({ elt, issueRequest }) {
  if (!elt.isConnected) {
    elt.hidden = true;
    elt.addEventListener("htmx:afterRequest", () => elt.remove(), { once: true });
    document.body.append(elt);
  }
  issueRequest(true);
}
