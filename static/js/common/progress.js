// A line that tells how far a long download or an import is. The request has a token, by which the line is asked for.
const EACH_MS = 700;
const PATIENCE_S = 42; // for the beginning: a download that is refused never begins

export function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Tell in a line how far the request with a token is, until it is over or has not begun within some seconds. */
export async function follow(line, token, beginning, patience = PATIENCE_S) {
  const url = line.dataset.progress.replace("TOKEN", token);
  line.dataset.token = token;
  line.hidden = false;
  line.textContent = beginning;
  for (let misses = 0; misses * EACH_MS < patience * 1000 && line.dataset.token === token;) {
    await new Promise((resolve) => setTimeout(resolve, EACH_MS));
    const told = await ask(url);
    if (line.dataset.token !== token) return;
    if (!told) misses += 1;
    else if (told.text) line.textContent = told.text;
    if (told?.is_over && told.text) return; // the line says how it ended
    if (told?.is_over) break;
  }
  line.hidden = true;
}

async function ask(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    return response.status === 200 ? await response.json() : null;
  } catch {
    return null;
  }
}
