// From tokens to a tree of what is to be drawn: {tag, attributes, children}, texts, and formulas. Only the elements
// that are named here can come out of a model's text, and only these attributes.
import { inlineTrees, node, opened, text } from "./inline_tree.js";

const LANGUAGE = /^[\w+#.-]{1,20}$/;

const MARKS = new Set(["reference_definition", "footnote_open", "heading_open"]);

/**
 * Return the blocks of `tokens`: {line, tree, marks, items, isLoose}. The tree is null for a definition; `marks` are
 * the tokens of headings and definitions in it; of a table, `rows` are the lines of those below its head, else null;
 * of a list, `items` are the lines of its items, and it is loose, or not,
 * or without a paragraph that would show it (null).
 */
export function treesOf(tokens) {
  const blocks = [];
  const root = node("div");
  const open = [root];
  const append = (one) => open.at(-1).children.push(one);
  for (const token of tokens) {
    if (token.level === 0 && token.nesting >= 0) {
      const at = token.hidden ? -1 : root.children.length;
      const rows = token.type === "table_open" ? [] : null;
      blocks.push({ line: token.map[0], at, marks: [], items: [], rows, isLoose: null });
    }
    const block = blocks.at(-1);
    if (MARKS.has(token.type)) block.marks.push(token);
    if (token.type === "list_item_open" && token.level === 1) block.items.push(token.map[0]);
    if (token.type === "tr_open" && block.rows && token.map[0] > block.line) block.rows.push(token.map[0]);
    if (token.type === "paragraph_open" && token.level === 2 && block.items.length > 0)
      block.isLoose = block.isLoose || !token.hidden;
    if (token.type === "inline") inlineTrees(token).forEach(append);
    else if (token.hidden) continue;
    else if (token.nesting < 0) open.splice(token.type === "table_close" ? -2 : -1);
    else if (token.nesting === 0) append(leafOf(token));
    else {
      for (const one of opened(token)) {
        append(one);
        open.push(one);
      }
    }
  }
  for (const block of blocks) block.tree = root.children[block.at] ?? null;
  return blocks;
}

/** Draw the paragraphs of a list at the beginning as those of a loose one, which its settled items have made it. */
export function loosen(tokens) {
  for (const token of tokens) {
    if (token.level === 0 && token.nesting < 0) return;
    if (token.level === 2 && token.type.startsWith("paragraph_")) token.hidden = false;
  }
}

function leafOf(token) {
  switch (token.type) {
    case "fence":
    case "code_block":
      return codeBlock(token);
    case "hr":
      return node("hr");
    case "math_block":
      return {
        formula: token.content.trim(),
        isBlock: true,
        tag: "div",
        attributes: { class: "math block scroll", tabindex: "0" },
      };
    default:
      return text(token.content);
  }
}

function codeBlock(token) {
  const word = unescapeInfo(token.info).trim().split(/\s+/)[0];
  const language = token.type === "fence" && LANGUAGE.test(word) ? word : "";
  const code = node("code", {}, token.content ? [text(token.content)] : []);
  return node("pre", { tabindex: "0", "data-language": language }, [code]);
}

const unescapeInfo = (info) => info.replace(/\\([!-/:-@[-`{-~])/g, "$1");
