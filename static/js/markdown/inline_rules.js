// The inline rules that CommonMark lacks: formulas, bare addresses, a few tags, footnotes, emphasis beside CJK text.
// They are those of apps/markdown/inline_rules.py, which says why: change both.
const MAX_FORMULA = 1000; // characters, the delimiters left out
const MAX_ADDRESS = 2000;

const BRACKETS = { "\\(": "\\)", "\\[": "\\]" };
const TAG = /<(?:(br)\s{0,3}\/?|(sub|sup|u|kbd|mark))>/iy;
const FOOTNOTE = /\[\^([^\]\s^]{1,40})\]/y;
const PRICE = /^(?:\d[\d.,]*[;,:)]?\s+[A-Za-z]{2}|\d[^\\^_={}]{0,200}\s[A-Za-z]{2,}\s)/;
const SUFFIX = /(?:th|st|nd|rd|s|d)?(?![A-Za-z0-9])/y;
const WORD = /[A-Za-z0-9]/;
const SPACE = /\s/;
const MARK = /[\p{P}\p{S}]/u;
const CJK =
  "\\u1100-\\u11ff\\u2e80-\\u2fdf\\u3001-\\u303f\\u3040-\\u33ff\\u3400-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97f" +
  "\\uac00-\\ud7ff\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff01-\\uffef\\u{20000}-\\u{3ffff}";
const IS_CJK = new RegExp(`[${CJK}]`, "u");
const BEGUN = {
  ":": /(?:^|[^A-Za-z0-9])(https?)$/i,
  ".": /(?:^|[^A-Za-z0-9@/._-])(www)$/i,
  "@": /(?:^|[^A-Za-z0-9._+/:-])([A-Za-z0-9][A-Za-z0-9._+-]{0,63})$/,
};
const DOMAIN = /[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,8}/y;
const ADDRESS = new RegExp(
  "(?:[/=_-][\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3]+|" +
    `[^\\s<>"\`|\\\\{}\\[\\]^\\x00-\\x20\\u2018-\\u201f\\ue000-\\uf8ff${CJK}])+`,
  "uy",
);
const TAIL = /[?!.,:;*_~'"]/;

/** Match a sticky pattern at `at`, and nothing from `end` on. */
function matchAt(pattern, src, at, end = src.length) {
  pattern.lastIndex = at;
  return pattern.exec(end < src.length ? src.slice(0, end) : src);
}

/** Return the class of states for inline parses, in which CJK text can wear emphasis. */
export const stateWithCjk = (State) =>
  class InlineState extends State {
    scanDelims(start, canSplitWord) {
      let end = start;
      while (end < this.posMax && this.src[end] === this.src[start]) end++;
      const before = start > 0 ? characterBefore(this.src, start) : " ";
      const after = end < this.posMax ? String.fromCodePoint(this.src.codePointAt(end)) : " ";
      const [isCjkBefore, isCjkAfter] = [IS_CJK.test(before), IS_CJK.test(after)];
      const [isMarkBefore, isMarkAfter] = [MARK.test(before), MARK.test(after)];
      const [isSpaceBefore, isSpaceAfter] = [SPACE.test(before), SPACE.test(after)];
      if (/^\d\d$/.test(before + after)) return { can_open: false, can_close: false, length: end - start };
      const isLeft = !isSpaceAfter && (!isMarkAfter || isCjkAfter || isSpaceBefore || isMarkBefore || isCjkBefore);
      const isRight = !isSpaceBefore && (!isMarkBefore || isCjkBefore || isSpaceAfter || isMarkAfter || isCjkAfter);
      return {
        can_open: isLeft && (canSplitWord || !isRight || isMarkBefore),
        can_close: isRight && (canSplitWord || !isLeft || isMarkAfter),
        length: end - start,
      };
    }
  };

function characterBefore(src, at) {
  const isPair = /[\udc00-\udfff]/.test(src[at - 1]) && /[\ud800-\udbff]/.test(src[at - 2] ?? "");
  return src.slice(at - (isPair ? 2 : 1), at);
}

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

// ---------------------------------------------------------------- bare addresses

export function underscoreRule(state, silent) {
  const { src, pos } = state;
  if (src[pos] !== "_" || !WORD.test(src[pos - 1] ?? "") || !WORD.test(src[pos + 1] ?? "")) return false;
  if (!silent) state.pending += "_";
  state.pos += 1;
  return true;
}

export function addressRule(state, silent) {
  const { src, pos } = state;
  const mark = src[pos];
  if (silent || !BEGUN[mark] || state.linkLevel > 0) return false;
  const begun = BEGUN[mark].exec(src.slice(Math.max(0, pos - 70), pos));
  if (!begun || !state.pending.endsWith(begun[1])) return false;
  const start = pos - begun[1].length;
  let end = 0;
  if (mark === "@") {
    const found = matchAt(DOMAIN, src, pos + 1, state.posMax);
    end = found ? pos + 1 + found[0].length : 0;
    while (end && src[end - 1] === "-") end--;
  } else if (mark === "." || src.startsWith("://", pos)) {
    const rest = pos + (mark === ":" ? 3 : 1);
    const found = matchAt(ADDRESS, src, rest, Math.min(state.posMax, rest + MAX_ADDRESS));
    if (found && /^[\p{L}\p{N}]/u.test(found[0])) end = trim(src, start, rest + found[0].length);
  }
  if (end <= pos + 1 || (mark === "." && !src.slice(pos + 1, end).includes("."))) return false;
  return pushAddress(state, start, end, { "@": "mailto:", ".": "https://" }[mark] ?? "");
}

function trim(src, start, end) {
  const count = (character) => src.slice(start, end).split(character).length;
  while (end > start) {
    if (!TAIL.test(src[end - 1]) && !(src[end - 1] === ")" && count(")") > count("("))) break;
    end--;
  }
  return end;
}

function pushAddress(state, start, end, prefix) {
  const text = state.src.slice(start, end);
  const href = state.md.normalizeLink(prefix + text);
  if (!state.md.validateLink(href)) return false;
  state.pending = state.pending.slice(0, start - state.pos);
  state.push("link_open", "a", 1).attrs = [["href", href]];
  state.push("text", "", 0).content = text;
  state.push("link_close", "a", -1);
  state.pos = end;
  return true;
}
