// Asks in a <dialog> of our own, instead of the browser's, before a request with `hx-confirm`.
const dialog = document.getElementById("question");

document.body.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  dialog.querySelector("p").textContent = event.detail.question;
  dialog.querySelector("[value=yes]").textContent = event.detail.elt.dataset.confirmLabel || "Yes";
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
