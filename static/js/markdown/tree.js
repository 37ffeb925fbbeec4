// From tokens to a tree of what is to be drawn: {tag, attributes, children}, texts, and formulas. Only the elements that
// are named here can come out of a model's text, and only these attributes.
const LANGUAGE = /^[\w+#.-]{1,20}$/;
const OUT = { target: "_blank", rel: "noopener noreferrer nofollow" };
const SCROLLS = { class: "scroll", tabindex: "0", role: "group", "aria-label": "table" };
const TAGS = new Set(
  "p br hr em strong s a code ul ol li blockquote h4 h5 h6 thead tbody tr th td sub sup u kbd mark".split(" "),
);

const DEFINES = new Set(["reference_definition", "footnote_open"]);

const node = (tag, attributes = {}, children = []) => ({ tag, attributes, children });
const text = (words) => ({ text: words });

/**
 * Return the blocks of `tokens`: {line, tree, defined, level}; the tree is null for a definition, `defined` holds the
 * tokens that define links and footnotes in the block, and `level` is that of the last heading up to its end.
 */
export function treesOf(tokens, level) {
  const blocks = [];
  const root = node("div");
  const open = [root];
  const append = (one) => open.at(-1).children.push(one);
  for (const token of tokens) {
    const isBlock = token.level === 0 && token.nesting >= 0;
    if (isBlock) blocks.push({ line: token.map[0], defined: [], at: token.hidden ? -1 : root.children.length });
    if (DEFINES.has(token.type)) blocks.at(-1).defined.push(token);
    if (token.type === "heading_open") level = Number(token.tag[1]);
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
    blocks.at(-1).level = level;
  }
  for (const block of blocks) block.tree = root.children[block.at] ?? null;
  return blocks;
}

function opened(token) {
  switch (token.type) {
    case "table_open":
      return [node("div", SCROLLS), node("table")];
    case "footnote_open":
      return [node("p", { class: "footnote" }, [node("sup", {}, [text(token.meta.label)]), text(" ")])];
    case "ordered_list_open":
      return [node("ol", attributesOf(token, ["start"]))];
    case "heading_open":
      return [node(token.tag, attributesOf(token, ["class"]))];
    case "th_open":
    case "td_open":
      return [node(token.tag, attributesOf(token, ["data-align"]))];
    case "link_open":
      return [node("a", { ...attributesOf(token, ["href"]), ...OUT })];
    default:
      return [node(TAGS.has(token.tag) ? token.tag : "span")];
  }
}

function attributesOf(token, names) {
  const found = (token.attrs ?? []).filter(([name]) => names.includes(name));
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)]));
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

function inlineTrees(token) {
  const root = node("div");
  const open = [root];
  if (token.meta.task) root.children.push(taskOf(token.meta.task));
  for (const child of token.children) {
    const { children } = open.at(-1);
    if (child.nesting > 0) {
      const [one] = opened(child);
      children.push(one);
      open.push(one);
    } else if (child.nesting < 0) open.pop();
    else appendInline(children, child);
  }
  return root.children;
}

function taskOf(state) {
  return node("span", { class: state === "done" ? "task done" : "task", role: "img", "aria-label": state });
}

function appendInline(children, token) {
  const words = (data) => {
    const last = children.at(-1);
    if (last && "text" in last) last.text += data;
    else if (data) children.push(text(data));
  };
  switch (token.type) {
    case "softbreak":
    case "hardbreak":
      children.push(node("br"));
      return words("\n");
    case "code_inline":
      return children.push(node("code", {}, [text(token.content)]));
    case "image":
      return children.push(
        node("span", { class: "image" }, [text(`image: ${token.content} (${token.attrGet("src") ?? ""})`)]),
      );
    case "footnote_ref":
      return children.push(node("sup", {}, [text(token.content)]));
    case "math_inline": {
      const attributes = { class: token.meta.block ? "math block" : "math" };
      return children.push({ formula: token.content.trim(), isBlock: token.meta.block, tag: "span", attributes });
    }
    default:
      return words(token.content);
  }
}
