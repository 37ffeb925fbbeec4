// The bar above a block of code: its language, Copy, and Wrap for long lines.
import { copy } from "../common/clipboard.js";

/** Return a `<pre>` with its bar. */
export function dressed(pre) {
  const frame = document.createElement("div");
  frame.className = "code";
  const bar = frame.appendChild(document.createElement("div"));
  bar.className = "bar";
  const language = bar.appendChild(document.createElement("span"));
  language.textContent = pre.dataset.language || "";
  bar.append(button("Copy", { copyCode: "" }), button("Wrap", { wrapCode: "" }));
  bar.lastChild.setAttribute("aria-pressed", "false");
  frame.append(pre);
  return frame;
}

function button(label, dataset) {
  const element = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  element.className = "btn ghost small";
  Object.assign(element.dataset, dataset);
  return element;
}

/** Give every block of code in `part` its bar. */
export function dressCode(part) {
  for (const pre of part.querySelectorAll(".prose pre[data-language]")) {
    if (pre.parentElement.className === "code") continue;
    const place = document.createComment("");
    pre.replaceWith(place);
    place.replaceWith(dressed(pre));
  }
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-copy-code], [data-wrap-code]");
  const pre = pressed?.closest(".code").querySelector("pre");
  if (!pre) return;
  if ("copyCode" in pressed.dataset) copy(pressed, pre.textContent);
  else pressed.setAttribute("aria-pressed", String(pre.classList.toggle("wraps")));
});
