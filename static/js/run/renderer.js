// A renderer for streaming-markdown that trusts nothing: no images, no HTML, links to the web and to mail only.
import * as smd from "../../vendor/streaming-markdown/smd.min.js";

const LONGEST_NODE = 2000; // characters
const LINK = /^(https?:\/\/|mailto:)/i;

const TAGS = new Map([
  [smd.BLOCKQUOTE, "blockquote"],
  [smd.PARAGRAPH, "p"],
  [smd.LINE_BREAK, "br"],
  [smd.RULE, "hr"],
  [smd.HEADING_1, "h4"],
  [smd.HEADING_2, "h5"],
  [smd.HEADING_3, "h6"],
  [smd.HEADING_4, "h6"],
  [smd.HEADING_5, "h6"],
  [smd.HEADING_6, "h6"],
  [smd.ITALIC_AST, "em"],
  [smd.ITALIC_UND, "em"],
  [smd.STRONG_AST, "strong"],
  [smd.STRONG_UND, "strong"],
  [smd.STRIKE, "s"],
  [smd.CODE_INLINE, "code"],
  [smd.RAW_URL, "a"],
  [smd.LINK, "a"],
  [smd.IMAGE, "span"],
  [smd.LIST_UNORDERED, "ul"],
  [smd.LIST_ORDERED, "ol"],
  [smd.LIST_ITEM, "li"],
  [smd.CHECKBOX, "input"],
  [smd.TABLE, "table"],
  [smd.EQUATION_BLOCK, "code"],
  [smd.EQUATION_INLINE, "code"],
]);

/** Return a parser that appends to `root`; write to it with `write(parser, text)`. */
export const parserInto = (root) => smd.parser(rendererInto(root));
export const write = smd.parser_write;

function rendererInto(root) {
  return { data: { nodes: [root] }, add_token: open, end_token: close, add_text: addText, set_attr: setAttribute };
}

const top = (data) => data.nodes[data.nodes.length - 1];

function open(data, token) {
  if (token === smd.DOCUMENT) return;
  const parent = top(data);
  const element = make(token, parent);
  parent.append(element);
  data.nodes.push(element.localName === "pre" ? element.appendChild(document.createElement("code")) : element);
}

function make(token, parent) {
  if (token === smd.TABLE_ROW) return document.createElement("tr");
  if (token === smd.TABLE_CELL) return document.createElement(parent.rowIndex === 0 ? "th" : "td");
  if (token === smd.CODE_BLOCK || token === smd.CODE_FENCE)
    return Object.assign(document.createElement("pre"), { tabIndex: 0 });
  const element = document.createElement(TAGS.get(token) ?? "span");
  if (token === smd.IMAGE) element.className = "image";
  if (token === smd.CHECKBOX) Object.assign(element, { type: "checkbox", disabled: true });
  return element;
}

function close(data) {
  if (data.nodes.length > 1) data.nodes.pop();
}

/** Text goes to the end of the last text node while that is short: so little of a long paragraph is shaped anew. */
function addText(data, text) {
  const last = top(data).lastChild;
  if (last?.nodeType === Node.TEXT_NODE && last.length < LONGEST_NODE) last.appendData(text);
  else top(data).append(text);
}

function setAttribute(data, attribute, value) {
  const element = top(data);
  if (attribute === smd.HREF && LINK.test(value.trim())) {
    Object.assign(element, { href: value.trim(), target: "_blank", rel: "noopener noreferrer nofollow" });
  } else if (attribute === smd.SRC) {
    element.textContent = `image: ${element.textContent} (${value})`;
  } else if (attribute === smd.CHECKED) {
    element.checked = true;
  } else if (attribute === smd.START && /^\d{1,9}$/.test(value)) {
    element.start = Number(value);
  }
}
