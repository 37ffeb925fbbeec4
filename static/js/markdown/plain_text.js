// A Markdown text without its marks, to be pasted where nobody draws Markdown. Formulas stay as they are written.
import { buildParser } from "./grammar.js";
import { treesOf } from "./tree.js";

const RESERVED = /[\ue000-\ue002]/g; // the parser's own marks
const parser = buildParser();

/** Return the words of `source`: blocks apart by a blank line, lists by their marks, tables by tabs, code as it is. */
export function plainText(source) {
  const env = { references: {}, footnotes: new Set() };
  const clean = source.replace(/\r\n?/g, "\n").replace(RESERVED, "\ufffd");
  const blocks = treesOf(parser.parse(clean, env));
  return blocks
    .flatMap(({ tree }) => (tree ? [blockText(tree)] : []))
    .filter(Boolean)
    .join("\n\n");
}

const INLINE = new Set("br em strong s a code sub sup u kbd mark span".split(" "));

const isInline = (one) => "text" in one || INLINE.has(one.tag);

function blockText(one) {
  switch (one.tag) {
    case "ul":
    case "ol":
      return listText(one);
    case "table":
      return one.children.flatMap((part) => part.children.map(rowText)).join("\n");
    case "hr":
      return "";
    case "pre":
      return one.children[0].children
        .map(({ text }) => text)
        .join("")
        .replace(/\n$/, "");
    default:
      return "formula" in one ? one.formula : contentText(one.children, "\n\n");
  }
}

/** Return what stands in a block: its own words, and the blocks in it, such as a list in an item. */
function contentText(children, gap) {
  const parts = [];
  let words = "";
  const flush = () => {
    if (words.trim()) parts.push(words.trim());
    words = "";
  };
  for (const one of children) {
    if (isInline(one)) words += inlineText(one);
    else {
      flush();
      parts.push(blockText(one));
    }
  }
  flush();
  return parts.filter(Boolean).join(gap);
}

function listText({ tag, attributes, children }) {
  const first = Number(attributes.start ?? 1);
  return children
    .map((item, at) => {
      const mark = tag === "ol" ? `${first + at}. ` : "- ";
      const indent = " ".repeat(mark.length);
      return mark + contentText(item.children, "\n").replace(/\n(?=[^\n])/g, `\n${indent}`);
    })
    .join("\n");
}

const rowText = ({ children }) => children.map((cell) => contentText(cell.children, " ")).join("\t");

function inlineText(one) {
  if ("text" in one) return one.text;
  if ("formula" in one) return one.formula;
  if (one.tag === "br") return ""; // the line break stands behind it
  if (one.attributes.role === "img") return one.attributes["aria-label"] === "done" ? "[x] " : "[ ] ";
  const words = one.children.map(inlineText).join("");
  const { href } = one.attributes;
  return href && href !== words && !href.startsWith("mailto:") ? `${words} (${href})` : words;
}
