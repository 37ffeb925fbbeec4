"""Tokens of a sentence that are compared as they are written: if one character differs, they are others.

They are what stands in quotation marks, backticks or brackets, a single capital letter, a boolean, an operator, a
version, a fraction in words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

_SPAN = {
    "code": re.compile(r"`+([^`\n]{1,200})`+"),
    "literal": re.compile(r"(?<!\])(\[[^\[\]\n]{0,200}\](?!\()|\{[^{}\n]{0,200}\})"),
    "quote": re.compile(
        r"(?<![\w\\])(?:\"([^\"\n]{1,80})\"|“([^”\n]{1,80})”|„([^“”\n]{1,80})[“”]|«([^»\n]{1,80})»|"
        r"「([^」\n]{1,80})」|'([^'\n]{1,80})'(?!\w))"
    ),
    "letter": re.compile(
        r"(?<![\w.'’°])(?:\(([A-Z])\)|([B-HJ-Z])|(?<=\s)(A|I)(?=[.,;:!]?\s*$|[.,;:)]))"
        r"(?![\w'’-]|\.\s?[A-Z]|\.\w)"
    ),
    "operator": re.compile(r"(?:(?<=\s)|(?<=[\w)]))\s?(<=|>=|==|!=|[<>≤≥≠±])\s?(?=[\w(])|(?<=\s)([*/÷×%^])(?=\s)"),
    "version": re.compile(r"\b(v\d+(?:\.\d+)*|\d+\.\d+\.\d+|Q[1-4]|\d{1,3}(?:st|nd|rd|th))\b", re.IGNORECASE),
}  # fmt: skip
_MARKS = re.compile(r"[`\[{\"“„«「(<>=≤≥≠±*/÷×%^']")


VERSION = _SPAN["version"]
_FOLDED = frozenset({"boolean", "version", "fraction"})
_PLAIN = {kind: _SPAN[kind] for kind in ("letter", "version")}
_BOOLEANS = frozenset("true false yes wahr falsch".split())
_SWITCHED = re.compile(
    r"\b(?:is|are|was|were|be|turned|switched|set\sto|defaults?\sto|ist|sind|war|bleibt)\s[`'\"*_]*(on|off|an|aus|ein)"
    r"(?=[`'\"*_]*\s*(?:[.,;:!?]|$|by\sdefault))",
    re.IGNORECASE,
)
"""A thing that is on or off, by itself: "on Monday" is no state."""
_FRACTIONS = frozenset(
    "half third thirds quarter quarters fifth hälfte drittel viertel moitié tiers mitad tercio metà terzo metade "
    "половина половину половины треть 一半 半数 半分".split()
)
_DIGIT = re.compile(r"\d")
_DECIDING = ("boolean", "letter", "literal", "code", "quote", "version")
"""Kinds of which one differing token in a sentence that is else the same is a contradiction."""
_STRICT = ("boolean", "letter", "literal", "operator", "version", "fraction")
"""Kinds of which a token that only one sentence has changes what it says; a quotation may be told without its marks."""
_AS_WRITTEN = ("boolean", "letter", "literal")
_BARE = re.compile(r"\(([^()\s]{1,20})\)|\b([Nn]o)(?=[.,!;:]|$)|(?<![\w.])([B-HJ-Z])(?![\w'’])")
_SINGLY_QUOTED = re.compile(r"(?<![\w'])'([^'\n]{1,60})'(?!\w)")


def exact_tokens(
    text: str, spoken: Iterable[str], figures: Sequence[tuple[int, int]] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the tokens of a sentence that count as they are written, by kind, without the marks around them.

    ``spoken`` are its words. Letters inside ``figures`` (spans) are units, and what looks like a version is a date.
    """
    found = {}
    for kind, pattern in (_SPAN if _MARKS.search(text) else _PLAIN).items():
        if kind == "version" and not figures and not _DIGIT.search(text):
            continue
        tokens = tuple(
            next(group for group in match.groups() if group is not None).strip()
            for match in pattern.finditer(text)
            if kind not in _PLAIN or not any(start <= match.start() < end for start, end in figures)
        )
        if tokens:
            found[kind] = tuple(token.casefold() for token in tokens) if kind in _FOLDED else tokens
    said = {word.casefold() for word in spoken}
    for kind, known in (("boolean", _BOOLEANS), ("fraction", _FRACTIONS)):
        if not known.isdisjoint(said):
            found[kind] = tuple(sorted(known & said))
    if switched := _SWITCHED.findall(text):
        found["boolean"] = tuple(sorted({*found.get("boolean", ()), *map(str.casefold, switched)}))
    return found


def differ(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]], text_a: str, text_b: str) -> bool:
    """Return whether two sentences have tokens that exclude each other: each has one that the other does not write."""
    missing_a = _missing(a, text_b)
    missing_b = _missing(b, text_a)
    return bool(missing_a and missing_b) or any(kind in _STRICT for kind in (*missing_a, *missing_b))


def _missing(tokens: Mapping[str, tuple[str, ...]], text: str) -> list[str]:
    lowered = text.casefold()
    return [
        kind
        for kind, own in tokens.items()
        if any(token not in (lowered if kind in _FOLDED else text) for token in own)
        or (kind == "letter" and any(not re.search(rf"(?<!\w){re.escape(token)}(?!\w)", text) for token in own))
    ]


def deciding_kind(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]]) -> str:
    """Return the kind of which both sentences have one token, and another; '' if there is none or several."""
    kinds = [
        kind for kind in _DECIDING if len(a.get(kind, ())) == len(b.get(kind, ())) == 1 and set(a[kind]) != set(b[kind])
    ]
    return kinds[0] if len(kinds) == 1 else ""


def written(tokens: Mapping[str, tuple[str, ...]], text: str) -> set[str]:
    """Return what a sentence wants to be taken as it is written, whatever the marks around it.

    Beside its tokens that is what short brackets hold, a "no" that answers, and an initial. A figure in brackets, as
    in "(1,063 ft)", is none: figures are compared as such.
    """
    found = {token for kind in _AS_WRITTEN for token in tokens.get(kind, ())} | set(tokens.get("code", ()))
    found |= {match[1] for match in _SINGLY_QUOTED.finditer(text)} if "'" in text else set()
    found |= {match[match.lastindex or 0] for match in _BARE.finditer(text)}
    return {token for token in found if not token[:1].isdigit()}
