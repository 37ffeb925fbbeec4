// An address that ends in #said-CALL-START-END leads to these characters of a call's text, in its column.
import { findSpan } from "./spans.js";
import { goToWords } from "./words.js";

const ADDRESS = /^#said-(\d+)-(\d+)-(\d+)$/;

function goToSaid() {
  const [, call, start, end] = ADDRESS.exec(location.hash) ?? [];
  const take = call && document.getElementById(`call-${call}`);
  const source = take && document.querySelector(`textarea[data-source='${call}']`);
  if (!source) return;
  const characters = [...source.value]; // the server counts characters, and not the halves of those beyond 16 bits
  const words = characters.slice(start, end).join("");
  const before = characters.slice(0, start).join("");
  goToWords(take, () => findSpan(take.querySelector(".text"), words, before.split(words).length - 1));
}

addEventListener("hashchange", goToSaid);
goToSaid();
