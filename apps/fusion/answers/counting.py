"""Read the final answers that a vote counts: of every kind, of one that its recipe names, labels, or short texts.

Where the question has lettered options, letters count; an answer that gives the words of one option gives its letter.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from apps.fusion.answers.groups import group_answers, read_answers
from apps.fusion.answers.reading import LONGEST_QUOTE, TAIL, FinalAnswer
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.values import Final, classify, text_form
from apps.fusion.json_values import canonical_scalar, json_answer
from apps.fusion.languages import DECIMAL_COMMA, languages_of
from apps.fusion.options import LONGEST_OPTION
from apps.fusion.patterns import in_small_letters
from apps.fusion.vocabulary import CountedKind, FinalKind

LONGEST_MEANING = 600
"""Characters of a text that is counted by its meaning; a longer one says more than can be the same in another."""
KINDS = {
    CountedKind.NUMBER: {FinalKind.NUMBER},
    CountedKind.CHOICE: {FinalKind.CHOICE},
    # A formula may come to a number, and a set or an interval is a literal.
    CountedKind.FORMULA: {FinalKind.FORMULA, FinalKind.NUMBER, FinalKind.LITERAL},
    CountedKind.TEXT: {FinalKind.TEXT, FinalKind.BOOLEAN},
}

_CODE = re.compile(r"^ {0,3}(?:`{3}|~{3})", re.MULTILINE)


class Counted(NamedTuple):
    """The final answers that count: those of a kind, of a list of ``labels``, or letters of the question's ``options``.

    The options are texts by letter, {} for a question without.
    """

    kind: CountedKind = CountedKind.AUTO
    labels: tuple[str, ...] = ()
    options: Mapping[str, str] = {}

    def among(self, options: Mapping[str, str]) -> Self:
        """Return what counts for a question with these options: their letters, unless another kind was asked for."""
        if not options or self.kind not in (CountedKind.AUTO, CountedKind.CHOICE):
            return self
        return self._replace(kind=CountedKind.CHOICE, options=options)


EVERY = Counted()


def counted_answers(texts: Mapping[str, str], counted: Counted = EVERY) -> dict[str, FinalAnswer]:
    """Return the final answer of each slot whose text has one that counts, by slot. ``texts`` are the whole texts."""
    if counted.labels:
        found = {slot: _label(text, counted.labels) for slot, text in sorted(texts.items())}
    elif counted.kind is CountedKind.JSON:
        found = {slot: _json(text) for slot, text in sorted(texts.items())}
    elif counted.kind is CountedKind.MEANING:
        found = {slot: _meaning(text) for slot, text in sorted(texts.items())}
    else:
        languages = languages_of({**texts, "": " ".join(counted.options.values())})
        read = read_answers(texts, languages)
        if counted.options:
            named = _options(counted.options, languages[""])
            read |= {slot: one for slot in texts if (one := _named(texts[slot], read.get(slot), named))}
        return {slot: one for slot, one in sorted(read.items()) if _is_of_kind(one, counted.kind)}
    return {slot: one for slot, one in found.items() if one}


def _options(options: Mapping[str, str], language: str) -> dict[str, FinalAnswer]:
    """Return the texts of options as final answers, by letter: values where they are nothing else, or words."""
    comma = language in DECIMAL_COMMA
    found = {}
    for letter, text in options.items():
        whole = 0, len(text)
        final = classify(text, *whole, comma, whole=True) or Final(FinalKind.TEXT, text_form(text), *whole)
        found[letter] = FinalAnswer(final, text, text, whole)
    return found


def _named(text: str, read: FinalAnswer | None, options: Mapping[str, FinalAnswer]) -> FinalAnswer | None:
    """Return the letter of the only option whose words a text names as its answer, or is; else ``None``.

    What it only ends with may be a step of its work.
    """
    whole = 0, len(text)
    words = text.strip(" \n*_`\"'“”.")
    said = read
    if read is None and len(words) <= LONGEST_OPTION:
        said = FinalAnswer(Final(FinalKind.TEXT, text_form(words), *whole), words, text, whole, is_bare=True)
    if said is None or said.final.kind is FinalKind.CHOICE or not (said.is_announced or said.is_bare):
        return None
    letters = [letter for letter, one in options.items() if one.final.canonical == said.final.canonical]
    if not letters:
        groups = group_answers({"": said, **options})
        letters = next([letter for letter in group.answers if letter] for group in groups if "" in group.answers)
    if len(letters) != 1:
        return None
    final = Final(FinalKind.CHOICE, letters[0], said.final.start, said.final.end)
    return said._replace(final=final, text=letters[0])


def _is_of_kind(one: FinalAnswer, kind: CountedKind) -> bool:
    """Return whether a final answer is of a kind; a literal with texts or keys in it is no set of numbers."""
    if kind not in KINDS:
        return True
    is_data = one.final.kind is FinalKind.LITERAL and any(mark in one.text for mark in "'\":")
    return one.final.kind in KINDS[kind] and not is_data


def _label(text: str, labels: Sequence[str]) -> FinalAnswer | None:
    """Return the last label that a text names as a whole word, in any case; of two in one place the longer."""
    if is_refusal(text):
        return None
    base = max(0, len(text) - TAIL)
    words = "|".join(re.escape(label) for label in sorted(labels, key=lambda label: (-len(label), label)))
    found = None
    for mark in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text[base:], re.IGNORECASE):
        found = mark
    if found is None:
        return None
    start, end = base + found.start(), base + found.end()
    shown = _shown_label(found.group(), labels)
    final = Final(FinalKind.TEXT, f"label:{shown.casefold()}", found.start(), found.end())
    begin = max(text.rfind("\n", 0, start) + 1, end - LONGEST_QUOTE)
    stop = text.find("\n", end)
    stop = min(len(text) if stop < 0 else stop, begin + LONGEST_QUOTE)
    return FinalAnswer(final, shown, text[begin:stop], (begin, stop), is_announced=True)


def _shown_label(word: str, labels: Sequence[str]) -> str:
    """Return the label that a word of a text is, as it is written in the list."""
    alike = [label for label in labels if label.casefold() == word.casefold()]
    alike += [label for label in labels if in_small_letters(label) == in_small_letters(word)]
    return alike[0]


def _json(text: str) -> FinalAnswer | None:
    """Return an object or a list that is all of a text; keys have no order, and scalars are equal as in its fields."""
    value = json_answer(text)
    if value is None:
        return None
    form = json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False)
    end = min(len(text), LONGEST_QUOTE)
    final = Final(FinalKind.LITERAL, f"json:{form}", 0, len(text))
    return FinalAnswer(final, json.dumps(value, ensure_ascii=False), text[:end], (0, end), is_bare=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    return [_canonical(inner) for inner in value] if isinstance(value, list) else canonical_scalar(value)


def _meaning(text: str) -> FinalAnswer | None:
    """Return the whole of a short text, ``None`` for a refusal, code and JSON: those are no free text."""
    said = " ".join(text.split()).strip("*_ ")
    if (
        not said
        or len(said) > LONGEST_MEANING
        or is_refusal(text)
        or _CODE.search(text)
        or json_answer(text) is not None
    ):
        return None
    start = len(text) - len(text.lstrip())
    end = min(len(text.rstrip()), start + LONGEST_QUOTE)
    final = Final(FinalKind.TEXT, f"meaning:{said.removesuffix('.')}", 0, len(text))
    return FinalAnswer(final, said, text[start:end], (start, end))
