"""The stretches of a text that may be a name or a term: what marks set apart, capitals, what a clause ends in.

A term that one text of a panel sets apart counts wherever another mentions it, in any form of its words.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from apps.fusion.answers.frame_words import DENSE_FRAME, leads

MOST_WORDS = 6
MOST_TAIL = 5
"""Words of a clause, or of what stands behind its verb."""
MOST_DENSE = 12
"""Characters of a name in Chinese or Japanese."""
SHARED = 4
"""Letters with which two forms of a word begin alike."""
ENDING = 2
"""Letters by which they then differ at most."""
MARKED = {
    "bold": re.compile(r"(?:\*\*|__)([^*\n]{1,80}?)(?:\*\*|__)"),
    "italic": re.compile(r"(?<![*\w])[*_]([^*_\n]{1,80}?)[*_](?![*\w])"),
    "quoted": re.compile(r"[\"“„«「『»‘]\s?([^\"”“»«」』\n]{1,60}?)\s?[\"”“»«」』’]"),
    "code": re.compile(r"`([^`\n]{1,60})`"),
    "boxed": re.compile(r"\\boxed\{\s?(?:\\text\{)?\s?([^{}\n]{1,80})\}"),
}
"""Marks that set a stretch apart."""
WAYS = (*MARKED, "capital", "clause", "behind_colon", "behind_verb", "piece", "mention")
"""All by which a stretch may be a name."""
DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SMALL = frozenset(
    "a an the of and de la le les l il lo gli los las el un una une der die das den dem des ein eine einen einem von "
    "van zu da do dos du di del della dello dell delle y e et und o os as um uma d s i am im in".split()
)

_WORD = re.compile(r"[^\W_]+(?:[’'.·-][^\W_]+)*")
_ELIDED = re.compile(r"^(?:[ldcsjmnt]|qu|dell|all|nell|un|sull)['’]", re.IGNORECASE)
_GENITIVE = re.compile(r"['’]s?$")
_PIECE = re.compile(r"[\u30a0-\u30ff・·]{2,}|[\u3400-\u9fff々ヶ・·]+|[A-Za-z][A-Za-z0-9]*")
_DENSE_IDLE = re.compile(r"[第\d][一二三四五\d]*[位名]|[这那您在但而也就]|一个|一種|之一|さん|という|でした|した|位")
_INITIAL = re.compile(r"(?:[^\W\d_]|St|[DdMm]r|Mrs|Sr|Jr)\Z")
_JOINS = frozenset("of de la le von van da do du di del der den el y dos das the".split())
"""Words in small letters within a name."""
_EDGES = ' \t*_`"“”„«»‘「」『』.,;:!?。，、！：()（）[]$\\#>|'
_CLAUSE_ENDS = re.compile(r"[,;:，、；：!?.。！](?=[\s*_)\"”]|[^\x00-\x7f]|$)|\s[–—-]+\s|[–—]|[()（）]|→|⇒|\|")
VERB = re.compile(
    r"(?<!\w)(?:is|was|are|were|be|['’]s|called|named|ist|war|sind|heißt|hieß|lautet|est|était|es|fue|era|è|fu|é|foi|"
    r"sarebbe|ser[ií]a|serait|wäre|это|был[аои]?|by|von|par|por|da|dal|pela?|pelo)(?!\w)\s*",
    re.IGNORECASE,
)
"""A verb behind which a name stands, or a word for its author."""


def plain_words(words: str) -> frozenset[str]:
    """Return the words of a stretch in small letters without articles; in Chinese and Japanese the only piece of it."""
    if DENSE.search(words):
        pieces = _PIECE.findall(DENSE_FRAME.sub(" ", _DENSE_IDLE.sub(" ", words)))
        return frozenset(pieces) if len(pieces) == 1 else frozenset()
    found = {_GENITIVE.sub("", _ELIDED.sub("", one.casefold())) for one in _WORD.findall(words)}
    return frozenset(found - SMALL - {""})


def has(words: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether a name has all words of another, in any form."""
    return all(any(alike(mine, one) or (DENSE.match(one) and one in mine) for mine in words) for one in others)


class NameIndex:
    """Names by how their words begin, as all forms of a word do: long texts have more than a thousand."""

    def __init__(self, names: Iterable[frozenset[str]]) -> None:
        self._names = list(names)
        self._by_start: dict[str, list[frozenset[str]]] = defaultdict(list)
        for name in self._names:
            for start in {word[:SHARED] for word in name}:
                self._by_start[start].append(name)

    def having(self, words: frozenset[str]) -> list[frozenset[str]]:
        """Return the names that have all these words, in any form, in the order in which they were given."""
        within = [self._names if DENSE.match(word) else self._by_start.get(word[:SHARED], []) for word in words]
        return [name for name in min(within, key=len, default=self._names) if has(name, words)]


def alike(one: str, other: str) -> bool:
    """Return whether two words are forms of one."""
    shared = max(SHARED, max(len(one), len(other)) - ENDING)
    return one == other or (one[:shared] == other[:shared] and min(len(one), len(other)) >= shared)


