// The inline rules that CommonMark lacks: formulas, a few tags, footnotes. Bare addresses have a file of their own.
// They are those of apps/markdown/inline_rules.py, which says why: change both.
import { SPACE, WORD, matchAt } from "./characters.js";

const MAX_FORMULA = 1000; // characters, the delimiters left out

const BRACKETS = { "\\(": "\\)", "\\[": "\\]" };
const TAG = /<(?:(br)\s{0,3}\/?|(sub|sup|u|kbd|mark))>/iy;
const FOOTNOTE = /\[\^([^\]\s^]{1,40})\]/y;
const PRICE = /^(?:\d[\d.,]*[;,:)]?\s+[A-Za-z]{2}|\d[^\\^_={}]{0,200}\s[A-Za-z]{2,}\s)/;
const SUFFIX = /(?:th|st|nd|rd|s|d)?(?![A-Za-z0-9])/y;

// ---------------------------------------------------------------- formulas

/** Return where the formula that begins at the `$` of `start` ends, exclusive; 0 if none begins there. */
export function dollarEnd(src, start) {
  const [before, first] = [src[start - 1] ?? "", src[start + 1] ?? ""];
  if (!first || SPACE.test(first) || first === "$" || before === "\\" || before === "$" || WORD.test(before)) return 0;
  const end = unescaped(src, "$", start + 1);
  const content = src.slice(start + 1, end);
  if (end < 0 || SPACE.test(src[end - 1]) || /[`\ue000]/.test(content) || PRICE.test(content)) return 0;
  return src[end + 1] !== "$" && matchAt(SUFFIX, src, end + 1) ? end + 1 : 0;
}

/** Return the index of a mark without a backslash before it, within a formula's length; -1 if there is none. */
function unescaped(src, closing, start) {
  let end = find(src, closing, start, start);
  while (end > 0 && src[end - 1] === "\\") end = find(src, closing, end + 1, start);
  return end;
}

function find(src, closing, from, start) {
  const end = src.indexOf(closing, from);
  return end + closing.length <= start + MAX_FORMULA ? end : -1;
}

export function dollarRule(state, silent) {
  const { src, pos } = state;
  if (src[pos] !== "$") return false;
  const width = src[pos + 1] === "$" ? 2 : 1;
  const start = pos + width;
  const end = width === 2 ? unescaped(src, "$$", start) : dollarEnd(src, pos) - 1;
  if (end < start || !src.slice(start, end).trim()) return false;
  return pushFormula(state, silent, start, end, width);
}

export function bracketRule(state, silent) {
  const closing = BRACKETS[state.src.slice(state.pos, state.pos + 2)];
  const end = closing ? find(state.src, closing, state.pos + 2, state.pos + 2) : -1;
  return end >= 0 && pushFormula(state, silent, state.pos + 2, end, 2);
}

function pushFormula(state, silent, start, end, width) {
  if (end + width > state.posMax) return false;
  if (!silent) {
    const token = state.push("math_inline", "math", 0);
    token.content = state.src.slice(start, end);
    token.meta = { block: ["$$", "\\["].includes(state.src.slice(start - width, start)) };
  }
  state.pos = end + width;
  return true;
}

// ---------------------------------------------------------------- tags, footnotes

export function tagRule(state, silent) {
  const match = state.src[state.pos] === "<" && matchAt(TAG, state.src, state.pos, state.posMax);
  if (!match) return false;
  const begin = state.pos + match[0].length;
  if (match[1]) {
    if (!silent) state.push("hardbreak", "br", 0);
    state.pos = begin;
    return true;
  }
  const name = match[2].toLowerCase();
  const closing = new RegExp(`</${name}>`, "ig");
  closing.lastIndex = begin;
  const at = closing.exec(state.src)?.index ?? -1;
  const stop = at + name.length + 3;
  if (at < 0 || stop > state.posMax) return false;
  if (!silent) {
    const end = state.posMax;
    [state.pos, state.posMax] = [begin, at];
    state.push("tag_open", name, 1);
    state.md.inline.tokenize(state);
    state.push("tag_close", name, -1);
    state.posMax = end;
  }
  state.pos = stop;
  return true;
}

export function footnoteRule(state, silent) {
  const match = state.src[state.pos] === "[" && matchAt(FOOTNOTE, state.src, state.pos, state.posMax);
  if (!match || !state.env.footnotes?.has(match[1])) return false;
  if (!silent) state.push("footnote_ref", "sup", 0).content = match[1];
  state.pos += match[0].length;
  return true;
}
