// A text that grows, drawn by the grammar of finished texts. Only its end is parsed anew: a block is settled when
// another one begins behind a blank line, and that line has come whole, for then no rule looks back any more. Of a list
// or a table that still grows all items or rows but the last are settled.
import { buildParser } from "./grammar.js";
import { joinGrown, lastItem, settleItems } from "./growing_list.js";
import { create, patchChildren } from "./patch.js";
import { loosen, treesOf } from "./tree.js";

// As in apps/markdown/rendering.py: the server's marks in a text, and white space that is none to Python or JavaScript.
const RESERVED = /[\ue000-\ue002]/g;
const ODD_SPACE = /[\v\f\x1c-\x1f\x85\u2028\u2029]/g;
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
    if (this.#grows && !joinGrown(this.#grows, parsed.blocks[0])) {
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
    const end = withReplaced(whole.slice(this.#begin));
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
    const partOf = (line, next) => source.slice(Math.max(starts[line], headLength), starts[next]);
    const isWhole = (line) => line + 1 < lines.length;
    const last = blocks.findLastIndex(({ line }) => line > 0 && isWhole(line) && !lines[line - 1].trim());
    let end = 0; // the line before which all is settled
    for (let at = 0; at < last; at++) {
      const { tree, marks } = blocks[at];
      end = blocks[at + 1].line;
      this.#settled.push({
        source: (this.#grows?.source ?? "") + partOf(blocks[at].line, end),
        level: this.#grows?.level ?? this.#level,
        tree,
      });
      this.#grows = null;
      if (tree) this.#tail.shift();
      this.#commit(marks, Infinity, env);
    }
    const grown = blocks.length === last + 1 || blocks.length === 1 ? blocks.at(-1) : null;
    const item = grown ? lastItem(grown, isWhole) : undefined;
    if (item !== undefined) {
      const begin = this.#begin + starts[grown.line];
      const before = this.#grows ?? { begin, level: this.#level, source: "", kept: 0 };
      const head = grown.rows ? source.slice(starts[grown.line], starts[grown.line + 2]) : "";
      this.#grows = { ...settleItems(before, grown, item, partOf(grown.line, item)), head };
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

function signatureOf({ references, footnotes }) {
  const parts = [...footnotes];
  for (const label in references) parts.push(label, references[label].href); // those of the settled blocks too
  return parts.join("\n");
}

function withReplaced(text) {
  return text.replace(RESERVED, "\ufffd").replace(ODD_SPACE, " ").replaceAll("\ufeff", "\u2060");
}
