// A line that tells how far a long download or an import is. The request has a token, by which the line is asked for.
const EACH_MS = 700;
const MOST_MISSES = 60;

export function newToken() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function follow(line, token, beginning) {
  const url = line.dataset.progress.replace("TOKEN", token);
  line.dataset.token = token;
  line.hidden = false;
  line.textContent = beginning;
  // The request may take a while to begin, as an upload does; a download that is refused never begins.
  for (let misses = 0; misses < MOST_MISSES && line.dataset.token === token;) {
    await new Promise((resolve) => setTimeout(resolve, EACH_MS));
    const told = await ask(url);
    if (line.dataset.token !== token) return;
    if (!told) misses += 1;
    else if (told.text) line.textContent = told.text;
    if (told?.is_over) return;
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
