// Kinds of characters, and emphasis that CJK text can wear: apps/markdown/inline_rules.py says why.
export const CJK =
  "\\u1100-\\u11ff\\u2e80-\\u2fdf\\u3001-\\u303f\\u3040-\\u33ff\\u3400-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97f" +
  "\\uac00-\\ud7ff\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff01-\\uffef\\u{20000}-\\u{3ffff}";
export const SPACE = /\s/;
export const WORD = /[A-Za-z0-9]/;
const MARK = /[\p{P}\p{S}]/u;
const IS_CJK = new RegExp(`[${CJK}]`, "u");

/** Match a sticky pattern at `at`, and nothing from `end` on. */
export function matchAt(pattern, src, at, end = src.length) {
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
