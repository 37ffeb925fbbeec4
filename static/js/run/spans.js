// Finds words of a Markdown source in the rendered text. Only letters and digits are compared: markup is no hindrance.
const FOLDED = /[\p{L}\p{N}]/u;

/** Return the text nodes of `root` as one string of folded characters, and where each came from. */
function foldNodes(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
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
  return { text, places };
}

const fold = (text) =>
  [...text]
    .filter((character) => FOLDED.test(character))
    .join("")
    .toLowerCase();

/** Return the range of the `nth` (from 0) place of `needle` in `root`; the last one before it if there are fewer. */
export function findSpan(root, needle, nth = 0) {
  const wanted = fold(needle);
  if (!wanted) return null;
  const { text, places } = foldNodes(root);
  let found = -1;
  for (let count = 0, at = text.indexOf(wanted); at >= 0 && count <= nth; count++) {
    found = at;
    at = text.indexOf(wanted, at + 1);
  }
  if (found < 0) return null;
  const [first, start] = places[found];
  const [last, end, length] = places[found + wanted.length - 1];
  const range = document.createRange();
  range.setStart(first, start);
  range.setEnd(last, end + length);
  return range;
}
