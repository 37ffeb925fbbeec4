"""Names and short terms that answers to "who", "where" or "which" conclude, read by their place beside the request.

Where an answer concludes, its name is what stands alone, in bold or behind a colon; else the last words in capitals, or
the only ones that neither the question has nor lead to a conclusion. What is not certain counts where others name it.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from apps.fusion.answers.asked import holds_word, question, words_of
from apps.fusion.answers.frame_words import DENSE_FRAME, leads
from apps.fusion.answers.places import Spot, places
from apps.fusion.answers.qualifiers import asks, leaves_open, warns, without_hedges
from apps.fusion.answers.sentences import told
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final
from apps.fusion.languages import language_of
from apps.fusion.vocabulary import FinalKind

NAMED = "name:"
"""The beginning of the canonical form of a name that is read beside a request."""
MOST_WORDS = 6
"""Words of a name."""
MOST_DENSE = 12
"""Characters of one in Chinese or Japanese."""
MOST_OTHERS = 2
"""Words beside a name in its sentence that neither lead to it nor stand in the question."""
LONGEST_TEXT = 600
"""Characters of a text that concludes with a name where its layout sets no place apart."""
LONGEST = 200
"""Characters of a sentence that concludes with a name."""
ALIKE = 0.7
"""Likeness from which on two names may be spellings of one."""

_SCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_SMALL = frozenset(
    "a an the of and de la le les l il lo gli los las el un una une der die das den dem ein eine von van zu da "
    "do dos das du des di "
    "del della y e et und o os as um uma d".split()
)
_BOXED = re.compile(r"\\boxed\{(?:\\text\{)?(?P<inner>[^{}\n]{1,80})\}")
_BOLD = re.compile(r"\*\*(?P<inner>[^*\n]{1,80}?)\*\*")
_QUOTED = re.compile(r"[\"“„«「『](?P<inner>[^\"”“»」』\n]{1,60})[\"”“»」』]")
_BEHIND = re.compile(r"(?:[:：→]|\s[–—-])\s*(?P<inner>[^:：→–—\n]{1,80}?)[\s.!。！✨✅*]*$")
_BEHIND_COMMA = re.compile(
    r"[,，、]\s*(?!(?:and|or|und|oder|et|ou|y|o|e|и|или|а)\s)(?P<inner>[^,，、:：→–—\n]{1,80}?)[\s.!。！✨✅*]*$"
)
_HIRAGANA = re.compile(r"[\u3040-\u309f]")
_KATAKANA = re.compile(r"[\u30a0-\u30ff]+")
_BEFORE = re.compile(r"[\s*_>#→]*(?P<inner>[^,，.:：;–—\n]{1,60}?)[*_]{0,3}(?:[,，、;]|\s[–—-]\s)")
_CONTRAST = re.compile(
    r"\b(?:but|however|aber|doch|jedoch|mais|pero|sino|ma|però|mas|porém|но|однако)\b|但|不过|ですが|しかし|"
    r"けれど|が、",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*\.?")
_ELIDED = re.compile(r"(?:[ldcsjmnt]|qu|dell|all|nell|un)['’]", re.IGNORECASE)
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PIECE = re.compile(r"[\u30a0-\u30ff\u3400-\u9fffA-Za-z0-9・·]+")
_DENSE_IDLE = re.compile(
    r"一般认为|普遍认为|以上|线索|指向|代表|表示|由此|可以|确定|总的来说|应为|就是|要找|简单来说|一句话|概括|元素|"
    r"连邦|連邦|因此|这|您|都|在|那|"
    r"用|得出|剩下|只|符合|选择|我|综上|正解|手短|以上|消去法|絞|確定|結論|言|私|記憶|要|思|考|一つ|仲間|表|指|呼"
)
_COMPLIMENT = re.compile(r"\S\s[^!！]*[!！][\s😊🙂*]*$")
_CLAUSE = re.compile(r"[,，、:：;；]|\s[–—-]\s")
_LISTED = re.compile(r"(?:^|\n)[ \t]*(?:[-*+•–]|\d{1,3}[.)])[ \t]+[*_]*$")
_PERSON = re.compile(r"\W*(?:who|whom|whose|wer|wen|wem|qui|quién(?:es)?|chi|quem|кто|кого)\b", re.IGNORECASE)
"""A question for a person, whose name has capitals."""
_IN_BRACKETS = re.compile(r"\s?[(（][^()（）\n]{1,40}[)）][\s.!。]*$")
_CALLED = frozenset("heisst hiess lautet nennt ist war is was est es è é".split())


class Name(NamedTuple):
    """A name from ``start`` to ``end`` by its words.

    It ``is_sure`` where its place alone says that it is the answer, and ``is_likely`` where it ends its sentence.
    """

    start: int
    end: int
    words: frozenset[str]
    is_sure: bool
    is_likely: bool = False


def names_by_place(texts: Mapping[str, str], asked: str, weighed: Mapping[str, Name]) -> dict[str, Found]:
    """Return the names that texts conclude, in answer to a request for one, by place if most texts conclude one so.

    Texts of which that tells none have the ``weighed`` one.
    """
    wanted = question(asked)
    own = {slot: list(_names(text, wanted)) for slot, text in sorted(texts.items())}
    found = {slot: one for slot in texts if (one := _chosen(slot, own, texts) or weighed.get(slot))}
    if 3 * len(found) < 2 * len(texts):
        found = dict(weighed)
    found = {slot: one for slot, one in found.items() if one.is_sure or not _mentions(texts[slot], slot, found)}
    forms = {slot: _form(one, list(found.values())) for slot, one in found.items()}
    return {
        slot: Found(Final(FinalKind.TEXT, forms[slot], one.start, one.end), one.start, is_announced=True)
        for slot, one in found.items()
    }


def _mentions(text: str, slot: str, found: Mapping[str, Name]) -> bool:
    """Return whether a text names what another slot surely concludes, beside what it may conclude itself."""
    plain = [text[one.start : one.end] for one in told(text) if not one.is_aside]
    said = {
        word
        for words in plain
        if not (_CONTRAST.search(words) or warns(words, 0, len(words)))
        for word in words_of(words)
    }
    own = found[slot].words
    others = [one.words for other, one in found.items() if other != slot and one.is_sure]
    return any(words <= said and not (words <= own or own <= words) for words in others)


def are_other_names(one: str, other: str) -> bool:
    """Return whether two forms of names are those of different things: without a common word, and not spelt alike."""
    mine, theirs = ({*form.removeprefix(NAMED).split()} for form in (one, other))
    texts = ["".join(sorted(words)) for words in (mine, theirs)]
    if _DENSE.search(texts[0]) and _DENSE.search(texts[1]):
        one, other = (form.removeprefix(NAMED) for form in (one, other))
        shared = SequenceMatcher(None, one, other).find_longest_match().size
        return shared < (2 if min(len(one), len(other)) > 2 else 1)
    short, long = sorted(texts, key=len)
    is_short = len(short) < 4 < len(long) - 2 or any(char in _SCRIPTS for text in texts for char in text)
    return not (mine & theirs or is_short or SequenceMatcher(None, short, long).ratio() >= ALIKE)


def _form(name: Name, every: list[Name]) -> str:
    """Return the canonical form of a name: that of the only longest one that has all its words."""
    longer = {other.words for other in every if _has(other.words, name.words)}
    most = [words for words in longer if not any(_has(other, words) and other != words for other in longer)]
    return NAMED + " ".join(sorted(most[0] if len(most) == 1 else name.words))


def _has(words: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether a name has all words of another: in Chinese and Japanese, all its characters side by side."""
    if len(words) == len(others) == 1:
        one, other = *words, *others
        return other in one if _DENSE.search(one) else one == other
    return others <= words


