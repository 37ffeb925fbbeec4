// Elements, and what stands inside a block: see tree.js.
const OUT = { target: "_blank", rel: "noopener noreferrer nofollow" };
const SCROLLS = { class: "scroll", tabindex: "0", role: "group", "aria-label": "table" };
const TAGS = new Set(
  "p br hr em strong s a code ul ol li blockquote h4 h5 h6 thead tbody tr th td sub sup u kbd mark".split(" "),
);

export const node = (tag, attributes = {}, children = []) => ({ tag, attributes, children });
export const text = (words) => ({ text: words });

/** Return the elements, one in the other, that a token opens. */
export function opened(token) {
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

/** Return the trees of what stands in a block. */
export function inlineTrees(token) {
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
