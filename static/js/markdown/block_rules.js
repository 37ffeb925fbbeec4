// The block rules that CommonMark lacks or that models need otherwise: formulas, footnotes, nested fences, tables.
// They are those of apps/markdown/block_rules.py, which says why: change both.
import { dollarEnd } from "./inline_rules.js";

const MAX_FORMULA_LINES = 30;
const MAX_ROW = 2000; // characters
const BAR = "\ue002"; // stands for a bar that parts no cells until the tables are parsed
const ENVIRONMENT =
  /^\\begin\{((?:align(?:ed|at)?|gather(?:ed)?|equation|multline|eqnarray|split|cases|array|[pbvBV]?matrix)\*?)\}/;
const FOOTNOTE = /^\[\^([^\]\s^]{1,40})\]:[ \t]*/;
const FENCE = /^(`{3,}(?!.*`)|~{3,})(.*)$/;
const MARKS = /`+|\$|\\[()]?/g;

const isCode = (state, line) => state.sCount[line] - state.blkIndent >= 4;
const lineOf = (state, line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]).trimEnd();

export function formulaRule(state, start, end, silent) {
  const first = lineOf(state, start);
  const environment = ENVIRONMENT.exec(first);
  const closing = environment ? `\\end{${environment[1]}}` : { "\\[": "\\]", $$: "$$" }[first.slice(0, 2)];
  if (!closing || isCode(state, start)) return false;
  const limit = Math.min(end, start + MAX_FORMULA_LINES);
  let [line, at, text] = [start, -1, ""];
  for (; line < limit; line++) {
    text = lineOf(state, line);
    at = text.indexOf(closing, line === start ? 2 : 0);
    if (!text || state.sCount[line] < state.blkIndent) return false;
    if (at >= 0) break;
  }
  if (at < 0 || text.slice(at + closing.length).trim()) return false;
  const content = state.getLines(start, line + 1, state.blkIndent, false).trim();
  if (!content.slice(2, -2).trim()) return false;
  if (silent) return true;
  const token = state.push("math_block", "math", 0);
  token.content = environment ? content : content.slice(2, -2);
  token.map = [start, line + 1];
  state.line = line + 1;
  return true;
}

export function footnoteRule(state, start, end, silent) {
  const match = FOOTNOTE.exec(lineOf(state, start));
  if (!match || isCode(state, start)) return false;
  if (silent) return true;
  let last = start + 1;
  while (last < end && lineOf(state, last) && !FOOTNOTE.test(lineOf(state, last))) {
    if (state.sCount[last] < state.blkIndent) break;
    last++;
  }
  (state.env.footnotes ??= new Set()).add(match[1]);
  const lines = Array.from({ length: last - start }, (_, index) => lineOf(state, start + index));
  const opening = state.push("footnote_open", "p", 1);
  opening.map = [start, last];
  opening.meta = { label: match[1] };
  const inline = state.push("inline", "", 0);
  inline.content = lines.join("\n").slice(match[0].length).trim();
  inline.map = [start, last];
  inline.children = [];
  state.push("footnote_close", "p", -1);
  state.line = last;
  return true;
}

export function fenceRule(state, start, end, silent) {
  const match = isCode(state, start) ? null : FENCE.exec(lineOf(state, start));
  if (!match) return false;
  if (silent) return true;
  const mark = match[1];
  const isMarkdown = ["markdown", "md"].includes(match[2].trim().split(/\s/)[0]);
  let [depth, hasEnd, line] = [1, false, start + 1];
  for (; line < end; line++) {
    const text = lineOf(state, line);
    if (text && state.sCount[line] < state.blkIndent) break;
    const inner = text.startsWith(mark) && !isCode(state, line) ? FENCE.exec(text) : null;
    if (!inner) continue;
    if (inner[2].trim()) depth += isMarkdown ? 1 : 0;
    else depth -= 1;
    hasEnd = depth === 0;
    if (hasEnd) break;
  }
  const token = state.push("fence", "code", 0);
  Object.assign(token, { info: match[2], markup: mark, map: [start, line + hasEnd] });
  token.content = state.getLines(start + 1, line, state.sCount[start], true);
  state.line = line + hasEnd;
  return true;
}

// ---------------------------------------------------------------- bars in rows

export function protectBars(state) {
  const { src } = state;
  if (!src.includes("|") || !/[`$]|\\\(/.test(src)) return;
  state.src = src
    .split("\n")
    .map((line) => (line.includes("|") && line.length <= MAX_ROW ? protectedLine(line) : line))
    .join("\n");
}

/** A line with its code and formulas changed. */
function withSpans(line, change) {
  let [text, last] = ["", 0];
  for (const [start, end] of spansOf(line)) {
    text += line.slice(last, start) + change(line.slice(start, end));
    last = end;
  }
  return text + line.slice(last);
}

const protectedLine = (line) => withSpans(line, (span) => span.replaceAll("|", BAR));

// In a cell, "\|" in code is a bar, as everywhere else there. Source: GFM.
const cellOf = (text) => withSpans(text, (span) => (span[0] === "`" ? span.replaceAll(`\\${BAR}`, "|") : span));

function* spansOf(line) {
  const marks = [...line.matchAll(MARKS)];
  const closing = new Map();
  const ends = marks.map(() => 0);
  for (let number = marks.length - 1; number >= 0; number--) {
    const [mark] = marks[number];
    ends[number] = closing.get(mark === "\\(" ? "\\)" : mark) ?? 0;
    closing.set(mark, marks[number].index + mark.length);
  }
  let last = 0;
  for (const [number, { 0: mark, index }] of marks.entries()) {
    if (index < last) continue;
    const end = mark === "$" ? dollarEnd(line, index) : ends[number];
    if (mark === "\\" && index + 1 < line.length) last = index + 2;
    else if (end && mark !== "\\" && mark !== "\\)") {
      yield [index, end];
      last = end;
    }
  }
}

export function restoreBars(state) {
  for (const [number, token] of state.tokens.entries()) {
    if (token.content.includes(BAR)) {
      const isCell = /^t[hd]_open$/.test(state.tokens[number - 1]?.type);
      token.content = (isCell ? cellOf(token.content) : token.content).replaceAll(BAR, "|");
    }
    if (token.info.includes(BAR)) token.info = token.info.replaceAll(BAR, "|");
  }
  for (const reference of Object.values(state.env.references ?? {}))
    for (const key of ["title", "href"])
      reference[key] = reference[key].replaceAll(BAR, "|").replaceAll("%EE%80%82", "%7C");
}