def spans_of(text: str, sentences: Iterable[tuple[int, int]]) -> dict[tuple[int, int], set[str]]:
    """Return the stretches of sentences that may be names, each with the ways by which it is one."""
    found: dict[tuple[int, int], set[str]] = {}
    for start, end in sentences:
        of_script = (_pieces,) if DENSE.search(text, start, end) else (_capitals, _behind_verbs)
        for read in (_marked, _clauses, *of_script):
            for span, way in read(text, start, end):
                first, last = _trimmed(text, *span)
                if last > first and 0 < len(_WORD.findall(text, first, last)) <= MOST_WORDS:
                    found.setdefault((first, last), set()).add(way)
    return {span: ways for span, ways in found.items() if plain_words(text[slice(*span)])}


def mentions(
    text: str, sentences: Iterable[tuple[int, int]], names: Iterable[frozenset[str]]
) -> Iterator[tuple[int, int]]:
    """Yield where sentences mention names that are known, in any form of their words."""
    places = list(sentences)
    marks = [
        (mark.span(), _ELIDED.sub("", mark.group().casefold()))
        for span in places
        for mark in _WORD.finditer(text, *span)
    ]
    begins = defaultdict(list)
    for at, (_, word) in enumerate(marks):
        begins[word[:SHARED]].append(at)
    for words in names:
        if DENSE.search("".join(words)):
            pattern = re.compile(re.escape("".join(words)))
            yield from (mark.span() for span in places for mark in pattern.finditer(text, *span))
            continue
        for at in sorted({at for word in words for at in begins[word[:SHARED]]}):
            last = _last_word(marks, at, words)
            if last is not None:
                yield marks[at][0][0], marks[last][0][1]


def _last_word(marks: list[tuple[tuple[int, int], str]], at: int, words: frozenset[str]) -> int | None:
    """Return where a name ends that begins at a word, ``None`` if it does not begin there."""
    left = set(words)
    for here in range(at, min(len(marks), at + 2 * MOST_WORDS)):
        word = marks[here][1]
        hit = next((one for one in sorted(left) if alike(word, one)), None)
        if hit is None and (here == at or word not in SMALL):
            return None
        left.discard(hit or "")
        if not left:
            return here
    return None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch without the articles and marks around it."""
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    marks = list(_WORD.finditer(text, start, end))
    while len(marks) > 1 and marks[0].group().casefold() in SMALL:
        marks = marks[1:]
        start = marks[0].start()
    while len(marks) > 1 and marks[-1].group().casefold() in SMALL:
        marks = marks[:-1]
        end = marks[-1].end()
    elided = _ELIDED.match(text[start:end])
    return (start + elided.end() if elided else start), end


def _marked(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    for way, pattern in MARKED.items():
        yield from ((mark.span(1), way) for mark in pattern.finditer(text, start, end))


def _capitals(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the longest runs of words in capitals; none begins with a word that only leads to something."""
    run: list[re.Match[str]] = []
    for mark in (*_WORD.finditer(text, start, end), None):
        bare = _ELIDED.sub("", mark.group()) if mark else ""
        between = text[run[-1].end() : mark.start()] if run and mark else ""
        is_beside = between == " " or (between == ". " and _INITIAL.search(run[-1].group()))
        is_capital = bare[:1].isupper()
        if run and not (is_beside and (is_capital or bare.casefold() in _JOINS)):
            yield (run[0].start(), run[-1].end()), "capital"
            run = []
        if mark and (is_capital or run) and (run or not leads(bare.casefold())):
            run.append(mark)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the clauses of a few words."""
    is_dense = bool(DENSE.search(text, start, end))
    for first, last in _parts(text, start, end):
        if last - first <= MOST_DENSE if is_dense else len(_WORD.findall(text, first, last)) <= MOST_TAIL:
            is_behind = any(one in ":：" for one in text[max(start, first - 2) : first])
            yield (first, last), "behind_colon" if is_behind and not is_dense else "clause"


def _behind_verbs(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield what ends a clause behind one of its last two verbs."""
    for first, last in _parts(text, start, end):
        for verb in list(VERB.finditer(text, first, last))[-2:]:
            if 0 < len(_WORD.findall(text, verb.end(), last)) <= MOST_TAIL:
                yield (verb.end(), last), "behind_verb"


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence."""
    for mark in _CLAUSE_ENDS.finditer(text, start, end):
        if text[start : mark.start()].strip():
            yield start, mark.start()
        start = mark.end()
    if text[start:end].strip():
        yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield what is left of a sentence in Chinese or Japanese without the signs that lead to a conclusion."""
    plain = DENSE_FRAME.sub(lambda mark: " " * len(mark.group()), text[start:end])
    for mark in _PIECE.finditer(plain):
        if len(mark.group()) <= MOST_DENSE:
            yield (start + mark.start(), start + mark.end()), "piece"
