// Finds words of a Markdown source in the rendered text. Only letters and digits are compared: markup is no hindrance.
// Of what is written otherwise than it is shown (formulas, targets of links, list numbers, names of languages) the
// words around it are compared.
const FOLDED = /[\p{L}\p{N}]/u;
const LATIN = /[a-z0-9]/;
const NOT_OF_THE_TEXT = "button, .chips, .passage";

const TARGETS = /\]\([^()\s[\]]{0,2000}\)/g;
const MARKERS = /^[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?/gm;
const FENCES = /^[ \t]*(?:`{3,}|~{3,}).*$/gm;
const ENTITIES = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});/gi;
const FORMULAS = /\$\$[^$]+\$\$|\$[^$\n]+\$|\\\([^]*?\\\)|\\\[[^]*?\\\]/;
const COMMANDS = /\\[a-zA-Z]+/g;
const LEAST_PART = 3; // letters and digits by which a part of a formula is known
const FORMULA_ROOM = 3; // times its source: the most that a formula may have as drawn

/** Read the text nodes of `root`: its folded characters as one string, and where each came from. */
export function readText(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
    if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
    return node.matches(NOT_OF_THE_TEXT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  });
  const places = [];
  let text = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let at = 0;
    for (const character of node.data) {
      if (FOLDED.test(character)) {
        for (const folded of character.toLowerCase()) {
          text += folded;
          for (let unit = 0; unit < folded.length; unit++) places.push([node, at, character.length]);
        }
      }
      at += character.length;
    }
  }
  return { root, text, places };
}

const fold = (text) =>
  [...text]
    .filter((character) => FOLDED.test(character))
    .join("")
    .toLowerCase();

/** Return the range of the `nth` (from 0) place of `needle` in `root`; the last one before it if there are fewer. */
export const findSpan = (root, needle, nth = 0) => findIn(readText(root), needle, nth);

/** Return the same in a text that was read already. */
export function findIn(read, needle, nth = 0) {
  for (const source of sourcesOf(needle)) {
    const found = findPieces(read, source, nth);
    if (found) return found;
  }
  // A quote may have a formula without its marks.
  return FORMULAS.test(needle) || needle.includes("\\") ? findFormula(read, needle) : null;
}

/** Return how the words may stand in the text: as they are, and without what only the source has. */
function sourcesOf(needle) {
  const plain = needle.replace(TARGETS, "]").replace(ENTITIES, decoded);
  return [plain, plain.replace(FENCES, "").replace(MARKERS, "")];
}

function decoded(entity) {
  const area = document.createElement("textarea");
  area.innerHTML = entity;
  return area.value;
}

/** Find the pieces between formulas one behind the other, each no further away than the formula between may be long. */
function findPieces(read, source, nth) {
  const pieces = piecesOf(source);
  const first = pieces.find(({ words }) => words);
  if (!first) return null;
  let found = null;
  for (let count = 0, at = read.text.indexOf(first.words); at >= 0 && count <= nth;) {
    const end = endOf(read.text, pieces, at);
    if (end) {
      found = [at, end];
      count += 1;
    }
    at = read.text.indexOf(first.words, at + 1);
  }
  if (!found) return null;
  return rangeOf(read, ...found, pieces[0].words === "", pieces.at(-1).words === "");
}

/** Return the prose of a source, cut at its formulas, with the room that the formula before each piece may take. */
function piecesOf(source) {
  const pieces = [];
  let [rest, room] = [source, 0];
  for (let formula = FORMULAS.exec(rest); formula; formula = FORMULAS.exec(rest)) {
    pieces.push({ words: fold(rest.slice(0, formula.index)), room });
    room = FORMULA_ROOM * formula[0].length;
    rest = rest.slice(formula.index + formula[0].length);
  }
  pieces.push({ words: fold(rest), room });
  return pieces;
}

function endOf(text, pieces, start) {
  let [end, room, isFirst] = [start, 0, true];
  for (const { words, room: before } of pieces) {
    room += before;
    if (!words) continue;
    const at = isFirst ? start : text.indexOf(words, end);
    if (at < 0 || (!isFirst && at - end > room)) return 0;
    [end, room, isFirst] = [at + words.length, 0, false];
  }
  return end;
}

/** Return a range of folded characters, with the formula before or behind it where the source has one there. */
function rangeOf({ places }, start, end, hasFormulaBefore, hasFormulaBehind) {
  const [first, from] = places[start];
  const [last, to, length] = places[end - 1];
  const range = document.createRange();
  range.setStart(first, from);
  range.setEnd(last, to + length);
  const before = hasFormulaBefore && places[start - 1]?.[0].parentElement.closest(".math");
  const behind = hasFormulaBehind && places[end]?.[0].parentElement.closest(".math");
  if (before) range.setStartBefore(before);
  if (behind) range.setEndAfter(behind);
  return range;
}

/** Find a source that is a formula or a part of one: by its letters and digits that are shown as they are written. */
function findFormula({ root }, needle) {
  const letters = (text) => [...fold(text)].filter((character) => LATIN.test(character)).join("");
  const wanted = letters(needle.replace(COMMANDS, ""));
  const formulas = [...root.querySelectorAll(".math")].map((drawn) => [drawn, letters(drawn.textContent)]);
  const isPart = wanted.length >= LEAST_PART;
  const [drawn] =
    formulas.find(([, own]) => own === wanted) ?? formulas.find(([, own]) => isPart && own.includes(wanted)) ?? [];
  if (!wanted || !drawn) return null;
  const range = document.createRange();
  range.selectNodeContents(drawn);
  return range;
}
