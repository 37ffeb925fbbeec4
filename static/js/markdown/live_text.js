// A text that grows, drawn by the grammar of finished texts. Only its end is parsed anew: a block is settled when
// another one begins behind a blank line, and that line has come whole, for then no rule looks back any more. Of a list
// that still grows all items but the last are settled.
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
  #list = null; // of which the end holds the last item: {begin, level, source, tree, kept, isLoose}
  #tail = []; // the trees that are drawn of the end, and of that list
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
      if (this.#list?.source.includes("[")) this.#forgetList();
      parsed = this.#parseEnd(whole);
    }
    if (this.#list && !this.#joinList(parsed.blocks[0])) {
      this.#forgetList();
      parsed = this.#parseEnd(whole);
    }
    this.#known = parsed.contents;
    const trees = parsed.blocks.map((block) => block.tree).filter(Boolean);
    patchChildren(this.#root, this.#tail, trees);
    this.#tail = trees;
    this.#settle(parsed);
  }

  #parseEnd(whole) {
    return this.#parse(whole.slice(this.#begin).replace(RESERVED, "\ufffd"), this.#definitions, this.#level);
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
    if (this.#list?.isLoose && source.length > 0) loosen(tokens);
    return { source, env, contents, blocks: treesOf(tokens) };
  }

  /** Put the settled items before those of `block`; return whether it still is the same list. */
  #joinList(block) {
    const { tree, kept, isLoose } = this.#list;
    if (block?.tree?.tag !== tree.tag || block.isLoose !== isLoose) return false;
    block.tree = { ...tree, children: [...tree.children.slice(0, kept), ...block.tree.children] };
    return true;
  }

  #forgetList() {
    this.#begin = this.#list.begin;
    this.#level = this.#list.level;
    this.#list = null;
  }

  /** Draw again what was drawn before a footnote or a link was defined. */
  #redrawSettled(definitions) {
    const list = this.#list;
    this.#list = null; // it is not part of these
    for (const block of this.#settled) {
      if (!block.tree || !block.source.includes("[")) continue;
      const fresh = this.#parse(block.source, definitions, block.level).blocks.find(({ tree }) => tree);
      if (!fresh) continue;
      block.tree.nodes[0].replaceWith(...create(fresh.tree));
      block.tree = fresh.tree;
    }
    this.#list = list;
  }

  #settle({ source, blocks, env }) {
    const lines = source.split("\n");
    const starts = [0];
    for (const line of lines) starts.push(starts.at(-1) + line.length + 1);
    const isWhole = (line) => line + 1 < lines.length;
    const last = blocks.findLastIndex(({ line }) => line > 0 && isWhole(line) && !lines[line - 1].trim());
    let end = 0; // the line before which all is settled
    for (let at = 0; at < last; at++) {
      const { tree, marks } = blocks[at];
      end = blocks[at + 1].line;
      const part = source.slice(starts[blocks[at].line], starts[end]);
      this.#settled.push({ source: (this.#list?.source ?? "") + part, level: this.#list?.level ?? this.#level, tree });
      this.#list = null;
      if (tree) this.#tail.shift();
      this.#commit(marks, Infinity, env);
    }
    const list = blocks.length === last + 1 || blocks.length === 1 ? blocks.at(-1) : null;
    const isKnown = list && list.isLoose !== null; // whether it is loose: its last item may not say so
    const item = isKnown ? list.items.findLast((line) => line > list.line && isWhole(line)) : undefined;
    if (item !== undefined) {
      const kept = (this.#list?.kept ?? 0) + list.items.indexOf(item);
      const {
        begin,
        level,
        source: before,
      } = this.#list ?? { begin: this.#begin + starts[list.line], level: this.#level };
      const part = source.slice(starts[list.line], starts[item]);
      this.#list = { begin, level, source: (before ?? "") + part, tree: list.tree, kept, isLoose: list.isLoose };
      this.#commit(list.marks, item, env);
      end = item;
    }
    this.#begin += starts[end];
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

function signatureOf({ references, footnotes }) {
  const parts = [...footnotes];
  for (const label in references) parts.push(label, references[label].href); // those of the settled blocks too
  return parts.join("\n");
}
