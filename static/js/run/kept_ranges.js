// What is selected or marked in a part of the page, found again in the part that replaces it.
import { charactersBefore, placeAfter, rootOf, sameRoot } from "./text_place.js";

/** Note what is selected, and what is marked of a quote; return what does the same in `fresh`, once it is in place. */
export function rangesIn(old, fresh) {
  const selection = getSelection();
  const isSelected = !selection.isCollapsed && old.contains(selection.anchorNode) && old.contains(selection.focusNode);
  const selected = isSelected ? moved(selection.getRangeAt(0), old) : null;
  const highlight = CSS.highlights?.get("quote");
  const marked = [...(highlight ?? [])].filter((range) => old.contains(range.startContainer));
  const marks = marked.map((range) => [range, moved(range, old)]);
  return () => {
    const again = selected?.(fresh);
    if (again) selection.setBaseAndExtent(again.startContainer, again.startOffset, again.endContainer, again.endOffset);
    for (const [range, find] of marks) {
      highlight.delete(range);
      const same = find(fresh);
      if (same) highlight.add(same);
    }
  };
}

/** Return a function that finds the same range in what `old` is replaced by. */
function moved(range, old) {
  const ends = [
    [range.startContainer, range.startOffset],
    [range.endContainer, range.endOffset],
  ].map(([node, offset]) => [rootOf(node), charactersBefore(rootOf(node), node, offset)]);
  return (fresh) => {
    const [first, last] = ends.map(([root, count], at) => {
      const text = sameRoot(root, old, fresh);
      return text && placeAfter(text, Math.max(0, count - at));
    });
    if (!first || !last) return null;
    const again = document.createRange();
    again.setStart(first.node, first.offset);
    again.setEnd(last.node, last.offset + 1);
    return again;
  };
}
