// Which models match what was typed, and in which order. Pure functions, so that tests run them without a browser.
//
// Each word that was typed must match; the worst match of them decides. From best to worst: the whole name, its
// beginning, the beginning of one of its words, the maker, an abbreviation of the name ("cop4" for Claude Opus 4), one
// of maker and name, a part of the name, anything else that is known of the model. Among equals starred models come
// first, then recent ones, later versions and shorter names.
const MATCHES = { exact: 0, start: 1, word: 2, maker: 3, short: 4, shortWithMaker: 5, part: 6, other: 7 };

const LONGEST_SHORT = 8; // characters of an abbreviation
const HAS_VERSION = /\p{L}\p{N}/u;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const squashed = (text) => plain(text).replace(/[^\p{L}\p{N}]+/gu, "");
const parts = (text) => plain(text).match(/\p{L}+|\p{N}+/gu) ?? [];

/** Return the parts of a text, each with all that follows it: "GPT-5 mini" → ["gpt5mini", "5mini", "mini"]. */
const tails = (text) => parts(text).map((_, at, all) => all.slice(at).join(""));

/** Return the first number of a name that may be a version: neither a date nor billions of parameters. */
const version = (text) => {
  const numbers = plain(text).matchAll(/(?<![\d.])(\d{1,2}(?:\.\d+)?)(?![\d.]|\s?[bx](?![a-z]))/gu);
  return Number(numbers.next().value?.[1] ?? 0);
};

/**
 * Return how many words are left out, at best, when `query` is made of the beginnings of `words`; Infinity if it is
 * not.
 * Those behind the last one count a hundredth each: "cop4" is rather Claude Opus 4 than Claude Opus 4.5.
 */
export function skippedWords(query, words) {
  if (!query) return words.length / 100;
  if (!words.length) return Infinity;
  let fewest = 1 + skippedWords(query, words.slice(1));
  for (let length = 1; length <= query.length && words[0].startsWith(query.slice(0, length)); length += 1) {
    fewest = Math.min(fewest, skippedWords(query.slice(length), words.slice(1)));
  }
  return fewest;
}

/** Return a model with the forms of its names that are matched. */
export function prepared(model) {
  const ownName = model.reference.slice(model.reference.lastIndexOf("/") + 1);
  return {
    model,
    names: [squashed(model.label), squashed(ownName)],
    tails: [...tails(model.label), ...tails(ownName)],
    makers: [squashed(model.maker), ...tails(model.maker)],
    parts: parts(model.label),
    partsWithMaker: [...parts(model.maker), ...parts(model.label)],
    all: squashed(`${model.maker} ${model.provider} ${model.label} ${model.reference}`),
    version: version(model.label),
  };
}

/** Return how well a word matches, as [kind, what of the name it leaves out]; undefined if it does not. */
function match(word, { names, tails, makers, parts, partsWithMaker, all }) {
  if (names.includes(word)) return [MATCHES.exact, 0];
  if (names.some((name) => name.startsWith(word))) return [MATCHES.start, 0];
  if (tails.some((tail) => tail.startsWith(word)))
    return [MATCHES.word, tails.includes(word) && HAS_VERSION.test(word) ? 0 : 1];
  if (makers.some((maker) => maker.startsWith(word))) return [MATCHES.maker, 0];
  if (word.length <= LONGEST_SHORT) {
    const skipped = skippedWords(word, parts);
    if (skipped < Infinity) return [MATCHES.short, skipped];
    const skippedWithMaker = skippedWords(word, partsWithMaker);
    if (skippedWithMaker < Infinity) return [MATCHES.shortWithMaker, skippedWithMaker];
  }
  if (names.some((name) => name.includes(word))) return [MATCHES.part, 0];
  return all.includes(word) ? [MATCHES.other, 0] : undefined;
}

const compared = (one, other) => {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at] < other[at] ? -1 : 1;
};

/** Return the models that match, best first; all of them in their own order if nothing was typed. */
export function ranked(models, typed) {
  const words = typed.split(/\s+/).map(squashed).filter(Boolean);
  if (!words.length) return models.map(({ model }) => model);
  const found = [];
  for (const one of models) {
    const matches = words.map((word) => match(word, one));
    if (matches.includes(undefined)) continue;
    const kind = Math.max(...matches.map(([kind]) => kind));
    const skipped = matches.reduce((sum, [, skipped]) => sum + skipped, 0);
    const { model, version, names } = one;
    const recent = model.recent ?? Infinity;
    found.push([[kind, skipped, !model.is_starred, recent, -version, names[0].length, model.reference], model]);
  }
  return found.sort(([one], [other]) => compared(one, other)).map(([, model]) => model);
}
