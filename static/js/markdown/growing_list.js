// The list or table at the end of a text that grows: where its last item or row begins, and the settled ones before it.

/** Put the settled items of what `grows` before those of `block`; return whether it still is the same list or table. */
export function joinGrown({ tree, kept, isLoose, head }, block) {
  const isSame = block?.tree?.tag === tree.tag && block.isLoose === isLoose && Boolean(block.rows) === Boolean(head);
  if (!isSame) return false;
  const children = [...itemsOf(tree).slice(0, kept), ...itemsOf(block.tree)];
  block.tree = withItems(tree, children);
  return true;
}

/** The items of a list, or the rows below the head of a table. */
const itemsOf = (tree) => (tree.tag === "div" ? (tree.children[0].children[1]?.children ?? []) : tree.children);

function withItems(tree, children) {
  if (tree.tag !== "div") return { ...tree, children };
  const [table] = tree.children;
  const [head, body] = table.children;
  return { ...tree, children: [{ ...table, children: [head, { ...body, children }] }] };
}

/** Return the lines where the items of a list begin, or the rows below the head of a table. */
const itemLines = (block) => block.rows ?? block.items;

/** Return the line of the last item that has begun with a whole line: all before it are settled; undefined if none. */
export function lastItem(block, isWhole) {
  // Whether it is loose: its last item may not say so.
  const isKnown = block.rows || block.isLoose !== null;
  return isKnown ? itemLines(block).findLast((line) => line > block.line && isWhole(line)) : undefined;
}

/** Return what grows when the items of `block` before that at `line`, whose source is `part`, are settled too. */
export function settleItems(before, block, line, part) {
  const kept = before.kept + itemLines(block).indexOf(line);
  return { ...before, source: before.source + part, tree: block.tree, kept, isLoose: block.isLoose };
}
