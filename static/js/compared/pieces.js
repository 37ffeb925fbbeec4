// Cuts two texts into pieces and finds out which of them differ: code by line, prose by word in any script.
import { diffArrays } from "../../vendor/diff/diff/array.js";

const UNITS = ["word", "sentence", "line"]; // a coarser one is taken when a finer one takes too long
const MOST_MS = 200;
const MOST_MS_OF_LINES = 5000;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Return the lines of a text, each with its end, and whether it is code. */
function linesOf(text) {
  let fence = "";
  return text.split(/(?<=\n)/).map((line) => {
    const mark = FENCE.exec(line)?.[1] ?? "";
    const isCode = Boolean(fence || mark);
    if (fence && mark.startsWith(fence)) fence = "";
    else fence ||= mark;
    return { line, isCode };
  });
}

function piecesOf(text, unit) {
  const segmenter = unit === "line" ? null : new Intl.Segmenter(undefined, { granularity: unit });
  const pieces = [];
  for (const { line, isCode } of linesOf(text)) {
    if (isCode || !segmenter) pieces.push({ text: line, isCode });
    else for (const { segment } of segmenter.segment(line)) pieces.push({ text: segment, isCode });
  }
  return pieces;
}

/** A line of code is the same also where it is the last of its text, and so without an end. */
const isSame = (one, other) =>
  one.isCode === other.isCode &&
  (one.text === other.text || (one.isCode && one.text.trimEnd() === other.text.trimEnd()));

/**
 * Return the unit of the comparison and its parts in order: {kind: "same" | "del" | "ins", text, isCode}. `mostMs` is
 * the time for each unit but the last.
 */
export function changesOf(base, other, mostMs = MOST_MS) {
  for (const unit of UNITS) {
    const timeout = unit === "line" ? MOST_MS_OF_LINES : mostMs;
    const found = diffArrays(piecesOf(base, unit), piecesOf(other, unit), { comparator: isSame, timeout });
    if (found) return { unit, parts: partsOf(found) };
  }
  return {
    unit: "text",
    parts: [
      ["del", base],
      ["ins", other],
    ].map(([kind, text]) => ({ kind, text, isCode: false })),
  };
}

function partsOf(changes) {
  const parts = [];
  for (const { value, added, removed } of changes) {
    const kind = added ? "ins" : removed ? "del" : "same";
    for (const { text, isCode } of value) {
      const last = parts.at(-1);
      if (last?.kind === kind && last.isCode === isCode) last.text += text;
      else parts.push({ kind, text, isCode });
    }
  }
  return parts;
}
