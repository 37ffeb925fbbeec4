// Places in a text that hold when its nodes are drawn anew: how many characters stand before them, spaces left out.
// What one drawing has and another has not, letters in the margin and the bars above code, does not count.
const NOT_COUNTED = ".chips, .passage, .bar, math, .math, .visually-hidden";

function* textNodes(root) {
  const filter = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
    return node.matches(NOT_COUNTED) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  };
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, filter);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) yield node;
}

const withoutSpaces = (text) => text.replace(/\s+/g, "").length;

/** Return how many characters of `root` stand before a place in it; in an element the offset counts its children. */
export function charactersBefore(root, node, offset) {
  const place = document.createRange();
  place.setStart(node, offset);
  let count = 0;
  for (const text of textNodes(root)) {
    if (text === node) return count + withoutSpaces(text.data.slice(0, offset));
    if (place.comparePoint(text, 0) >= 0) return count;
    count += withoutSpaces(text.data);
  }
  return count;
}

/** Return {node, offset} of the character of `root` that has `count` before it; null where the text is shorter. */
export function placeAfter(root, count) {
  for (const node of textNodes(root)) {
    const here = withoutSpaces(node.data);
    if (here <= count) {
      count -= here;
      continue;
    }
    for (const { index } of node.data.matchAll(/\S/g)) if (count-- === 0) return { node, offset: index };
  }
  return null;
}

/** Return a place itself, or if it is no character that every drawing has, the next one that is; else itself. */
export function lastingPlace(place) {
  const isLasting = place.node.nodeType === Node.TEXT_NODE && !place.node.parentElement.closest(NOT_COUNTED);
  if (isLasting) return onCharacter(place);
  const root = rootOf(place.node);
  return !root ? place : (placeAfter(root, charactersBefore(root, place.node, place.offset)) ?? place);
}

/** Return the place of a character that counts: at the end of a line that is the one before, not the next line's. */
function onCharacter({ node, offset }) {
  const before = node.data.slice(0, offset + 1).trimEnd().length;
  const next = node.data.search(/\S/);
  return { node, offset: before > 0 ? before - 1 : Math.max(0, next) };
}

/** Return a function that finds a place of `old` in the part that is drawn anew from it; it returns null for none. */
export function placeIn(old, { node, offset }) {
  const root = rootOf(node);
  if (root === old) return wordsIn(old, { node, offset });
  const count = charactersBefore(root, node, offset);
  return (fresh) => {
    const text = sameRoot(root, old, fresh);
    return text && placeAfter(text, count);
  };
}

/** Outside of its texts a part may have other figures, notices and buttons: there the same words are looked for. */
function wordsIn(old, { node, offset }) {
  const alike = (part) => [...textNodes(part)].filter(({ data }) => data.trim() === node.data?.trim());
  const at = alike(old).indexOf(node);
  return (fresh) => {
    const same = alike(fresh)[at];
    return same ? { node: same, offset } : null;
  };
}

/** Return the element of `fresh`, drawn anew from `old`, that holds the text which `root` held there. */
export function sameRoot(root, old, fresh) {
  const named = root.closest("[id]");
  const same = named === old || !named.id ? fresh : (fresh.querySelector(`#${CSS.escape(named.id)}`) ?? fresh);
  if (root === named) return same;
  const kind = root.matches(".agree") ? ".agree" : ".text";
  return same.querySelector(kind) ?? fresh.querySelector(kind);
}

/** Return the element around a node whose text is one flow: a model's text, the findings, or the next with an id. */
export function rootOf(node) {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  return element.closest(".text, .agree") ?? element.closest("[id]");
}

/** Return the range of the character at a place. */
export function characterAt({ node, offset }) {
  const range = document.createRange();
  range.setStart(node, Math.min(offset, node.length));
  range.setEnd(node, Math.min(offset + 1, node.length));
  return range;
}
