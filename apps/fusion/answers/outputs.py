"""Outputs of programs, in sentences whose words are not known: read by its place and marks, beside the rest of a panel.

It stands in a block of code of its own, or in the marks of code where a text concludes; without marks it is what others
show, or the only value there. It is compared as it is written, but for how a value is spelt in a program.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from apps.fusion.answers.asked import program
from apps.fusion.answers.choice.wordings import CONCLUDES
from apps.fusion.answers.places import Spot, places
from apps.fusion.answers.qualifiers import leaves_open, warns
from apps.fusion.answers.sentences import clauses
from apps.fusion.answers.sentences import told as sentences
from apps.fusion.answers.stretches import Found, stripped
from apps.fusion.answers.values import Final, classify
from apps.fusion.vocabulary import FinalKind

MOST_LINES = 12
"""Lines of an output that no block of code holds."""
MOST_BETWEEN = 3
"""Words between two outputs in the marks of code that are the lines of one: "`1`, then `2`"."""

_FENCE = re.compile(
    r"^[ \t>]{0,3}(?P<mark>`{3,}+|~{3,}+)(?P<info>[^\n`]*+)\n(?P<body>.*?)(?:^[ \t>]{0,3}(?P=mark)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_SHOWS_TEXT = frozenset(["", "text", "txt", "output", "console", "plaintext", "plain", "stdout", "shell", "bash", "sh"])
_STATEMENT = re.compile(
    r"^\s*(?:def|class|import|from|for|while|if|return|print|let|const|var|function|#include|public|fn)\b|"
    r"^\s*\w+(?:\[[^\]\n]*\])?\s[-+*/]?=\s\S|^>>>|;\s*$|\d\s=\s[-−]?\d",
    re.MULTILINE,
)
_SPAN = re.compile(r"(?<!`)(?P<mark>`{1,2})(?!`)(?P<inner>[^`\n]{1,400})(?P=mark)(?!`)")
_SAID = re.compile(r"[„“«](?P<inner>[^\"“”»\n]{1,120})[\"“”»](?=\W*$)")
_BOLD = re.compile(r"\*\*(?P<inner>[^*\n]{1,120})\*\*(?![:：])")
_CONSTANTS = frozenset(["True", "False", "None", "true", "false", "null", "NaN", "undefined"])
_CALL = re.compile(
    r"[A-Za-z_][\w.]{0,60}\(.*\)|(?:for|if|while|print|return|def|import)\b.*|\w+\s?[-+*/]?=\s?[^=].*|[-+/%<>=!]{1,3}"
)
_NAME = re.compile(r"(?!(?:True|False|None|true|false|null)$)[A-Za-z_]\w{0,60}")
_LABELLED = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t][^\n]{1,60}|[^\n]{0,120}[:：][*_]{0,2})[ \t]*\n(?:[ \t]*\n)?(?=\S)", re.MULTILINE
)
_PROSE = re.compile(
    r"(?:[^\W\d_]{2,}[,;]?\s+){3,}[^\W\d_]{2,}|[^.][.。]\s*$|[`|→]|^\s*[-*+•]\s|[:：]\s*$|^(?:#{1,6}\s|\*\*|\w+:\s)"
)
_NOTHING = re.compile(
    r"\b(?:prints?|printed|outputs?|shows?|displays?|produces?|gets\sprinted)\s(?:absolutely\s)?nothing\b|"
    r"\bnothing\s(?:at\sall\s)?(?:is|gets|will\sbe)\s"
    r"(?:printed|shown|displayed|output)|\b(?:no|without(?:\sany)?)\s(?:visible\s)?output\b|\bwithout\sprinting\b|"
    r"\b(?:output|screen|console|terminal|nothing|program|it)\s(?:stays|remains|is)\s(?:blank|empty|silent)\b|"
    r"\bempty\soutput\b|\bkeine\s(?:ausgabe|zeile)\b|\bnichts\s(?:aus|ausgegeben)\b|\bbleibt\s(?:leer|stumm)\b|"
    r"\b(?:n['’]affiche|n['’]imprime)\srien\b|"
    r"\baucune\s(?:sortie|ligne)\b|\bno\s(?:imprime|muestra)\snada\b|\bninguna\ssalida\b|\bnon\sstampa\s(?:nulla|"
    r"niente)\b|\bnessun\soutput\b|"
    r"\bnão\s(?:imprime|exibe)\snada\b|\bnenhuma\ssaída\b|\bничего\sне\s(?:выв|печат)\w+|没有(?:任何)?输出|"
    r"什么(?:都|也)(?:不|没)|不会?输出|何も(?:出力|表示)|"
    r"出力(?:は|され)(?:な|ませ)",
    re.IGNORECASE,
)
"""Words that say that a program shows nothing."""
LONGEST_NOTHING = 120
"""Characters of a sentence that says so."""
LONGEST_ALONE = 200
"""Characters of an output that is all of a text."""
LONG = 6
"""Characters of an output that stands nowhere by chance."""
NEAR = 30
"""Characters before an error in which it is denied."""
_VALUE = (
    r"(?:[-−]?\d+(?:\.\d+)?|True|False|None|true|false|null|NaN|undefined|"
    r"'[^'\n]*'|\[[^\[\]\n]*\]|\([^()\n]*\)|\{[^{}\n]*\})"
)
_RUN = re.compile(rf"(?<![\d)\]}}+*/=<>-])[\s:：](?P<run>(?:{_VALUE}(?:,?\s){{1,2}})+{_VALUE}|NaN)(?=[*_]*[.。]?\s*$)")
"""Several values with which a sentence ends."""
_PARAGRAPH = re.compile(r"\n\n(?P<words>[^\n]{1,200})(?=\n\n|\Z)")
_SENTENCE_ENDS = re.compile(r"(?:[.!?。）)*]|```)\s*\Z")
"""The end of what comes before a paragraph that nothing leads to."""
_ERROR = re.compile(r"\b(?:[A-Z][A-Za-z]*(?:Error|Exception)|StopIteration|KeyboardInterrupt)\b")
_SENTENCE = re.compile(r"[.!?。:：；;](?:\s|$)|`|\*\*|(?:\S+\s+){6}|[\u3040-\u309f]|[。，、：]")
"""Marks of sentences, and many words: a text with them says more than an output."""
_LINE = re.compile(r"\S[^\n]*")
_COMMENT = re.compile(r"(?:#|//|--)")
_IN_CODE = re.compile(r"[\[\]().=:*/%]")
_CALLS = re.compile(r"^\w\(")
_IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_STRINGS = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_NO_NAMES = re.compile(rf"{_STRINGS.pattern}|[(,]\s?\w+=(?!=)")
"""Strings and the names of arguments."""
_EXPRESSION = re.compile(r"[^\w\s]*[A-Za-z_][\w.]*[^\w\s]*|.*[-+*/%=<>!.(\[].*|\w+\s(?:is|in|and|or)\s.*")
"""A word with signs of a program, or more that has some."""
_NO_OUTPUT = re.compile(r"\[[^\[\]]*:[^\[\]]*\]|[^\w\s]{1,2}|\S+\s(?:\*\*|//|[-+*/%<>]=?|[=!]==?)\s.*")
"""A slice, an operator, or an operation."""
_QUOTED = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_FLOAT = re.compile(r"\d\.0+(?!\d)")
_INK = re.compile(r"[^\n]")
_WORD = re.compile(r"[^\W\d_]+")
_OPENS = re.compile(r"(?<!\w)['\"\[({]|(?<![\w.])[-−]?\d|\b(?:True|False|None|null|true|false)\b")


class _Shown(NamedTuple):
    """The output that a text shows: ``is_coded`` in marks of code, ``is_apart`` where the layout sets it apart."""

    found: Found
    is_coded: bool
    is_apart: bool = False


def outputs_by_place(
    texts: Mapping[str, str], known: Mapping[str, Final], firm: Collection[str], asked: str = ""
) -> dict[str, Found]:
    """Return what the programs of texts show, where that is ``asked`` for or at least half have it in marks of code.

    ``known`` are the final answers that are known of some; one that is not ``firm``, or a part of what is shown, is
    replaced.
    """
    is_asked = bool(asked)
    known = {
        slot: one for slot, one in known.items() if not (is_asked and _is_code(texts[slot], one.start, one.end, asked))
    }
    shown = {slot: one for slot, text in texts.items() if (one := _shown(text, asked))}
    coded = sum(one.is_coded for one in shown.values())
    about_code = sum(
        bool(_SPAN.search(text)) or (slot in shown and shown[slot].is_coded) for slot, text in texts.items()
    )
    if not is_asked and (not coded or 2 * about_code < len(texts) or 2 * len(shown) < len(texts)):
        return {}
    found = {
        slot: one.found
        for slot, one in shown.items()
        if slot not in firm or (is_asked and one.is_apart) or _replaces(one.found.final, known[slot])
    }
    found |= {
        slot: Found(_as_shown(texts[slot], final), final.start) for slot, final in known.items() if slot not in found
    }
    said = {slot: _raw(texts[slot], one.final) for slot, one in found.items()}
    for slot, text in texts.items():
        own = found.get(slot)
        others = {said[other] for other in said if other != slot}
        if slot in firm:
            others = {one for one in others if is_asked and len(one) >= LONG}
        is_apart = slot in shown and shown[slot].is_apart
        if (own is None or (is_asked and not is_apart)) and (plain := _unmarked(text, others, asked, own)):
            found[slot] = plain
    return found


def _replaces(one: Final, other: Final) -> bool:
    """Return whether what is known is only a part of what is shown, or code."""
    is_within = other.kind is FinalKind.BOOLEAN and other.start <= one.start and one.end <= other.end
    return other.kind is FinalKind.CODE or is_within or (one.start - 1 <= other.start and other.end <= one.end + 1)


def _as_shown(text: str, final: Final) -> Final:
    """Return a number as programs tell it from others: 2.0 is not 2."""
    is_float = final.kind is FinalKind.NUMBER and _FLOAT.search(text, final.start, final.end)
    return final._replace(canonical=f"{final.canonical}.0", value=None) if is_float else final


def _raw(text: str, final: Final) -> str:
    return text[final.start : final.end].strip("`*_ \n")


def _shown(text: str, asked: str) -> _Shown | None:
    """Return the output that a text sets apart: in a block, behind a label, or in marks where it concludes.

    Where one is ``asked`` for, it may also be all of the text or of its last paragraph, an error, or several values.
    """
    blocks = list(_FENCE.finditer(text))
    shown = [span for one in blocks if (span := _output_in(one))]
    if asked and (error := _error(text, blocks, asked)):
        return _Shown(error, is_coded=True, is_apart=True)
    if shown and asked and (said := _concluded(text, shown[-1], asked)):
        return said
    if shown:
        return _Shown(Found(_output_form(text, *shown[-1]), shown[-1][0]), is_coded=True, is_apart=True)
    if asked and (alone := _alone(text)):
        return _Shown(alone, is_coded=False, is_apart=True)
    if found := next(filter(None, (_shown_at(text, place, asked) for place in _places(text, asked))), None):
        return found
    lines = _behind_label(text, [one.span() for one in blocks])
    if lines:
        return _Shown(Found(_output_form(text, *lines), lines[0]), is_coded=False)
    return None


def _places(text: str, asked: str) -> list[Spot]:
    """Return the places in which a text concludes; where an output is ``asked`` for, none that supposes or adds."""
    if not asked:
        return places(text)
    text = _FENCE.sub(lambda block: _INK.sub(" ", block.group()), text)
    asides = [one for one in sentences(text) if one.is_aside and one.at]
    return [
        place for place in places(text) if not any(one.start < place.end and place.start < one.end for one in asides)
    ]


def _concluded(text: str, block: tuple[int, int], asked: str) -> _Shown | None:
    """Return the output in marks of code that a sentence concludes behind a block of several lines."""
    if "\n" not in text[slice(*stripped(text, *block))]:
        return None
    behind = (one for one in _places(text, asked) if one.start > block[1] and CONCLUDES.search(text, *one[:2]))
    return next((said for place in behind if (said := _shown_at(text, place, asked)) and said.is_coded), None)


def _shown_at(text: str, place: Spot, asked: str) -> _Shown | None:
    """Return the output in marks of a sentence, or the words that there is none."""
    for pattern in (_SPAN, _BOLD, _SAID) if asked else (_SPAN, _BOLD):
        is_coded = pattern is _SPAN
        spans = [one.span("inner") for one in pattern.finditer(text, place.start, place.end)]
        spans = [span for span in spans if _is_given(text, place, span, asked)]
        values = [span for span in spans if not _NAME.fullmatch(text, *span)]
        for chosen in (values, spans):
            if chosen and (len({text[slice(*span)] for span in chosen}) == 1 or _is_one(text, chosen)):
                is_apart = is_coded and _is_labelled(text, place)
                return _Shown(Found(_joined(text, chosen), chosen[0][0]), is_coded, is_apart)
    if asked and (run := _RUN.search(text, place.start, place.end)):
        return _Shown(Found(_output_form(text, *run.span("run")), place.start), is_coded=False)
    if _NOTHING.search(text, place.start, place.end) and place.end - place.start <= LONGEST_NOTHING:
        return _Shown(Found(Final(FinalKind.LITERAL, "text:", *place[:2]), place.start), is_coded=False)
    return None


def _is_labelled(text: str, place: Spot) -> bool:
    """Return whether a place is set apart by a label that stands before it."""
    return place.is_apart and text[: place.start].rstrip(" \t*_>").endswith((":", "："))


def _is_given(text: str, place: Spot, span: tuple[int, int], asked: str) -> bool:
    """Return whether a stretch is no code, and its sentence neither denies it nor warns of it.

    Of a sentence with several clauses only that of the stretch counts, and what the program ``asked`` about has in it
    is code unless it is a value.
    """
    start, end = next(
        ((a, b) for a, b in clauses(text, place.start, place.end) if a <= span[0] < b and asked), place[:2]
    )
    before, after = text[start : span[0]], text[span[1] : max(end, span[1])]
    around = text[place.start : span[0]] + text[span[1] : place.end]
    is_open = warns(around, 0, len(around)) or leaves_open(before, after, may_be_bound=False)
    words = text[slice(*span)]
    is_code = words in asked and _IN_CODE.search(words) and not classify(words, 0, len(words), whole=True)
    is_code = is_code or _is_of_program(words, asked)
    return not (is_open or is_code or _NO_OUTPUT.fullmatch(words) or _CALL.fullmatch(text, *span))


def _is_code(text: str, start: int, end: int, asked: str) -> bool:
    """Return whether a stretch is the brackets of a call, or code of the program."""
    return bool(_CALLS.search(text[:start][-1:] + text[start:end])) or _is_of_program(text[start:end], asked)


def _is_of_program(words: str, asked: str) -> bool:
    """Return whether words are a name that the program has, or an expression with one."""
    if not _EXPRESSION.fullmatch(words):
        return False
    own = set(_IDENTIFIER.findall(_NO_NAMES.sub(" ", program(asked)))) - _CONSTANTS
    return bool(own.intersection(_IDENTIFIER.findall(_STRINGS.sub(" ", words))))


def _is_one(text: str, spans: list[tuple[int, int]]) -> bool:
    """Return whether spans are the lines of one output, with hardly a word between them."""
    between = [text[one[1] : other[0]] for one, other in pairwise(spans)]
    return all(
        len(_WORD.findall(part)) <= MOST_BETWEEN and "`" in part and not CONCLUDES.search(part) for part in between
    )


def _joined(text: str, spans: list[tuple[int, int]]) -> Final:
    if len({text[slice(*span)] for span in spans}) == 1 and len(spans) == 1:
        return _output_form(text, *spans[0])
    if not _is_one(text, spans):
        return _output_form(text, *spans[-1])
    lines = "\n".join(text[slice(*span)].rstrip() for span in spans)
    return Final(FinalKind.LITERAL, f"lines:{lines}", spans[0][0], spans[-1][1])


def _output_in(block: re.Match[str]) -> tuple[int, int] | None:
    """Return the stretch of a block of code that is an output and no program: its one value but for comments."""
    info, body = block["info"].strip().casefold(), block["body"].strip()
    if body and info in _SHOWS_TEXT and not _STATEMENT.search(body):
        return block.span("body")
    lines = [one for one in _LINE.finditer(block.string, *block.span("body")) if not _COMMENT.match(one.group())]
    found = classify(block.string, *lines[0].span(), whole=True) if len(lines) == 1 else None
    return lines[0].span() if found and found.kind is not FinalKind.TEXT else None


def _error(text: str, blocks: Iterable[re.Match[str]], asked: str) -> Found | None:
    """Return the only error of which a text says that a program ends with it, none that the program expects."""
    told = [(one.start, one.end) for one in sentences(text) if not one.is_aside]
    shown = [one.span("body") for one in blocks if "Traceback" in one["body"] or _output_in(one)]
    marks = [mark for span in (*told, *shown) for mark in _ERROR.finditer(text, *span)]
    marks = [mark for mark in marks if not leaves_open(text[max(0, mark.start() - NEAR) : mark.start()], "")]
    if len({mark.group() for mark in marks}) != 1 or marks[0].group() in asked:
        return None
    start, end = marks[-1].span()
    return Found(Final(FinalKind.LITERAL, f"error:{text[start:end]}", start, end), start)


def _alone(text: str) -> Found | None:
    """Return the output that is all of a text in few words, or a value that is all of its last paragraph."""
    start, end = stripped(text, 0, len(text))
    is_short = 0 < end - start <= LONGEST_ALONE and "\n" not in text[start:end]
    if is_short and not _SENTENCE.search(text, start, end):
        return Found(_output_form(text, start, end), start)
    last = text.rfind("\n\n", start, end)
    for mark in reversed([*_PARAGRAPH.finditer(text, start, end)]):
        begin, stop = stripped(text, *mark.span("words"))
        begin += len(text[begin:stop]) - len(text[begin:stop].lstrip("→⇒=>* "))
        is_last = mark.start() == last
        if begin < stop and (is_last or not _SENTENCE_ENDS.search(text[start : mark.start()])):
            if coded := _SPAN.fullmatch(text, begin, stop):
                return Found(_output_form(text, *coded.span("inner")), begin)
            is_announced = is_last and text[: mark.start()].endswith((":", "："))
            if _is_value(text, begin, stop) or (is_announced and not _SENTENCE.search(text, begin, stop)):
                return Found(_output_form(text, begin, stop), begin)
    return None


def _is_value(text: str, start: int, end: int) -> bool:
    """Return whether a stretch is one value, or several."""
    found = classify(text, start, end, whole=True)
    is_one = found and found.end >= end and found.kind in (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.BOOLEAN)
    return bool(is_one or _RUN.fullmatch(text, start - 1, end))


def _behind_label(text: str, within: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the last lines of a text behind a line that is a label or a heading, where they are no prose."""
    for mark in reversed(list(_LABELLED.finditer(text))):
        start, end = stripped(text, mark.end(), len(text))
        gap = text.find("\n\n", start, end)
        end = gap if gap >= 0 else end
        lines = text[start:end].splitlines()
        is_code = any(first <= start < last for first, last in within)
        if 0 < len(lines) <= MOST_LINES and not is_code and not any(map(_PROSE.search, lines)):
            return start, end
    return None


