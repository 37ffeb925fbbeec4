// Draws what a live call looks up, in the words of apps/web/run/citations.py; the server draws what has ended.
import { fetchSoon } from "./swap.js";

const counted = (count) => `${count} result${count === 1 ? "" : "s"}`;
const address = (url) =>
  url
    .replace(/^https?:\/\//i, "")
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "");

/** Say what a look-up does or did. */
export function wordsOf({ tool, summary, status, sentence, sources }) {
  if (tool !== "web_search" && tool !== "web_fetch") return wordsOfCall(`${tool} ${summary}`.trim(), status, sentence);
  const isSearch = tool === "web_search";
  const what = isSearch ? `“${summary}”` : address(summary);
  if (status === "done") return isSearch ? `searched ${what} · ${counted(sources.length)}` : `read ${what}`;
  if (status === "running") return isSearch ? `searches ${what} …` : `reads ${what} …`;
  if (status === "cancelled") return `stopped: ${isSearch ? "search for" : "reading"} ${what}`;
  return `${isSearch ? "search" : "page"} ${what}: ${sentence}`;
}

/** Say what a call of a connected tool does or did. */
function wordsOfCall(what, status, sentence) {
  const words = { done: `called ${what}`, running: `calls ${what} …`, cancelled: `stopped: call of ${what}` };
  return words[status] ?? `call of ${what}: ${sentence}`;
}

/** Draw the look-ups of a call in its column, if it is there. */
export function drawLookups(call) {
  const list = document.getElementById(`call-${call.id}`)?.querySelector(".lookups");
  if (!list || !call.lookups.length) return;
  list.hidden = false;
  list.replaceChildren(...call.lookups.map(item));
}

/** Draw a look-up that begins or ends, and the list of sources where its chips lead. */
export function lookedUp(call, lookup) {
  drawLookups(call);
  if (lookup.sources.length) fetchSoon("sources");
}

function item(lookup) {
  const line = document.createElement("li");
  line.dataset.status = lookup.status;
  const words = lookup.link ? linked(lookup) : wordsOf(lookup);
  line.append(words, ...lookup.sources.flatMap((source) => [" ", chip(source)]));
  return line;
}

function linked(lookup) {
  const link = document.createElement("a");
  const away = { rel: "noopener noreferrer nofollow", referrerPolicy: "no-referrer" };
  return Object.assign(link, { href: lookup.link, textContent: wordsOf(lookup), ...away });
}

function chip({ number, url, title }) {
  const link = document.createElement("a");
  Object.assign(link, { className: "cite", href: `#source-${number}`, title: title || url, textContent: number });
  return link;
}
