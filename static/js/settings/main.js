// The settings pages: a new key is copied with one press; a download and an import tell how far they are.
import { copy } from "../common/clipboard.js";
import { follow, newToken } from "../common/progress.js";

const UPLOAD_S = 1800; // a large archive on a slow line

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button, document.querySelector(button.dataset.copy).value);
});

document.addEventListener("change", ({ target }) => {
  if (!target.dataset.mostBytes) return;
  target.form.elements.progress.value = ""; // another archive is another import
  const isLarge = (target.files[0]?.size ?? 0) > Number(target.dataset.mostBytes);
  target.setCustomValidity(isLarge ? "The archive is too large for this page." : "");
  target.reportValidity();
});

document.addEventListener("submit", ({ target }) => {
  const line = document.getElementById(target.dataset.progressForm);
  if (!line) return;
  const isUpload = target.enctype === "multipart/form-data";
  const { progress } = target.elements;
  // Pressed again while it goes on, an import is told by its token; each download is one of its own.
  progress.value = (isUpload && progress.value) || newToken();
  if (isUpload) follow(line, progress.value, "Uploading …", UPLOAD_S);
  else follow(line, progress.value, "Beginning …");
});
