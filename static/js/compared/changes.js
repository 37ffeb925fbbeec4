// Draws every answer as its changes against the base: what it lacks as <del>, what it has more as <ins>.
import { changesOf } from "./pieces.js";

const MOST_HERE = 20_000; // characters of both texts; longer ones are compared by a worker, so that the page stays free
const WORDS = {
  word: "by words",
  sentence: "by sentences: by words it would take too long",
  line: "by lines: by words it would take too long",
  text: "the texts have too little in common",
};

const waiting = new Map();
let worker = null;

for (const text of document.querySelectorAll("[data-changes]")) {
  const base = text.closest(".changed").querySelector(".base-source")?.value ?? "";
  const other = text.parentElement.querySelector(".source").value;
  if (base.length + other.length <= MOST_HERE) draw(text, changesOf(base, other));
  else ask(text, base, other);
}

function ask(text, base, other) {
  text.setAttribute("aria-busy", "true");
  worker ??= startWorker();
  waiting.set(text.closest("section").id, text);
  worker.postMessage({ id: text.closest("section").id, base, other });
}

function startWorker() {
  const started = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }) => draw(waiting.get(data.id), data));
  started.addEventListener("error", () => {
    for (const text of waiting.values()) text.removeAttribute("aria-busy"); // the texts stand there as they are
  });
  return started;
}

function draw(text, { unit, parts }) {
  text.replaceChildren(...parts.map(drawn));
  text.removeAttribute("aria-busy");
  text.dataset.unit = unit;
  const count = (kind) => parts.filter((part) => part.kind === kind).length;
  const said = parts.every(({ kind }) => kind === "same") ? "no changes" : `+${count("ins")} −${count("del")}`;
  text.parentElement.querySelector(".tally").textContent = `${said}, ${WORDS[unit]}`;
}

function drawn({ kind, text, isCode }) {
  const element = document.createElement(kind === "same" ? "span" : kind);
  if (isCode) element.className = "code";
  element.textContent = text;
  return element;
}