def _output_form(text: str, start: int, end: int) -> Final:
    """Return an output as a value if all of it is one, else as it is written."""
    start, end = stripped(text, start, end)
    begin = start + (2 if text.startswith("> ", start) else 0)
    words = _QUOTED.sub("", text[begin:end])
    if "\n" in words:
        lines = "\n".join(line.rstrip() for line in words.splitlines())
        return Final(FinalKind.LITERAL, f"lines:{lines}", begin, end)
    found = classify(text, begin, end, whole=True)
    if found and found.kind in (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.BOOLEAN) and found.end >= end:
        return _as_shown(text, found)
    return Final(FinalKind.LITERAL, f"text:{words}", begin, end)


def _unmarked(text: str, said: Iterable[str], asked: str, own: Found | None) -> Found | None:
    """Return an output without marks: one that others show, else the only value where the text concludes.

    Where the text has an ``own`` output in marks, only one in a likelier place counts.
    """
    likely = _places(text, asked)
    for place in likely:
        if own and place.start <= own.start < place.end:
            return None
        for raw in sorted(said, key=lambda one: (-len(one), one)):
            if _stands(raw, text, *place[:2]):
                at = text.rindex(raw, place.start, place.end)
                if not leaves_open(text[max(place.start, at - NEAR // 2) : at], "", may_be_bound=False):
                    return Found(_output_form(text, at, at + len(raw)), at)
    value = _value(text, *likely[0][:2]) if likely and not own else None
    return Found(value, value.start) if value else None


def _stands(raw: str, text: str, start: int, end: int) -> bool:
    """Return whether a stretch has some words that are not part of longer ones."""
    letter = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
    edges = rf"(?<!{letter})(?<![.\[(\-]){re.escape(raw)}(?!{letter}|[\])]|[.,]\d)"
    return bool(raw) and bool(re.search(edges, text[start:end]))


def _value(text: str, start: int, end: int) -> Final | None:
    """Return the only value of a sentence."""
    found: list[Final] = []
    for mark in _OPENS.finditer(text, start, end):
        if found and mark.start() < found[-1].end:
            continue
        final = classify(text, mark.start(), end)
        if final and final.kind in (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.BOOLEAN):
            found.append(final)
    return found[0] if len(found) == 1 else None
