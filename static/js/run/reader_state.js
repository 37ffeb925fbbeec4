// What a reader has changed inside a part of the page, for the part that replaces it: opened details, quotes and
// previews, fields and forms, sizes, wrapped code, everything that was scrolled, the selection and the focus.
import { isRead } from "./held_place.js";
import { rangesIn } from "./kept_ranges.js";
import { scrollAgain, scrolledIn } from "./kept_scrolling.js";
import { keepStreams } from "./kept_streams.js";
import { sameRoot } from "./text_place.js";

// Where the focus goes when what had it is gone: where a second press of the key sends nothing.
const STOPS = "summary, a[href], button[type=button], [tabindex='0']";
const FIELDS = "input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea:not([hidden])";

/**
 * Note what the reader has changed in `old`; return what gives it to `fresh`, once that is in its place, and returns
 * what then has the focus in place of the same that had it; null if there is none.
 */
export function preserveUserState(old, fresh) {
  const same = (element) => counterpart(element, old, fresh);
  for (const details of old.querySelectorAll("details[open]")) same(details)?.setAttribute("open", "");
  for (const box of old.querySelectorAll("input:is([type=checkbox], [type=radio])[name]")) {
    const other = [...fresh.querySelectorAll(`input[name="${box.name}"]`)].find(({ value }) => value === box.value);
    if (!other || other.disabled || box.checked === box.defaultChecked) continue;
    if (box.checked || box.type === "checkbox") other.checked = box.checked; // of radio buttons another one is chosen
  }
  for (const field of old.querySelectorAll(FIELDS)) keepValue(field, same(field));
  for (const pre of old.querySelectorAll("pre.wraps")) wrap(same(pre));
  for (const pressed of old.querySelectorAll("[aria-expanded='true']")) openAgain(pressed, same(pressed));
  if (old.dataset.size) fresh.dataset.size = old.dataset.size;
  if (fresh.querySelector(".pager")) old.parentElement.dataset.paged = "";
  const scrolled = scrolledIn(old, same);
  keepHeights(old, fresh, scrolled.length > 0);
  const ranges = rangesIn(old, fresh);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const caret = caretIn(focused);
  keepStreams(old, fresh);
  keepForms(old, fresh);
  keepLists(old, fresh); // last: what leaves the page loses focus and selection
  // A button that is gone leaves the focus in its fold.
  const fold = focused?.closest("details[id]");
  const rest = fold && old.contains(fold) ? same(fold)?.querySelector("summary") : null;
  const toFocus = focused && (fresh.contains(focused) ? focused : (same(focused) ?? rest));
  return () => {
    for (const one of scrolled) scrollAgain(old, fresh, ...one);
    ranges();
    if (focused) focusAgain(fresh, toFocus);
    if (caret && document.activeElement === toFocus) caret(toFocus);
    return document.activeElement === toFocus ? toFocus : null;
  };
}

/** Return the element of `fresh` that is what `element` is in `old`: by its id, else by its number in the same text. */
function counterpart(element, old, fresh) {
  if (element === old) return fresh;
  if (element.id) return fresh.querySelector(`#${CSS.escape(element.id)}`);
  const root = element.parentElement.closest(".text, .agree, [id]");
  const isNamed = root !== old && !root.matches(".text, .agree");
  const same = isNamed ? fresh.querySelector(`#${CSS.escape(root.id)}`) : sameRoot(root, old, fresh);
  const kind = element.localName === "pre" ? "pre" : [element.localName, ...element.classList].slice(0, 2).join(".");
  const alike = (part) => [...part.querySelectorAll(kind)].filter((one) => purposeOf(one) === purposeOf(element));
  return same ? alike(same)[alike(root).indexOf(element)] : undefined;
}

/** Return what a button is for, whatever its label says; a stopped column has others in the same places. */
function purposeOf(element) {
  if (element.localName !== "button") return "";
  if (element.type === "submit") return `${element.closest("form")?.getAttribute("action")} ${element.name}`;
  const { copied, ...does } = element.dataset;
  return Object.entries(does).join(" ");
}

function keepValue(field, same) {
  const isChanged =
    field.localName === "select" ? !field.selectedOptions[0]?.defaultSelected : field.value !== field.defaultValue;
  if (same && isChanged && !field.readOnly) same.value = field.value;
}

function wrap(pre) {
  pre?.classList.add("wraps");
  pre?.closest(".code")?.querySelector("[data-wrap-code]").setAttribute("aria-pressed", "true");
}

/** Open the same quote, or the preview of the same letter. */
function openAgain(pressed, same) {
  if (!same || same.dataset.needle !== pressed.dataset.needle || same.dataset.words !== pressed.dataset.words) return;
  if (pressed.matches(".quote")) same.nextElementSibling.hidden = false;
  else if (pressed.matches("a.chip")) {
    const preview = pressed.closest(".chips").parentElement.querySelector(".passage");
    if (preview) same.closest(".chips").after(preview);
  } else return;
  same.setAttribute("aria-expanded", "true");
}

/** Findings that were shown in full stay so: the ids of their lists name the judge's call, whose findings stay. */
function keepLists(old, fresh) {
  for (const more of fresh.querySelectorAll("[id] > .more")) {
    const list = old.querySelector(`#${more.parentElement.id}:not(:has(> .more))`);
    if (list) more.parentElement.replaceWith(list);
  }
}

/** A form that belongs to the same thing as before stays as it was filled in; it may have been fetched. */
function keepForms(old, fresh) {
  for (const form of fresh.querySelectorAll("[data-kept]")) {
    const same = old.querySelector(`#${CSS.escape(form.id)}`);
    if (!same?.matches(":is(form, :has(form))")) continue;
    same.removeAttribute("hx-get"); // or its fold, which opens anew, might fetch it once more, over what was filled in
    form.replaceWith(same);
  }
}

/** Let blocks that are not laid out be as high as before, and lay out all where something is being read. */
function keepHeights(old, fresh, isScrolled) {
  const isWhole = isScrolled || isRead(old) || old.getBoundingClientRect().top < 0;
  if (isWhole) for (const part of [fresh, ...fresh.querySelectorAll(".take")]) part.dataset.whole = "";
  for (const part of fresh.querySelectorAll(".take, .agree")) setHeight(part, counterpart(part, fresh, old));
  for (const text of fresh.querySelectorAll(".text")) {
    const before = sameRoot(text, fresh, old)?.children ?? [];
    [...text.children].forEach((block, at) => setHeight(block, before[at]));
  }
}

function setHeight(part, before) {
  const height = before?.localName === part.localName ? before.getBoundingClientRect().height : 0;
  if (height) part.style.containIntrinsicBlockSize = `auto ${height}px`;
}

/** Note where in a field somebody writes; return what puts the caret there in another one; null for no such field. */
function caretIn(field) {
  if (!field?.matches("input, textarea") || field.selectionStart === null) return null;
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
  return (same) => {
    same.setSelectionRange?.(selectionStart, selectionEnd, selectionDirection);
    same.scrollTop = scrollTop;
  };
}

function focusAgain(fresh, same) {
  for (const element of [same, ...fresh.querySelectorAll(STOPS)]) {
    element?.focus({ preventScroll: true });
    if (element && element === document.activeElement) return;
  }
}