def _chosen(slot: str, own: Mapping[str, list[Name]], texts: Mapping[str, str]) -> Name | None:
    """Return the likeliest name of a slot: one that is sure, or that another slot concludes or mentions.

    Else it is the first that ends its sentence like a name.
    """
    others = [name for other, names in own.items() if other != slot for name in names]
    said = [text.casefold() for other, text in texts.items() if other != slot]
    for name in own[slot]:
        is_shared = any(_has(name.words, other.words) or _has(other.words, name.words) for other in others)
        if name.is_sure or is_shared or any(all(word in text for word in name.words) for text in said):
            return name
    return next((name for name in own[slot] if name.is_likely), None)


def _names(text: str, wanted: str) -> Iterator[Name]:
    """Yield the names with which a text may conclude, the likeliest first."""
    heading = _BOLD.match(text)
    spots = places(text)
    if heading and heading.end() == len(text.partition("\n")[0]):
        spots = [Spot(*heading.span("inner"), is_apart=False), *spots]
    for place in spots:
        if place.end - place.start > LONGEST or text[place.end - 1] in "?？" or asks(text[place.start : place.end]):
            continue
        if _CONTRAST.search(text, place.start, place.end) or warns(text, place.start, place.end):
            continue
        if _COMPLIMENT.search(text, place.start, place.end):
            continue
        if not place.is_apart and (
            len(text) > LONGEST_TEXT or _LISTED.search(text[max(0, place.start - 12) : place.start])
        ):
            continue
        for start, end, is_sure, most in _spans(text, place, wanted):
            words = words_in(text[start:end], wanted)
            before = _CLAUSE.split(text[place.start : start])[-1]
            around = (before, text[end : place.end])
            if (
                not words
                or leaves_open(*around, may_be_bound=False)
                or (_others(text, place, start, end, wanted) > most + place.is_apart)
            ):
                continue
            is_end = not text[end : place.end].strip(" .!。！✨✅*_”»\"'」")
            yield Name(start, end, words, is_sure, _is_likely(text, place, start, end, is_end))


