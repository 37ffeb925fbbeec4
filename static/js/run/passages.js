// The letters behind the passages of the answer: hover or focus marks the sentence of that column which says the same,
// a press opens what stands around it, a second one goes there.
import { findSpan } from "./spans.js";
import { jump, mark, unmark } from "./words.js";

const AROUND = 160; // characters before and after the sentence

const letterAt = (event) => event.target.closest?.("a.chip[data-words]:not([data-words=''])");

/** Return the take that the writer read, or the newest one where that is not known. */
function takeOf(letter) {
  const takes = [...document.querySelectorAll(`#slot-${letter.dataset.slot} .take`)];
  const read = (letter.closest("[data-inputs]")?.dataset.inputs ?? "").split(",");
  return takes.find((take) => read.includes(take.dataset.call)) ?? takes.at(-1);
}

function rangeOf(letter) {
  const text = takeOf(letter)?.querySelector(".text");
  return text ? findSpan(text, letter.dataset.words) : null;
}

function open(letter) {
  const range = rangeOf(letter);
  if (!range) return jump(letter, takeOf(letter), () => null);
  closeOthers(letter);
  letter.setAttribute("aria-expanded", "true");
  const preview = document.createElement("span");
  preview.className = "context passage";
  preview.dataset.slot = letter.dataset.slot;
  const hint = Object.assign(document.createElement("span"), { className: "tiny muted" });
  hint.textContent = `Press ${letter.dataset.slot} again to go there.`;
  preview.append(...around(takeOf(letter).querySelector(".text"), range), hint);
  letter.closest(".chips").after(preview);
}

function around(text, range) {
  const [before, after] = [document.createRange(), document.createRange()];
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  after.setStart(range.endContainer, range.endOffset);
  after.setEnd(text, text.childNodes.length);
  const words = Object.assign(document.createElement("mark"), { textContent: inOneLine(range) });
  const [head, tail] = [inOneLine(before), inOneLine(after)];
  return [
    head.length > AROUND ? `… ${head.slice(-AROUND).replace(/^\S*\s/, "")}` : head,
    words,
    tail.length > AROUND ? `${tail.slice(0, AROUND).replace(/\s\S*$/, "")} … ` : `${tail} `,
  ];
}

function inOneLine(range) {
  const part = range.cloneContents();
  for (const bar of part.querySelectorAll(".bar")) bar.remove(); // the buttons above code are no words of the model
  return part.textContent.replace(/\s+/g, " ");
}

function closeOthers(letter) {
  for (const other of document.querySelectorAll("a.chip[aria-expanded]")) {
    other.removeAttribute("aria-expanded");
    if (other !== letter) other.closest(".chips").parentElement.querySelector(".passage")?.remove();
  }
  letter.closest(".chips").parentElement.querySelector(".passage")?.remove();
}

document.addEventListener("click", (event) => {
  const letter = letterAt(event);
  if (!letter || event.ctrlKey || event.metaKey || !takeOf(letter)) return;
  event.preventDefault();
  if (letter.hasAttribute("aria-expanded")) jump(letter, takeOf(letter), () => rangeOf(letter));
  else open(letter);
});
for (const type of ["mouseover", "focusin"]) {
  document.addEventListener(type, (event) => {
    const letter = letterAt(event);
    if (letter) mark(rangeOf(letter));
  });
}
for (const type of ["mouseout", "focusout"])
  document.addEventListener(type, (event) => {
    if (letterAt(event)) unmark();
  });
