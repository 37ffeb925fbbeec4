// Formulas of a text that still streams: the server draws them as it draws those of finished texts, many at a time.
const WAIT_MS = 50;
const MOST = 50; // in a request

const drawn = new Map(); // key → the MathML's element, or null for one that cannot be drawn
const waiting = new Map(); // key → {latex, isBlock, elements}
let timer = null;

/** Draw a formula into `element`: at once if it is known, else its source until the server has answered. */
export function drawFormula(element, latex, isBlock) {
  const key = `${isBlock ? "block" : "inline"} ${latex}`;
  if (drawn.get(key)) return element.replaceChildren(drawn.get(key).cloneNode(true));
  const source = element.appendChild(document.createElement("code"));
  source.className = "math";
  source.textContent = latex;
  if (drawn.has(key) || !latex || !document.body.dataset.formulas) return;
  if (!waiting.has(key)) waiting.set(key, { latex, isBlock, elements: [] });
  waiting.get(key).elements.push(element);
  timer ??= setTimeout(ask, WAIT_MS);
}

async function ask() {
  timer = null;
  const asked = [...waiting].slice(0, MOST);
  for (const [key] of asked) waiting.delete(key);
  if (waiting.size > 0) timer = setTimeout(ask, WAIT_MS);
  const answers = await fetchFormulas(asked.map(([, { latex, isBlock }]) => [latex, isBlock]));
  asked.forEach(([key, { elements }], at) => {
    if (!answers) return; // their sources stay until the text is finished
    const math = new DOMParser().parseFromString(answers[at], "text/html").querySelector("math");
    drawn.set(key, math);
    if (math) for (const element of elements) element.replaceChildren(math.cloneNode(true));
  });
}

async function fetchFormulas(formulas) {
  try {
    const response = await fetch(document.body.dataset.formulas, {
      method: "POST",
      headers: JSON.parse(document.body.getAttribute("hx-headers")),
      body: new URLSearchParams({ formulas: JSON.stringify(formulas) }),
    });
    return response.ok ? (await response.json()).formulas : null;
  } catch {
    return null;
  }
}
