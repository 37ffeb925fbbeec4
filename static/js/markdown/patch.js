// Changes what is drawn into what a tree says, and touches nothing that stays: a selection and a reader's place
// survive.
import { dressed } from "./code_blocks.js";
import { drawFormula } from "./formulas.js";

const LONGEST_NODE = 2000; // characters: so little of a long text is shaped anew when it grows

/** Make the children of `parent` from number `first` on those of `trees`; `drawn` are the trees drawn there so far. */
export function patchChildren(parent, drawn, trees) {
  trees.forEach((tree, at) => {
    const old = drawn[at];
    if (old === tree) return;
    if (!old) parent.append(...create(tree));
    else if (isSame(old, tree)) update(old, tree);
    else replace(old, create(tree));
  });
  for (const old of drawn.slice(trees.length)) for (const one of old.nodes) one.remove();
}

function isSame(old, tree) {
  if ("text" in old || "text" in tree) return "text" in old && "text" in tree;
  if (old.tag !== tree.tag || old.formula !== tree.formula || old.isBlock !== tree.isBlock) return false;
  const names = Object.keys(tree.attributes);
  return (
    names.length === Object.keys(old.attributes).length &&
    names.every((name) => old.attributes[name] === tree.attributes[name])
  );
}

function update(old, tree) {
  tree.nodes = old.nodes;
  if ("text" in tree) return updateText(old, tree);
  tree.inner = old.inner;
  if (tree.formula === undefined) patchChildren(tree.inner, old.children, tree.children);
}

/** Text goes to the end of the last node while that is short. */
function updateText(old, tree) {
  if (!tree.text.startsWith(old.text)) {
    replace(old, create(tree));
    return;
  }
  const fresh = tree.text.slice(old.text.length);
  const last = tree.nodes.at(-1);
  if (!fresh) return;
  if (last.length < LONGEST_NODE) return last.appendData(fresh);
  const next = document.createTextNode(fresh);
  last.after(next);
  tree.nodes.push(next);
}

function replace(old, fresh) {
  const [first, ...rest] = old.nodes;
  for (const one of rest) one.remove();
  first.replaceWith(...fresh);
}

/** Return the nodes of a tree, which remembers them. */
export function create(tree) {
  if ("text" in tree) {
    tree.nodes = [document.createTextNode(tree.text)];
    return tree.nodes;
  }
  const element = document.createElement(tree.tag);
  for (const [name, value] of Object.entries(tree.attributes)) element.setAttribute(name, value);
  tree.inner = element;
  tree.nodes = [tree.tag === "pre" ? dressed(element) : element];
  if (tree.formula !== undefined) drawFormula(element, tree.formula, tree.isBlock);
  else for (const child of tree.children) element.append(...create(child));
  return tree.nodes;
}
