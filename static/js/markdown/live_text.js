// A text that grows, drawn by the grammar of finished texts. Only its end is parsed anew: a block is settled when
// another one begins behind a blank line, and that line has come whole, for then no rule looks back any more. Of a list
// or a table that still grows all items or rows but the last are settled.
import { buildParser } from "./grammar.js";
import { create, patchChildren } from "./patch.js";
import { loosen, treesOf } from "./tree.js";

const RESERVED = /[\ue000-\ue002]/g; // the server's marks in a text
const parser = buildParser();

/** A text that is drawn into an element: call `show` with all of it whenever it has grown. */
export class LiveText {
  #root;
  #begin = 0; // where the end begins that is parsed anew
  #level = 3; // of the heading before it
  // The list or table of which the end holds the last item: {begin, level, source, head, tree, kept, isLoose}
  #grows = null;
  #tail = []; // the trees that are drawn of the end, and of what grows
  #settled = []; // blocks before it: {source, level, tree}
  #definitions = { references: {}, footnotes: new Set() }; // in what is settled
  #signature = "";
  #known = new Map(); // contents of the end → their tokens

  constructor(root) {
    this.#root = root;
  }

  show(text) {
    const whole = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    let parsed = this.#parseEnd(whole);
    const signature = signatureOf(parsed.env);
    if (signature !== this.#signature) {
      this.#signature = signature;
      this.#known.clear();
      this.#redrawSettled(parsed.env);
      if (this.#grows?.source.includes("[")) this.#forget();
      parsed = this.#parseEnd(whole);
    }
    if (this.#grows && !this.#join(parsed.blocks[0])) {
      this.#forget();
      parsed = this.#parseEnd(whole);
    }
    this.#known = parsed.contents;
    const trees = parsed.blocks.map((block) => block.tree).filter(Boolean);
    patchChildren(this.#root, this.#tail, trees);
    this.#tail = trees;
    this.#settle(parsed);
  }

  #parseEnd(whole) {
    const end = whole.slice(this.#begin).replace(RESERVED, "\ufffd");
    return this.#parse((this.#grows?.head ?? "") + end, this.#definitions, this.#level);
  }

  #parse(source, definitions, level) {
    const contents = new Map();
    const env = {
      level,
      references: Object.create(definitions.references),
      footnotes: new Set(definitions.footnotes),
      isDrawn: (token) => {
        const children = this.#known.get(token.content);
        if (children) token.children = children;
        contents.set(token.content, token.children);
        return Boolean(children);
      },
    };
    const tokens = parser.parse(source, env);
    if (this.#grows?.isLoose && source.length > 0) loosen(tokens);
    return { source, env, contents, blocks: treesOf(tokens) };
  }

  /** Put the settled items before those of `block`; return whether it still is the same list or table. */
  #join(block) {
    const { tree, kept, isLoose, head } = this.#grows;
    const isSame = block?.tree?.tag === tree.tag && block.isLoose === isLoose && Boolean(block.rows) === Boolean(head);
    if (!isSame) return false;
    const children = [...itemsOf(tree).slice(0, kept), ...itemsOf(block.tree)];
    block.tree = withItems(tree, children);
    return true;
  }

  #forget() {
    this.#begin = this.#grows.begin;
    this.#level = this.#grows.level;
    this.#grows = null;
  }

  /** Draw again what was drawn before a footnote or a link was defined. */
  #redrawSettled(definitions) {
    const list = this.#grows;
    this.#grows = null; // it is not part of these
    for (const block of this.#settled) {
      if (!block.tree || !block.source.includes("[")) continue;
      const fresh = this.#parse(block.source, definitions, block.level).blocks.find(({ tree }) => tree);
      if (!fresh) continue;
      block.tree.nodes[0].replaceWith(...create(fresh.tree));
      block.tree = fresh.tree;
    }
    this.#grows = list;
  }

  #settle({ source, blocks, env }) {
    const lines = source.split("\n");
    const starts = [0];
    for (const line of lines) starts.push(starts.at(-1) + line.length + 1);
    const headLength = this.#grows?.head.length ?? 0; // parsed again with the rows below it
    const isWhole = (line) => line + 1 < lines.length;
    const last = blocks.findLastIndex(({ line }) => line > 0 && isWhole(line) && !lines[line - 1].trim());
    let end = 0; // the line before which all is settled
    for (let at = 0; at < last; at++) {
      const { tree, marks } = blocks[at];
      end = blocks[at + 1].line;
      const part = source.slice(Math.max(starts[blocks[at].line], headLength), starts[end]);
      this.#settled.push({
        source: (this.#grows?.source ?? "") + part,
        level: this.#grows?.level ?? this.#level,
        tree,
      });
      this.#grows = null;
      if (tree) this.#tail.shift();
      this.#commit(marks, Infinity, env);
    }
    const grown = blocks.length === last + 1 || blocks.length === 1 ? blocks.at(-1) : null;
    // Whether it is loose: its last item may not say so.
    const isKnown = grown && (grown.rows || grown.isLoose !== null);
    const items = grown?.rows ?? grown?.items;
    const item = isKnown ? items.findLast((line) => line > grown.line && isWhole(line)) : undefined;
    if (item !== undefined) {
      const {
        begin,
        level,
        source: before,
        kept,
      } = this.#grows ?? {
        begin: this.#begin + starts[grown.line],
        level: this.#level,
        source: "",
        kept: 0,
      };
      const part = source.slice(Math.max(starts[grown.line], headLength), starts[item]);
      const head = grown.rows ? source.slice(starts[grown.line], starts[grown.line + 2]) : "";
      const { tree, isLoose } = grown;
      this.#grows = { begin, level, source: before + part, head, tree, kept: kept + items.indexOf(item), isLoose };
      this.#commit(grown.marks, item, env);
      end = item;
    }
    this.#begin += Math.max(0, starts[end] - headLength);
  }

  /** Keep what headings and definitions before a line say for what follows. */
  #commit(marks, end, { references }) {
    for (const { type, tag, meta } of marks.filter(({ map: [line] }) => line < end)) {
      if (type === "heading_open") this.#level = Number(tag[1]);
      else if (type === "footnote_open") this.#definitions.footnotes.add(meta.label);
      else this.#definitions.references[meta.label] ??= references[meta.label];
    }
  }
}

/** The items of a list, or the rows below the head of a table. */
const itemsOf = (tree) => (tree.tag === "div" ? (tree.children[0].children[1]?.children ?? []) : tree.children);

function withItems(tree, children) {
  if (tree.tag !== "div") return { ...tree, children };
  const [table] = tree.children;
  const [head, body] = table.children;
  return { ...tree, children: [{ ...table, children: [head, { ...body, children }] }] };
}

function signatureOf({ references, footnotes }) {
  const parts = [...footnotes];
  for (const label in references) parts.push(label, references[label].href); // those of the settled blocks too
  return parts.join("\n");
}
