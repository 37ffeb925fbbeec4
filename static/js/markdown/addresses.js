// Bare addresses of the web and of mailboxes: the rules are those of apps/markdown/inline_rules.py, which says why.
import { CJK, WORD, matchAt } from "./characters.js";

const MAX_ADDRESS = 2000; // characters
const BEGUN = {
  ":": /(?:^|[^A-Za-z0-9])(https?)$/i,
  ".": /(?:^|[^A-Za-z0-9@/._-])(www)$/i,
  "@": /(?:^|[^A-Za-z0-9._+/:-])([A-Za-z0-9][A-Za-z0-9._+-]{0,63})$/,
};
const LAST = { ":": /[ps]/i, ".": /w/i, "@": /[A-Za-z0-9._+-]/ }; // what they end with
const DOMAIN = /[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,8}/y;
const UNSEEN = "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f"; // what has no width
const ADDRESS = new RegExp(
  "(?:[/=_-][\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3]+|" +
    `[^\\s<>"\`|\\\\{}\\[\\]^\\x00-\\x20\\u2018-\\u201f\\ue000-\\uf8ff${UNSEEN}${CJK}])+`,
  "uy",
);
const TAIL = /[?!.,:;*_~'"]/;

export function underscoreRule(state, silent) {
  const { src, pos } = state;
  if (src[pos] !== "_" || !WORD.test(src[pos - 1] ?? "") || !WORD.test(src[pos + 1] ?? "")) return false;
  if (!silent) state.pending += "_";
  state.pos += 1;
  return true;
}

export function addressRule(state, silent) {
  const { src, pos } = state;
  const mark = src[pos];
  if (silent || !BEGUN[mark] || state.linkLevel > 0 || !LAST[mark].test(src[pos - 1] ?? "")) return false;
  const begun = BEGUN[mark].exec(src.slice(Math.max(0, pos - 70), pos));
  if (!begun || !state.pending.endsWith(begun[1])) return false;
  const start = pos - begun[1].length;
  let end = 0;
  if (mark === "@") {
    const found = matchAt(DOMAIN, src, pos + 1, state.posMax);
    end = found ? pos + 1 + found[0].length : 0;
    while (end && src[end - 1] === "-") end--;
  } else if (mark === "." || src.startsWith("://", pos)) {
    const rest = pos + (mark === ":" ? 3 : 1);
    const found = matchAt(ADDRESS, src, rest, Math.min(state.posMax, rest + MAX_ADDRESS));
    if (found && /^[\p{L}\p{N}]/u.test(found[0])) end = trim(src, start, rest + found[0].length);
  }
  if (end <= pos + 1 || (mark === "." && !src.slice(pos + 1, end).includes("."))) return false;
  return pushAddress(state, start, end, { "@": "mailto:", ".": "https://" }[mark] ?? "");
}

function trim(src, start, end) {
  const count = (character) => src.slice(start, end).split(character).length;
  while (end > start) {
    if (!TAIL.test(src[end - 1]) && !(src[end - 1] === ")" && count(")") > count("("))) break;
    end--;
  }
  return end;
}

function pushAddress(state, start, end, prefix) {
  const text = state.src.slice(start, end);
  const href = state.md.normalizeLink(prefix + text);
  if (!state.md.validateLink(href)) return false;
  state.pending = state.pending.slice(0, start - state.pos);
  state.push("link_open", "a", 1).attrs = [["href", href]];
  state.push("text", "", 0).content = text;
  state.push("link_close", "a", -1);
  state.pos = end;
  return true;
}