def _others(text: str, place: Spot, start: int, end: int, wanted: str) -> int:
    """Return how many words a sentence has beside a name that neither lead to it nor stand in the question.

    Words in capitals and figures weigh more: they tell something else.
    """
    rest = without_hedges(f"{text[place.start : start]} \n {text[end : place.end]}")
    if _DENSE.search(text, place.start, place.end):
        return len(_pieces(rest, wanted))
    marks = [one for one in _WORD.finditer(rest) if not is_idle(one.group(), wanted)]
    is_german = _is_german(text)
    heavy = [one for one in marks if one.group()[0].isdigit() or (one.start() > 2 and one.group()[0].isupper())]
    return len(marks) + (0 if is_german else 2 * len(heavy))


def _is_likely(text: str, place: Spot, start: int, end: int, is_end: bool) -> bool:
    """Return whether a stretch is where a sentence ends or an opening begins, and is written like a name."""
    if _DENSE.search(text, start, end):
        return is_end or (end - start > 2 and bool(_KATAKANA.fullmatch(text, start, end)))
    if not text[start].isupper():
        return False
    if not text[:start].strip(" *_>#"):
        return True
    last = words_of(text[place.start : start])[-1:]
    return is_end and (place.is_apart or not _is_german(text) or bool(_CALLED & set(last)))


def _is_german(text: str) -> bool:
    return language_of(text) == "de"


def _spans(text: str, place: Spot, wanted: str) -> Iterator[tuple[int, int, bool, int]]:
    """Yield the stretches of a sentence that may be the name, whether the marks around them say so.

    The last figure is the number of other words that the sentence may have.
    """
    start, end = place.start, place.end
    bracket = _IN_BRACKETS.search(text, start, end)
    end = bracket.start() if bracket and bracket.start() > start else end
    for pattern in (_BOXED, _BOLD, _QUOTED):
        marks = [one.span("inner") for one in pattern.finditer(text, start, end)]
        marks = [span for span in marks if is_noun(text[slice(*span)], wanted)]
        if len({text[slice(*span)] for span in marks}) == 1:
            yield *marks[0], True, MOST_OTHERS + 1 + 20 * (pattern is _BOXED)
    for pattern in (_BEHIND, _BEHIND_COMMA):
        behind = pattern.search(text, start, end)
        if behind and (
            is_noun(behind["inner"], wanted) or (behind.group()[0] in ":：" and _is_phrase(behind["inner"], wanted))
        ):
            is_sure = pattern is _BEHIND or not _DENSE.search(behind["inner"])
            yield *behind.span("inner"), is_sure, MOST_OTHERS * (1 + (pattern is _BEHIND))
    if is_noun(text[start:end], wanted):
        yield start, end, True, MOST_OTHERS
    before = _BEFORE.match(text, start, end)
    if before and is_noun(before["inner"], wanted):
        capitals = [one for one in _WORD.findall(before["inner"]) if one[0].isupper() and not is_idle(one, wanted)]
        is_opening = not text[:start].strip(" *_>#")
        yield *before.span("inner"), len(capitals) > 1, MOST_OTHERS * (1 + is_opening)
    runs = _dense_runs if _DENSE.search(text, start, end) else _runs
    yield from ((*run, MOST_OTHERS) for run in runs(text, start, end, wanted))


def is_noun(words: str, wanted: str) -> bool:
    """Return whether words are like a name: all in capitals but for articles and what the question has, or only one."""
    if _DENSE.search(words):
        return (
            len(_pieces(words, wanted)) == 1
            and len(_DENSE.findall(words)) <= MOST_DENSE
            and not _HIRAGANA.search(words)
        )
    found = [_ELIDED.sub("", word) for word in _WORD.findall(words)]
    own = [word for word in found if not is_idle(word, wanted)]
    is_led = any(leads(word.casefold()) and word.casefold() not in _SMALL for word in found)
    return (
        0 < len(found) <= MOST_WORDS
        and len(own) > 0
        and not is_led
        and ((len(own) == 1 and len(found) <= 3) or all(word[0].isupper() for word in own))
    )


