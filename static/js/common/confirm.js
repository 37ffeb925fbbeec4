// Asks in a <dialog> of our own, instead of the browser's, before a request with `hx-confirm`.
const dialog = document.getElementById("question");

document.body.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  dialog.querySelector("p").textContent = event.detail.question;
  dialog.querySelector("[value=yes]").textContent = event.detail.elt.dataset.confirmLabel || "Yes";
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && event.detail.issueRequest(true); // the newest question counts
  dialog.showModal();
});
