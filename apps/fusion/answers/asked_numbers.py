"""The final answers of a panel that was asked for a number: in each text one of its numbers, or none that is clear."""

import re
from collections.abc import Mapping

from apps.fusion.answers.asked import wants_letter, wants_number, wants_output, wants_time, wants_verdict
from apps.fusion.answers.choice.choosing import choose
from apps.fusion.answers.choice.number_signs import number_candidates
from apps.fusion.answers.choice.weights import NUMBER
from apps.fusion.answers.reading import TAIL, FinalAnswer, final_of, plain
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.wanted_units import wants_clock
from apps.fusion.vocabulary import FinalKind

_YEAR = re.compile(r"(?<!\w)(?:years?|jahre?s?|année|an|años?|anno|anni|anos?|год[ау]?)(?!\w)|年", re.IGNORECASE)
_FIGURE = re.compile(r"\d[\d.,]*")
_NUMBERS = (FinalKind.NUMBER, FinalKind.FORMULA, FinalKind.TEXT)
_ELSE = (wants_letter, wants_output, wants_verdict, wants_time)


def asked_numbers(
    answers: Mapping[str, str], finals: Mapping[str, FinalAnswer], asked: str, languages: Mapping[str, str]
) -> dict[str, FinalAnswer] | None:
    """Return the numbers that the answers conclude, ``None`` if the request is for something else.

    ``finals`` are the final answers that the texts alone have; those that are nothing but a value, or data, stay.
    """
    if not _is_for_number(asked, finals):
        return None
    stays = {slot: one for slot, one in finals.items() if one.is_bare or _is_data(answers[slot])}
    texts = {
        slot: plain(text[-TAIL:])
        for slot, text in answers.items()
        if text.strip() and not is_refusal(text) and not _is_data(text)
    }
    chosen = choose(number_candidates(texts, asked, languages), NUMBER)
    found = {slot: Found(one.candidate.final, one.candidate.final.start) for slot, one in chosen.items()}
    return stays | {slot: final_of(answers[slot], one) for slot, one in found.items() if slot not in stays}


def _is_for_number(asked: str, finals: Mapping[str, FinalAnswer]) -> bool:
    """Return whether a request asks for a number: by its words, or as it gives some and most answers are one."""
    if wants_clock(asked):
        return True
    if wants_time(asked):
        return bool(_YEAR.search(asked))
    if wants_number(asked):
        return True
    if any(wants(asked) for wants in _ELSE) or not any(map(str.isdigit, asked)):
        return False
    numbers = [one for one in finals.values() if one.final.kind in _NUMBERS and any(map(str.isdigit, one.text))]
    is_worked = len(numbers) > 1 or len(_FIGURE.findall(asked)) > 1
    return is_worked and 2 * len(numbers) > len(finals)


def _is_data(text: str) -> bool:
    """Return whether a text is JSON, or ends with a block of it."""
    return text.lstrip().startswith(("{", "[", "```json")) or "```json" in text[-TAIL:]
