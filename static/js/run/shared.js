// A shared page whose link is revoked shows nothing any more, also where it is open: it is loaded anew, and not found.
const EVERY_MS = 4000; // it shows nothing any more within five seconds

export function watchShare() {
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look); // one that was hidden has not looked meanwhile
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(document.body.dataset.shared, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.status === 404) location.reload();
}
