"""Tell a quote that differs from the answer only in stop words, endings and marks from one that says something else.

Both are compared word by word. Names, figures with their signs, units, operators, negations and every other word that
carries meaning must be the same: an antonym or another name is never an ending.
"""

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import NamedTuple

SHARED = 0.6
"""The least share of words that a quote and its passage have in common."""
LONGEST_RUN = 3
"""Stop words in a row that may be left out or added."""
MOST_PAIRS = 20_000
"""Pairs of equal words of a quote and a passage: the time to align them grows with it, and ordinary text has few."""

_TOKEN = re.compile(
    r"(?:(?<![\w)\]])[-+±])?[$€£¥]?\d+(?:[.,:/^]\d+)*(?:\s?[%‰°])?[$€£¥]?"
    r"|[\u3040-\u30ff\u3400-\u9fff]"
    r"|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W\d_]+)*"
    r"|[=<>≤≥≠≈±×÷√∞∑∏∈∉⊂∪∩→←↔&^~+*@#%‰°$€£¥]|[!](?=[\w=(])|(?<=[\d)])\s?[-/]\s?(?=[\d(])"  # noqa: RUF001 - signs
    r"|(?<=\b\w)\s?[-/]\s?(?=\w\b)|\|\|"
)
_ARTICLES = frozenset(
    "a an the this that these those der die das den dem des ein eine einen einem einer eines "
    "le la les l' un une des el los las una unos unas il lo gli i uno o os as um uma".split()
)
_CLASSES = (
    _ARTICLES,
    frozenset("is are".split()),
    frozenset("was were".split()),
    frozenset("has have".split()),
    frozenset("do does".split()),
    frozenset("who which that".split()),
    frozenset("in on at".split()),
    frozenset("it they this these".split()),
    frozenset("its their".split()),
    frozenset("ist sind".split()),
    frozenset("war waren".split()),
    frozenset("hat haben".split()),
)
"""Stop words that may stand for one another."""
_PERSONS = frozenset("i you he she it we they his her its our their ich du er sie es wir ihr il elle ils elles".split())
_STOP = (
    _ARTICLES
    | frozenset().union(*_CLASSES)
    | frozenset(
        "he she his her of and also then so just been be being had did there here as by for to with from we you your "
        "our us them "
        "und auch dann da es sie er ihr sein seine ihre von zu zum zur im am mit für auf an bei aus als "
        "de du et en y e di del della che que qui the của の は が を 的".split()
    )
)
"""Words that may be left out or added. None of them negates, compares, limits or says when."""
_NEGATION = re.compile(
    r"not|no|nor|never|none|cannot|without|neither|nobody|nothing|nowhere|.+n't|nicht|nie|niemals|ohne|kein\w*|weder|nichts|"
    r"pas|non|ne|n'.+|jamais|sans|ni|sin|nunca|nada|senza|mai|não|nem|sem|не|нет|ни|без|никогда|不|没|無|无|未|非"
)
_DENSE_NEGATION = re.compile(r"[不没無无]|未(?![来來])|ない|ません|なかっ")
_WORD = re.compile(
    r"(?<!\d\s)(?<!\d\.\s)(?:(?-i:mai)|(?<!\s)mai)\b|(?!mai\b)[^\W\d_]+(?:['’][^\W\d_]+)*", re.IGNORECASE
)
"""A word; "mai" is no "never" of Italian behind a figure (French) or written as a noun (German): then it is May."""
_ENDINGS = frozenset(("", "s", "es", "ed", "d", "ing", "ings", "e", "y", "ies", "ied", "i", "'s", "s'", "'"))
_GERMAN_ENDINGS = _ENDINGS | frozenset(("en", "n", "em", "er", "t", "te", "ten"))
_GERMAN = frozenset("der die das und ist nicht ein eine mit von den im wurde".split())


def denies(text: str) -> bool:
    """Return whether a word of a text negates, in one of a dozen languages; what is denied is not looked at."""
    words = (word.group().casefold().replace("’", "'") for word in _WORD.finditer(text))
    return bool(_DENSE_NEGATION.search(text)) or any(_NEGATION.fullmatch(word) for word in words)


class _Token(NamedTuple):
    """A word or sign, the key by which words of one stem are found, and its place in the folded text."""

    text: str
    key: str
    start: int
    end: int
    is_name: bool


