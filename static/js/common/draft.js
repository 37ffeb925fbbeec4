// Keeps what is typed into a form at the server, so that a reload, a restart or another device finds it again.
// Forms say where with data-draft. Files stay here: a browser would not give them back either.
const AFTER_MS = 400;

for (const form of document.querySelectorAll("form[data-draft]")) keep(form);

function keep(form) {
  let timer = null;
  let isChanged = false;

  const fields = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };

  /** Send what has changed since. While the page goes away only a beacon gets through, of at most 64 KB. */
  const save = async (isLeaving = false) => {
    clearTimeout(timer);
    if (!isChanged || "sent" in form.dataset) return;
    isChanged = false;
    if (isLeaving) return void navigator.sendBeacon(form.dataset.draft, fields());
    const answer = await fetch(form.dataset.draft, { method: "POST", body: fields() }).catch(() => null);
    if (!answer?.ok) isChanged = true;
  };

  const saveSoon = () => {
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(() => save(), AFTER_MS);
  };

  form.addEventListener("input", saveSoon);
  form.addEventListener("change", saveSoon);
  form.addEventListener("htmx:afterSettle", (event) => event.detail.target.id === "setup" && saveSoon());
  document.addEventListener("visibilitychange", () => document.hidden && save(true));
  // Before the next page is asked for, which may be this one; a phone tells of its going alone.
  window.addEventListener("beforeunload", () => save(true));
  window.addEventListener("pagehide", () => save(true));
}