def _is_phrase(words: str, wanted: str) -> bool:
    """Return whether words are an article and a few more: "the carbon dioxide"."""
    found = words_of(words)
    own = [word for word in found if not is_idle(word, wanted)]
    return 1 < len(found) <= 5 and found[0] in _SMALL and 0 < len(own) <= 3 and not any(map(leads, own))


def words_in(words: str, wanted: str) -> frozenset[str]:
    """Return the words that tell a name from others: none of the question, no article and no initial."""
    if _DENSE.search(words):
        plain = "".join(piece for piece in _pieces(words, wanted))
        return frozenset([plain]) if plain else frozenset()
    found = [_ELIDED.sub("", word).rstrip(".") for word in _WORD.findall(words)]
    return frozenset(word.casefold() for word in found if not (is_idle(word, wanted) or word.isdecimal()))


def _runs(text: str, start: int, end: int, wanted: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the last words in capitals of a sentence, the first of all where the others lead to it; else the last."""
    marks = list(_WORD.finditer(text, start, end))
    idle = [is_idle(one.group(), wanted) for one in marks]
    runs: list[list[int]] = []
    for at, mark in enumerate(marks):
        bare = _ELIDED.sub("", mark.group())
        is_capital = bare[:1].isupper() and not idle[at]
        is_inner = bare.casefold() in _SMALL and runs and runs[-1][-1] == at - 1 and not bare[:1].isupper()
        if (
            is_capital
            and runs
            and (runs[-1][-1] == at - 1)
            and text[marks[at - 1].end() : mark.start()].strip(" ") == ""
        ):
            runs[-1].append(at)
        elif is_capital or is_inner:
            runs[-1].append(at) if is_inner else runs.append([at])
    runs = [_trimmed(run, marks) for run in runs]
    inner = [
        run for run in runs if run[0] > 0 or len(run) > 1 or all(idle[at] for at in range(len(marks)) if at not in run)
    ]
    if inner:
        yield marks[inner[-1][0]].start(), marks[inner[-1][-1]].end(), False
        return
    if _PERSON.match(wanted):
        return
    # Without capitals it is all that is left, or what the last article stands before.
    left = [at for at in range(len(marks)) if not idle[at]]
    if 0 < len(left) <= 3 and left[-1] - left[0] == len(left) - 1:
        yield marks[left[0]].start(), marks[left[-1]].end(), len(left) == 1 < len(marks)
    elif left and left[-1] == len(marks) - 1 and (len(left) < 2 or left[-2] < left[-1] - 1):
        yield marks[left[-1]].start(), marks[left[-1]].end(), False


def _trimmed(run: list[int], marks: list[re.Match[str]]) -> list[int]:
    """Return a run without small words at its end."""
    while len(run) > 1 and marks[run[-1]].group().casefold() in _SMALL:
        run = run[:-1]
    return run


def is_idle(word: str, wanted: str) -> bool:
    bare = _ELIDED.sub("", word).casefold().rstrip(".")
    is_led = bare in _SMALL or leads(bare) or leads(word.casefold())
    return len(bare) < 2 or is_led or _is_in(wanted, _ELIDED.sub("", word).rstrip("."))


def _is_in(wanted: str, word: str) -> bool:
    """Return whether a question has a word: a name as it is written, but for one letter at its end."""
    if not word[:1].isupper():
        return holds_word(wanted, word)
    return any(word.casefold() in (other, f"{other}s", other[:-1]) for other in words_of(wanted) if len(other) > 1)


def _dense_runs(text: str, start: int, end: int, wanted: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the pieces of a sentence in Chinese or Japanese that neither the question has nor lead to a conclusion."""
    pieces = [piece for piece in _pieces(text[start:end], wanted) if len(piece) <= MOST_DENSE]
    for piece in reversed(pieces):
        at = text.rfind(piece, start, end)
        if at >= 0:
            yield at, at + len(piece), len(pieces) == 1


def _pieces(words: str, wanted: str) -> list[str]:
    plain = DENSE_FRAME.sub(" ", _DENSE_IDLE.sub(" ", words))
    found = [piece for one in _PIECE.findall(plain) if (piece := one.strip("・·"))]
    return [piece for piece in found if piece.casefold() not in wanted.casefold()]
