// Pages between the fused answers and between the analyses: the part is fetched with another one of them. Which one is
// shown goes with every later request, so that an answer that is being read stays when something arrives.
import { say } from "./announce.js";
import { fetchSoon, onSwap } from "./swap.js";

const PARTS = { answer: "answer", analysis: "agreement" };
let turned = ""; // the id of the part that was asked for

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-version]");
  if (!link || !document.body.dataset.fragments || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [kind, id] = link.dataset.version.split("=");
  const shown = new URLSearchParams(document.body.dataset.versions);
  shown.set(kind, id);
  document.body.dataset.versions = shown;
  turned = PARTS[kind];
  fetchSoon(turned);
});

onSwap((part) => {
  if (part.id !== turned) return;
  turned = "";
  say(part.querySelector(".versions .page")?.textContent ?? "");
});

/** Go back to the versions that count, which a press has brought. */
export function forgetVersions(html) {
  if (html.includes('id="answer"')) document.body.dataset.versions = "";
}
