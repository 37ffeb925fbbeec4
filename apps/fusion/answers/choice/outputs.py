"""The literals of a text as what a program may put out, with the signs of each: they are 0 or 1, some are shares."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping

from apps.fusion.answers.choice import wordings
from apps.fusion.answers.choice.choosing import Candidate
from apps.fusion.answers.choice.literals import (
    FENCE,
    MOST,
    Literal,
    literals_of,
    raw_of,
    said_in,
    without_blocks,
)
from apps.fusion.answers.choice.surroundings import LONGEST, Surroundings, sentences_of
from apps.fusion.answers.edges import is_for_the_comparison
from apps.fusion.answers.programs import SPAN, program
from apps.fusion.vocabulary import FinalKind

NEAR = 30
"""Characters beside a literal in which a word or a sign is about it."""
MOST_KNOWN = 100
"""Outputs of a panel that are looked for where they stand without marks."""
_CONSTANTS = frozenset(["True", "False", "None", "true", "false", "null", "NaN", "undefined", "NULL"])
_STRONG = ("block", "listing", "comment", "joined", "code", "bold", "whole", "line")
_CALL = re.compile(
    r"[A-Za-z_][\w.]{0,60}\(.*\)|(?:for|if|while|print|return|def|import|SELECT)\b.*|\w+\s?[-+*/]?=\s?[^=].*|[-+/%<>=!]{1,3}"
)
_OPERATION = re.compile(
    r"\[[^\[\]]*:[^\[\]]*\]|[^\w\s]{1,2}|\S+\s(?:\*\*|//|[-+*/%<>]=?|[=!]==?)\s.*|.*[\w)]\(.*\).*|[%$#{].*"
)
_NAME = re.compile(r"[A-Za-z_]\w{0,60}")
_IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_STRINGS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_ARROW = re.compile(r"(?:→|⇒|⟶|->|=>|⟹|\\to|\\Rightarrow)[\s*_`$({\\\"']{0,4}\Z")
_EQUALS = re.compile(r"(?<![=!<>])=[\s*_`$({\\\"']{0,4}\Z")
_OPERATOR = re.compile(r"(?:[-+*/%·×^]|\*\*|//|[<>])\s?[`\"'(\[]{0,2}\Z")
_USED = re.compile(r"[`\"')\]]{0,2}\s?(?:[-+*/%·×^=<>]|→|⇒|->|=>|\.\w+\()")
_CODE = re.compile(r"[\[\](){}=+*/%|<>$;]")
_NUMBERED = re.compile(r"^[ \t]*[-−]?\d+[.)]\s", re.MULTILINE)


def output_candidates(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Return the literals of each text as what a program may put out, that ``asked`` shows."""
    spans = {slot: spans_of(text) for slot, text in texts.items()}
    found = {
        slot: literals_of(text, spans[slot], languages[slot], wordings.PRINTS_NOTHING) for slot, text in texts.items()
    }
    code = program(asked)
    # A last word without marks is an output only if the program has it, or others show it.
    found = {
        slot: [one for one in own if one.mark != "last_word" or raw_of(texts[slot], one.final) in code]
        for slot, own in found.items()
    }
    known = {
        raw_of(texts[slot], one.final): one.final
        for slot, own in found.items()
        for one in own
        if one.mark in _STRONG or one.mark in ("quoted", "label", "run")
    }
    known = {raw: one for raw, one in known.items() if 0 < len(raw) <= 60 and not raw.isdigit() and "\n" not in raw}
    known = dict(list(known.items())[-MOST_KNOWN:])
    for slot, text in texts.items():
        more = [*found[slot], *said_in(text, known, found[slot])]
        found[slot] = sorted(more, key=lambda one: (one.start, -one.end))[-MOST:]
    values = {slot: {one.final.canonical for one in own} for slot, own in found.items()}
    return {
        slot: _Outputs(
            text, spans[slot], found[slot], asked, [own for other, own in values.items() if other != slot]
        ).candidates()
        for slot, text in sorted(texts.items())
    }


