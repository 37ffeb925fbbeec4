// "Who said what": marks in every answer the passages that are contradicted, shared by all or by some, or only here.
import { findIn, readText } from "../run/spans.js";
import { wrapRange } from "../run/wrap_range.js";

const WORDS = { contradicted: "contradicted", common: "in all answers", shared: "in some", alone: "only here" };
const hasHighlights = "highlights" in CSS;
const ranges = Object.fromEntries(Object.keys(WORDS).map((kind) => [kind, []]));

/** Return the passages of an answer: their kind, their words, and how often the same words stood before. */
function passagesOf(text, source) {
  const characters = [...source.value]; // the server counts characters, and not the halves of those beyond 16 bits
  const seen = new Map();
  return text.dataset.passages
    .split(" ")
    .filter(Boolean)
    .map((passage) => {
      const [, kind, start, end] = /^(\w+):(\d+)-(\d+)$/.exec(passage);
      const words = characters.slice(start, end).join("");
      const nth = seen.get(words) ?? 0;
      seen.set(words, nth + 1);
      return { kind, words, nth };
    });
}

for (const text of document.querySelectorAll("[data-passages]")) {
  const read = readText(text);
  const counts = {};
  const found = passagesOf(text, text.parentElement.querySelector(".source")).map(({ kind, words, nth }) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    return [kind, findIn(read, words, nth)];
  });
  for (const [kind, range] of found) if (range) ranges[kind].push(range);
  const said = Object.entries(WORDS).filter(([kind]) => counts[kind]);
  text.parentElement.querySelector(".tally").textContent = said
    .map(([kind, word]) => `${counts[kind]} ${word}`)
    .join(", ");
}
for (const [kind, found] of Object.entries(ranges)) {
  if (hasHighlights) CSS.highlights.set(`passage-${kind}`, new Highlight(...found));
  else for (const range of found) for (const piece of wrapRange(range, "span")) piece.className = `passage ${kind}`;
}
const view = document.querySelector(".whole");
if (view) view.dataset.marked = Object.values(ranges).flat().length;
