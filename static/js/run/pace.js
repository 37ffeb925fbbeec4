// Says beside each live text how much has come and how fast, and after a while that nothing comes any more.
//
// A vendor counts tokens at the end; until then they are counted by letters, and the speed over the last seconds.
const EVERY_MS = 1000;
const SILENT_S = 5;
const WINDOW_S = 5;
const LETTERS_PER_TOKEN = 4;

const paces = new Map(); // ids of live calls → {letters, last, samples}

/** Take note that something came of a call. */
export function noteSign(call) {
  const now = performance.now();
  const letters = call.text.length + call.reasoning.length;
  const known = paces.get(call.id);
  if (!known || letters < known.letters) paces.set(call.id, { letters, last: now, samples: [] });
  else Object.assign(known, { letters, last: now });
}

/** A call has ended. */
export const forgetPace = (call) => paces.delete(call.id);

// The speed is counted from the first tick on: what came before may be a whole story that was told again.
function tick() {
  const now = performance.now();
  for (const [id, pace] of paces) {
    const place = placeOf(id);
    if (!place) continue;
    pace.samples.push([now, pace.letters]);
    while (pace.samples.length > 2 && now - pace.samples[1][0] >= WINDOW_S * 1000) pace.samples.shift();
    const silent = Math.floor((now - pace.last) / 1000);
    place.classList.toggle("silent", silent >= SILENT_S);
    place.textContent = silent >= SILENT_S ? `silent for ${silent} s` : inWords(pace, now);
  }
}

function inWords({ letters, samples: [[since, before]] }, now) {
  const tokens = Math.ceil(letters / LETTERS_PER_TOKEN);
  const speed = now > since ? ((letters - before) / LETTERS_PER_TOKEN / (now - since)) * 1000 : 0;
  return `≈ ${tokens.toLocaleString("en")} tokens${speed >= 1 ? ` · ${Math.round(speed)} tok/s` : ""}`;
}

/** Where the pace of a call stands: in its column, or in the head of the answer or the analysis. */
function placeOf(id) {
  const element = document.getElementById(`call-${id}`);
  if (!element || element.dataset.status !== "running") return null;
  return element.querySelector(".pace") ?? element.closest("section")?.querySelector("header .pace");
}

setInterval(tick, EVERY_MS);