def spans_of(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text: what a colon announces in a block or the next line belongs to its sentence."""
    blocks = {one.span() for one in FENCE.finditer(text)}
    # "3. The rest is skipped" begins with an output, if nothing else in the text is numbered.
    numbered = _NUMBERED.match(text)
    at = numbered.end() if numbered and not _NUMBERED.search(text, numbered.end()) else 0
    prose = without_blocks(text)
    spans = sorted([*sentences_of(" " * at + prose[at:]), *blocks, *([(0, at)] if at else [])])
    found: list[tuple[int, int]] = []
    for start, end in spans:
        before = text[max(found[-1][0], found[-1][1] - NEAR) : found[-1][1]].rstrip(" \n*_") if found else ""
        is_list = (start, end) not in blocks and re.match(r"[\s>]*(?:[-*+•|]|\d{1,2}[.)])\s", text[start:end])
        is_announced = before.endswith((":", "：")) or ((start, end) in blocks and before[-1:] not in (*".!?。", ""))
        if is_announced and not is_list and not (found and found[-1] in blocks):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


class _Outputs:
    """The literals of a text, and what it says of each."""

    def __init__(
        self,
        text: str,
        spans: list[tuple[int, int]],
        found: list[Literal],
        asked: str,
        others: list[Collection[str]],
    ) -> None:
        self._text = text
        prose = SPAN.sub(lambda one: "`" + "x" * (len(one.group()) - 2) + "`", without_blocks(text))
        self._around = Surroundings(prose, spans, asked)
        starts = [start for start, _ in spans]
        at = {one: max(0, bisect_right(starts, one.start) - 1) for one in found}
        words = [prose[slice(*span)] for span in spans]
        left_out = {place for place, said in enumerate(words) if said.strip() and is_for_the_comparison(said)}
        self._found = [one for one in found if at[one] not in left_out]
        self._at = at
        self._around.hold(at[one] for one in self._found)
        self._others = others
        self._program = program(asked)
        self._names = set(_IDENTIFIER.findall(_STRINGS.sub(" ", self._program))) - _CONSTANTS
        self._strings = {"".join(one) for one in _STRINGS.findall(self._program)}
        self._counts = Counter(one.final.canonical for one in self._found)
        self._last_of = {one.final.canonical: one.start for one in self._found}
        self._marks = Counter(one.mark for one in self._found)
        self._last_with = {one.mark: one for one in self._found}
        self._in: dict[int, list[Literal]] = {}
        for one in self._found:
            self._in.setdefault(at[one], []).append(one)
        self._codes = {
            place: {it["inner"] for it in SPAN.finditer(text, *spans[place]) if _CODE.search(it["inner"])}
            for place in self._in
        }

    def candidates(self) -> list[Candidate]:
        found = []
        for one in self._found:
            signs = {
                **self._around.signs(self._at[one], one.start, one.end),
                **self._form(one),
                **self._of_program(one),
                **self._places(one),
                **self._said(one),
            }
            found.append(
                Candidate(one.final.canonical, one.final, {name: float(value) for name, value in signs.items()})
            )
        return found

    def _form(self, one: Literal) -> Mapping[str, float]:
        form, words = one.final.canonical, self._text[one.final.start : one.final.end]
        kind = form.partition(":")[0] if one.final.kind is FinalKind.LITERAL else one.final.kind.value
        return {
            f"by_{one.mark}": 1,
            f"is_{kind}": 1,
            f"{one.mark}_{kind}": 1,
            "is_name": bool(_NAME.fullmatch(words)) and words not in _CONSTANTS,
            "is_constant": words in _CONSTANTS,
            "one_character": len(words.strip("'\"")) == 1,
            "many_words": len(words.split()) > 3,
            "is_prose": bool(re.search(r"[^\W\d_]{2,}\s[^\W\d_]{2,}\s[^\W\d_]{2,}", words)),
        }

    def _of_program(self, one: Literal) -> Mapping[str, float]:
        words = self._text[one.final.start : one.final.end]
        bare = words.strip("`'\"")
        own = set(_IDENTIFIER.findall(_STRINGS.sub(" ", words)))
        return {
            "in_program": bool(bare) and bare in self._program,
            "string_of_program": bare in self._strings,
            "name_of_program": words in self._names,
            "has_name_of_program": bool(own & self._names) and not _NAME.fullmatch(words),
            "call": bool(_CALL.fullmatch(words)),
            "operation": bool(_OPERATION.fullmatch(words)),
            "is_code": bool(_CODE.search(words)) and one.final.canonical.startswith("text:"),
            "others_have": sum(one.final.canonical in own for own in self._others) / max(1, len(self._others)),
        }

    def _places(self, one: Literal) -> Mapping[str, float]:
        own = self._in[self._at[one]]
        values = {it.final.canonical for it in own if it.mark in _STRONG or it.mark in ("bare", "run", "quoted")}
        form = one.final.canonical
        return {
            "only_in_sentence": values <= {form},
            "first_in_sentence": own[0] is one,
            "last_in_sentence": own[-1].final.canonical == form,
            "repeated": self._counts[form] > 1,
            "repeated_often": self._counts[form] > 2,
            "said_again": self._last_of[form] > one.start,
            "last_of_mark": self._last_with[one.mark] is one,
            "only_of_mark": self._marks[one.mark] == 1,
            "block_elsewhere": one.mark not in ("block", "listing")
            and bool(self._marks["block"] + self._marks["listing"]),
            "bold_elsewhere": one.mark != "bold" and bool(self._marks["bold"]),
            "code_elsewhere": one.mark not in ("block", "code") and bool(self._marks["code"]),
            "line_elsewhere": one.mark != "line" and bool(self._marks["line"]),
            "opens_text": not self._text[: one.start].strip(" \n*_`>#"),
            "ends_text": not self._text[one.end :].strip(" \n*_`.!"),
            "heading": one.mark in ("bold", "line") and self._is_heading(one),
            "within_other": any(it is not one and it.start <= one.start and one.end <= it.end for it in own),
        }

    def _is_heading(self, one: Literal) -> bool:
        """Return whether words stand alone on their line and something else follows them."""
        start, end = self._around.line(one.start)
        is_alone = self._text[start:end].strip(" *_#>") == self._text[one.start : one.end].strip(" *_#>")
        return (
            is_alone and bool(self._text[end:].strip()) and bool(_NAME.match(self._text[one.start :].lstrip(" *_#>")))
        )

    def _said(self, one: Literal) -> Mapping[str, float]:
        sentence = self._around.sentences[self._at[one]]
        line_start, line_end = self._around.line(one.start)
        before, after = self._text[max(line_start, one.start - NEAR) : one.start], self._text[one.end : line_end]
        prose = self._around.text
        ahead = prose[max(sentence.start, one.start - LONGEST) : one.start]
        behind = prose[one.end : min(sentence.end, one.end + LONGEST)]
        codes = self._codes[self._at[one]] - {self._text[one.start : one.end].strip("`")}
        return {
            "behind_arrow": bool(_ARROW.search(before)),
            "behind_equals": bool(_EQUALS.search(before)),
            "behind_operator": bool(_OPERATOR.search(before)),
            "used": bool(_USED.match(after)),
            "shows_before": bool(wordings.SHOWS.search(ahead)),
            "shows_near": bool(wordings.SHOWS.search(ahead[-NEAR:])),
            "shows_after": bool(wordings.SHOWS.search(behind[:NEAR])),
            "other_program": any(it not in self._program for it in codes),
            "own_program": any(it in self._program for it in codes),
            "changes": bool(wordings.CHANGES.search(ahead)),
            "changes_at_once": bool(wordings.CHANGES.match(sentence.words)),
            "after_change": any(
                self._around.sentences[at].supposes or self._around.sentences[at].would
                for at in range(max(0, self._at[one] - 1), self._at[one])
            ),
        }