def passage_like(needle: str, surface: str, window: str, window_surface: str) -> tuple[int, int] | None:
    """Return the span of ``window`` that says what ``needle`` says but for stop words, endings and marks, or ``None``.

    Both are folded; each surface is the same text, character by character, as it was written.
    """
    quoted, said = _tokens(needle, surface), _tokens(window, window_surface)
    mine, theirs = Counter(token.key for token in quoted), Counter(token.key for token in said)
    has_enough = (mine & theirs).total() >= SHARED * len(quoted)
    if not has_enough or sum(count * theirs[key] for key, count in mine.items()) > MOST_PAIRS:
        return None
    endings = _GERMAN_ENDINGS if sum(token.text in _GERMAN for token in said) > 1 else _ENDINGS
    operations = SequenceMatcher(
        None, [token.key for token in quoted], [token.key for token in said], autojunk=False
    ).get_opcodes()
    matched = [one for one in operations if one[0] == "equal"]
    pairs = [
        (quoted[a], said[b])
        for _, first, last, start, end in matched
        for a, b in zip(range(first, last), range(start, end), strict=True)
    ]
    content = [one for one, _ in pairs if one.text not in _STOP]
    if len(content) < 2 or not all(_is_same(one, other, endings) for one, other in pairs):
        return None
    begin, stop = matched[0][3], matched[-1][4]
    # A pronoun in front may be left out, but not stand for another one.
    left_out = {token.text for token in quoted[: matched[0][1]]} & _PERSONS
    before = {token.text for token in said[max(0, begin - matched[0][1]) : begin]} & _PERSONS
    if left_out and before and left_out != before:
        return None
    if len(pairs) < SHARED * max(len(quoted), stop - begin):
        return None
    for kind, first, last, start, end in operations:
        is_edge = end <= begin or start >= stop
        if kind != "equal" and not _is_harmless(quoted[first:last], [] if is_edge else said[start:end]):
            return None
    return said[begin].start, said[stop - 1].end


def _tokens(text: str, surface: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        said = match.group().replace(" ", "")
        shown = surface[match.start() : match.end()]
        before = text[: match.start()].rstrip(" \"'(")[-1:]
        is_name = shown[:1].isupper() and before not in ("", ".", "!", "?", ":") and said.isalpha()
        key = said if said in _STOP or _NEGATION.fullmatch(said) or not said[0].isalpha() else _stem(said)
        # A capital A in the middle is a letter's name and no article.
        found.append(
            _Token(f"={said}" if is_name and said in _STOP else said, key, match.start(), match.end(), is_name)
        )
    return found


def _stem(word: str) -> str:
    """Return what forms of one word have in common, and perhaps other words too: `_is_same` looks closer."""
    word = word.replace("'", "")
    before = ""
    while before != word:
        before = word
        for ending in ("ings", "ing", "ed", "es", "en", "em", "er", "s", "e"):
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)]
                break
    word = f"{word[:-1]}i" if word[-1] == "y" and len(word) > 2 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _is_same(mine: _Token, theirs: _Token, endings: frozenset[str]) -> bool:
    """Return whether two tokens of one stem are one word with two endings; a name has none but its genitive's."""
    if mine.text == theirs.text:
        return True
    if mine.text.replace("'", "") == theirs.text.replace("'", ""):
        return not _NEGATION.fullmatch(mine.text) and not _NEGATION.fullmatch(theirs.text)
    if not (mine.text[0].isalpha() and theirs.text[0].isalpha()):
        return False
    shared = 0
    while shared < min(len(mine.text), len(theirs.text)) and mine.text[shared] == theirs.text[shared]:
        shared += 1
    if shared < 3:
        return False
    rest = {mine.text[shared:], theirs.text[shared:]}
    if (mine.is_name or theirs.is_name) and endings is not _GERMAN_ENDINGS:
        return rest == {"", "'s"}
    # "stop" and "stopped"; but "plan" and "plane" are two words.
    rest = {one[1:] if one[:1] == mine.text[shared - 1] and len(one) > 1 else one for one in rest}
    return rest <= endings and rest != {"", "e"}


def _is_harmless(mine: list[_Token], theirs: list[_Token]) -> bool:
    """Return whether words that only one of the two has are stop words, or stand for one another."""
    if max(len(mine), len(theirs)) > LONGEST_RUN:
        return False
    if mine and theirs:
        mine = [token for token in mine if token.text not in _ARTICLES]
        theirs = [token for token in theirs if token.text not in _ARTICLES]
    if mine and theirs:
        return len(mine) == len(theirs) and all(
            any({one.text, other.text} <= words for words in _CLASSES) for one, other in zip(mine, theirs, strict=True)
        )
    return all(token.text in _STOP for token in (*mine, *theirs))
