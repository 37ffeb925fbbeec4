// A text that grows, drawn by the grammar of finished texts. Only its end is parsed anew: a block is settled when another
// one begins behind a blank line, and that line has come whole, for then no rule looks back any more.
import { buildParser } from "./grammar.js";
import { create, patchChildren } from "./patch.js";
import { treesOf } from "./tree.js";

const RESERVED = /[\ue000-\ue002]/g; // the server's marks in a text
const parser = buildParser();

/** Return a text that is drawn into `root`; call `show` with all of it whenever it has grown. */
export class LiveText {
  #root;
  #begin = 0; // where the end begins that is parsed anew
  #level = 3; // of the heading before it
  #tail = []; // the trees that are drawn of it
  #settled = []; // blocks before it: {source, level, tree}
  #definitions = { references: {}, footnotes: new Set() }; // in those
  #signature = "";
  #known = new Map(); // contents of the end → their tokens

  constructor(root) {
    this.#root = root;
  }

  show(text) {
    const source = text.replace(/\r\n?/g, "\n").slice(this.#begin).replace(RESERVED, "\ufffd");
    let parsed = this.#parse(source, this.#definitions, this.#level);
    const signature = signatureOf(parsed.env);
    if (signature !== this.#signature) {
      this.#signature = signature;
      this.#known.clear();
      this.#redrawSettled(parsed.env);
      parsed = this.#parse(source, this.#definitions, this.#level);
    }
    this.#known = parsed.contents;
    const trees = parsed.blocks.map((block) => block.tree).filter(Boolean);
    patchChildren(this.#root, this.#tail, trees);
    this.#tail = trees;
    this.#settle(source, parsed);
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
    return { env, contents, blocks: treesOf(parser.parse(source, env), level) };
  }

  /** What was drawn before a footnote or a link was defined is drawn again. */
  #redrawSettled(definitions) {
    for (const block of this.#settled) {
      if (!block.tree || !block.source.includes("[")) continue;
      const fresh = this.#parse(block.source, definitions, block.level).blocks.find(({ tree }) => tree);
      if (!fresh) continue;
      block.tree.nodes[0].replaceWith(...create(fresh.tree));
      block.tree = fresh.tree;
    }
  }

  #settle(source, { blocks, env }) {
    const lines = source.split("\n");
    const isWhole = (line) => line + 1 < lines.length;
    const last = blocks.findLastIndex(({ line }) => line > 0 && isWhole(line) && !lines[line - 1].trim());
    if (last <= 0) return;
    const starts = [0];
    for (const line of lines) starts.push(starts.at(-1) + line.length + 1);
    blocks.slice(0, last).forEach(({ line, defined, tree, level }, at) => {
      for (const { type, meta } of defined) {
        if (type === "footnote_open") this.#definitions.footnotes.add(meta.label);
        else this.#definitions.references[meta.label] ??= env.references[meta.label];
      }
      const block = { source: source.slice(starts[line], starts[blocks[at + 1].line]), level: this.#level, tree };
      this.#settled.push(block);
      this.#level = level;
      if (tree) this.#tail.shift();
    });
    this.#begin += starts[blocks[last].line];
  }
}

function signatureOf({ references, footnotes }) {
  const parts = [...footnotes];
  for (const label in references) parts.push(label, references[label].href); // those of the settled blocks too
  return parts.join("\n");
}
