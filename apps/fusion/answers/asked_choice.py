"""The final answers of a panel by what it was asked for: in each text one of its candidates, or none that is clear."""

import re
from collections.abc import Mapping

from apps.fusion.answers.asked import (
    wants_letter,
    wants_name,
    wants_named_time,
    wants_number,
    wants_time,
    wants_verdict,
)
from apps.fusion.answers.choice.choosing import choose
from apps.fusion.answers.choice.letters import letter_candidates
from apps.fusion.answers.choice.naming import chosen_names
from apps.fusion.answers.choice.number_signs import number_candidates
from apps.fusion.answers.choice.outputs import output_candidates
from apps.fusion.answers.choice.weights import LETTER, NUMBER, OUTPUT
from apps.fusion.answers.programs import wants_output
from apps.fusion.answers.reading import TAIL, FinalAnswer, final_of, plain
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.wanted_units import wants_clock
from apps.fusion.vocabulary import FinalKind

_YEAR = re.compile(r"(?<!\w)(?:years?|jahre?s?|année|an|años?|anno|anni|anos?|год[ау]?)(?!\w)|年", re.IGNORECASE)
_FIGURE = re.compile(r"\d[\d.,]*")
_NUMBERS = (FinalKind.NUMBER, FinalKind.FORMULA, FinalKind.TEXT)
_NO_NAMES = (FinalKind.NUMBER, FinalKind.CHOICE, FinalKind.CODE)
_ELSE = (wants_letter, wants_output, wants_verdict, wants_time)


def asked_choice(
    answers: Mapping[str, str], finals: Mapping[str, FinalAnswer], asked: str, languages: Mapping[str, str]
) -> dict[str, FinalAnswer] | None:
    """Return what the answers conclude, ``None`` if the request is for something that is not chosen by weights.

    It is ``None`` too where no name is chosen, since not all questions with such words are for one.

    ``finals`` are the final answers that the texts alone have; those that are nothing but a value, or data, stay.
    """
    if wants_letter(asked):
        candidates, weights = letter_candidates, LETTER
        finals = {slot: one for slot, one in finals.items() if one.final.kind is FinalKind.CHOICE}
    elif wants_output(asked):
        candidates, weights = output_candidates, OUTPUT
        finals = {slot: one for slot, one in finals.items() if one.is_announced and _is_data(answers[slot])}
    elif _is_for_number(asked, finals) and not wants_named_time(asked):
        candidates, weights = number_candidates, NUMBER
    else:
        return (_is_for_name(asked, finals) and _names(answers, asked, languages)) or None
    stays = {slot: one for slot, one in finals.items() if one.is_bare or _is_data(answers[slot])}
    texts = {
        slot: plain(text[-TAIL:])
        for slot, text in answers.items()
        if text.strip() and not is_refusal(text) and slot not in stays
    }
    chosen = choose(candidates(texts, asked, languages), weights)
    found = {
        slot: Found(one.candidate.final, one.candidate.final.start, is_announced=weights is not NUMBER)
        for slot, one in chosen.items()
    }
    return stays | {slot: final_of(answers[slot], one) for slot, one in found.items()}


def _names(answers: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, FinalAnswer]:
    """Return the names that answers clearly conclude."""
    texts = {slot: plain(text[-TAIL:]) for slot, text in answers.items() if text.strip() and not is_refusal(text)}
    finals = chosen_names(texts, asked, languages)
    return {slot: final_of(answers[slot], Found(one, one.start, is_announced=True)) for slot, one in finals.items()}


def _is_for_name(asked: str, finals: Mapping[str, FinalAnswer]) -> bool:
    """Return whether a request asks for a name, and no answer surely says anything else."""
    others = [one for one in finals.values() if one.final.kind in _NO_NAMES and (one.is_bare or one.is_announced)]
    return wants_named_time(asked) or (wants_name(asked) and not (others or wants_time(asked)))


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
