// The grammar of model output for text that still streams: the one of apps/markdown/grammar.py. Change both.
import MarkdownIt from "../../vendor/markdown-it/markdown-it.esm.min.mjs";
import { fenceRule, footnoteRule as definitionRule, formulaRule, protectBars, restoreBars } from "./block_rules.js";
import { addressRule, underscoreRule } from "./addresses.js";
import { stateWithCjk } from "./characters.js";
import { bracketRule, dollarRule, footnoteRule, tagRule } from "./inline_rules.js";

const MAX_INLINE = 8000; // characters of a paragraph that gets links and emphasis, and of a word in it
const MAX_WORD = 2000;
const LINKS = /^(https?:\/\/|mailto:)/i;
const TASK = /^\[([ xX])\](?:[ \n]|$)/;
const TERMINATOR = /[\n!#$%&*+\-.:<=>@[\\\]^_`{}~\ue000]/g;

/** Return a parser. `env.drawn(content)` says whether an inline content is drawn already and needs no parsing. */
export function buildParser() {
  const parser = new MarkdownIt("commonmark", { html: false }).enable(["table", "strikethrough"]);
  const { block, core, inline } = parser;
  parser.validateLink = (url) => LINKS.test(url) && URL.canParse(url);
  inline.State = stateWithCjk(inline.State);
  inline.ruler.at("text", textRule);
  inline.ruler.before("escape", "dollars", dollarRule);
  inline.ruler.before("escape", "brackets", bracketRule);
  inline.ruler.before("escape", "underscores", underscoreRule);
  inline.ruler.before("escape", "addresses", addressRule);
  inline.ruler.before("link", "footnotes", footnoteRule);
  inline.ruler.before("autolink", "tags", tagRule);
  const interrupting = { alt: ["paragraph", "reference"] };
  block.ruler.at("fence", fenceRule, { alt: ["paragraph", "reference", "blockquote", "list"] });
  block.ruler.before("fence", "formulas", formulaRule, interrupting);
  block.ruler.before("reference", "footnotes", definitionRule, interrupting);
  core.ruler.before("block", "protect_bars", protectBars);
  core.ruler.after("block", "restore_bars", restoreBars);
  core.ruler.disable("strip_references"); // they say which lines defined what
  core.ruler.at("inline", parseInline);
  core.ruler.push("shape", shapeTokens);
  return parser;
}

function textRule(state, silent) {
  TERMINATOR.lastIndex = state.pos;
  const end = Math.min(TERMINATOR.exec(state.src)?.index ?? state.posMax, state.posMax);
  if (end <= state.pos) return false;
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
}

function parseInline(state) {
  const { tokens, env, md } = state;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token.type !== "inline") continue;
    const task = beginsItem(tokens, at) ? TASK.exec(token.content) : null;
    token.meta = { task: task && (task[1] === " " ? "open" : "done") };
    if (task) token.content = token.content.slice(task[0].length);
    if (env.isDrawn?.(token)) continue;
    if (isCostly(token.content)) {
      const plain = new state.Token("text", "", 0);
      plain.content = token.content;
      token.children = [plain];
    } else {
      md.inline.parse(token.content, md, env, token.children);
    }
  }
}

/** Return whether the inline token at `at` is the first that is drawn in an item of a list. */
function beginsItem(tokens, at) {
  let before = at - 2;
  while (tokens[before]?.type === "reference_definition") before--;
  return tokens[at - 1]?.type === "paragraph_open" && tokens[before]?.type === "list_item_open";
}

const isCostly = (content) =>
  content.length > MAX_INLINE ||
  (content.length > MAX_WORD && content.split(/\s+/).some((word) => word.length > MAX_WORD));

/** Move headings below the page's own without skipping a level: `env.level` is that of the heading before. */
function shapeTokens(state) {
  let level = state.env.level ?? 3;
  for (const token of state.tokens) {
    if (token.type === "heading_open") {
      token.attrSet("class", `level-${token.tag[1]}`);
      level = Math.min(3 + Number(token.tag[1]), level + 1, 6);
    }
    if (token.type === "heading_open" || token.type === "heading_close") token.tag = `h${level}`;
    const style = token.attrs?.find(([name]) => name === "style");
    if (style) token.attrs = [["data-align", style[1].replace("text-align:", "")]];
  }
}
