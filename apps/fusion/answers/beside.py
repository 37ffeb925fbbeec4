"""Read the texts of a panel whose words are not known beside those that are: as the kind that most of it concludes.

Whatever the language, an answer to a question with lettered options that names one letter alone in its last words has
chosen it, one to a question for a number ends or opens with it, and one to a yes-or-no question answers before it says
why. In a text by itself such a letter or figure may be that of anything.
"""

from collections.abc import Mapping

from apps.fusion.answers import cues
from apps.fusion.answers.asked import (
    wants_letter,
    wants_number,
    wants_time,
    wants_verdict,
    words_of,
)
from apps.fusion.answers.by_place import numbers_by_place
from apps.fusion.answers.choice.choosing import Candidate, choose
from apps.fusion.answers.choice.literals import FENCE
from apps.fusion.answers.choice.outputs import output_candidates, spans_of
from apps.fusion.answers.choice.weights import OUTPUT
from apps.fusion.answers.frame_words import leads
from apps.fusion.answers.frames import is_shown
from apps.fusion.answers.lone_letters import OPTION, lone_letter
from apps.fusion.answers.programs import SPAN
from apps.fusion.answers.reading import TAIL, FinalAnswer, final_of, plain
from apps.fusion.answers.refusals import is_refusal
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.verdicts import said_verdict
from apps.fusion.answers.weighed_verdicts import weighed_verdict
from apps.fusion.languages import DECIMAL_COMMA
from apps.fusion.vocabulary import FinalKind

_BEHIND = (":", "：", "=", "→", "⇒", "->", "=>")
"""Marks behind which an output stands."""


def beside(
    answers: Mapping[str, str], finals: Mapping[str, FinalAnswer], languages: Mapping[str, str], asked: str = ""
) -> dict[str, FinalAnswer]:
    """Return the final answers of a panel: those in ``finals``, and the others read as these, or as ``asked``.

    Of a yes or no that is asked for those of ``finals`` are only one hint of several.
    """
    texts = {
        slot: plain(text[-TAIL:]) for slot, text in sorted(answers.items()) if text.strip() and not is_refusal(text)
    }
    read = {slot: answers[slot][-TAIL:] for slot in texts}
    is_asked = wants_verdict(asked)
    verdicts = _verdicts(read, finals, languages, asked)
    found = verdicts if is_asked and verdicts else _found(texts, finals, languages, asked, verdicts)
    kept = {} if is_asked else dict(finals)
    return kept | {slot: final_of(answers[slot], one) for slot, one in found.items()}


def _found(
    texts: Mapping[str, str],
    finals: Mapping[str, FinalAnswer],
    languages: Mapping[str, str],
    asked: str,
    verdicts: dict[str, Found],
) -> dict[str, Found]:
    """Return what the texts conclude, by the first kind that some of them do."""
    # Where all say yes, that may be to the request to work something out.
    is_known = any(one.final.kind is FinalKind.BOOLEAN for one in finals.values())
    is_denied = is_known or any(one.final.canonical == "false" for one in verdicts.values())
    return (
        _letters(texts, finals)
        or _outputs(texts, finals, languages)
        or (verdicts if is_denied else {})
        or _numbers(texts, finals, languages, asked)
        or verdicts
    )


def fitting(finals: Mapping[str, FinalAnswer], asked: str) -> dict[str, FinalAnswer]:
    """Return the final answers that are of the kind that is asked for: any other was read of something else."""
    if wants_verdict(asked):
        kinds = {FinalKind.BOOLEAN}
    elif wants_letter(asked):
        kinds = {FinalKind.CHOICE}
    elif wants_number(asked):
        kinds = {FinalKind.NUMBER, FinalKind.FORMULA}
    else:
        return dict(finals)
    return {slot: one for slot, one in finals.items() if one.final.kind in kinds}


def _is_most(finals: Mapping[str, FinalAnswer], kind: FinalKind) -> bool:
    """Return whether most final answers that are known are of a kind."""
    return 2 * sum(one.final.kind is kind for one in finals.values()) > len(finals)


def _letters(texts: Mapping[str, str], finals: Mapping[str, FinalAnswer]) -> dict[str, Found]:
    """Return the lone letters where letters are chosen.

    Most answers that are surely known are some; or none of three or more is known and two thirds name one, not all the
    same ("vitamin C"); or some text goes through the options in a list.
    """
    firm = {slot: one for slot, one in finals.items() if _is_firm(one)}
    lists = any(len({mark["letter"] for mark in OPTION.finditer(text)}) > 2 for text in texts.values())
    if firm and not lists and not _is_most(firm, FinalKind.CHOICE):
        return {}
    chosen = {slot for slot, one in firm.items() if one.final.kind is FinalKind.CHOICE}
    kept = chosen if lists else firm
    found = {slot: one for slot, text in texts.items() if slot not in kept and (one := lone_letter(text))}
    differ = len({one.final.canonical for one in found.values()}) > 1 and 3 * len(found) > 2 * len(texts) > 4
    is_most = lists and 3 * len(found.keys() | chosen) >= 2 * len(texts)
    return found if (firm and not lists) or differ or is_most else {}


def _verdicts(
    texts: Mapping[str, str], finals: Mapping[str, FinalAnswer], languages: Mapping[str, str], asked: str
) -> dict[str, Found]:
    """Return what says yes or no where it is asked for, where others do, or where most do without courtesy.

    A short text that is announced, and what was worked out, may be the words of it or those of its reasons.
    """
    is_asked = wants_verdict(asked)
    if is_asked:
        return _asked_verdicts(texts, finals, languages, asked)
    known = {slot for slot, one in finals.items() if one.final.kind is FinalKind.BOOLEAN}
    firm = {slot for slot, one in finals.items() if _is_firm(one)}
    found = {
        slot: one
        for slot, text in texts.items()
        if slot not in known | firm and (one := said_verdict(text, languages[slot]))
    }
    is_answered = known or any(one.is_announced for one in found.values())
    return found if is_answered and 3 * len(found.keys() | known) >= 2 * len(texts) else {}


def _asked_verdicts(
    texts: Mapping[str, str], finals: Mapping[str, FinalAnswer], languages: Mapping[str, str], asked: str
) -> dict[str, Found]:
    """Return what says yes or no to the question for it."""
    return {
        slot: one
        for slot, text in texts.items()
        if (one := weighed_verdict(text, languages[slot], asked, finals[slot].final if slot in finals else None))
    }


def _is_firm(one: FinalAnswer) -> bool:
    """Return whether a final answer is surely that of its text: one that is named, and not only in words."""
    return (one.is_announced or one.is_bare) and one.final.kind is not FinalKind.TEXT


def _outputs(
    texts: Mapping[str, str], finals: Mapping[str, FinalAnswer], languages: Mapping[str, str]
) -> dict[str, Found]:
    """Return what the programs of texts show."""
    if finals and any(_is_most(finals, kind) for kind in (FinalKind.CHOICE, FinalKind.TEXT)):
        return {}
    coded = sum(bool(SPAN.search(text) or FENCE.search(text)) for text in texts.values())
    likely = choose(output_candidates(texts, "", languages), OUTPUT) if 2 * coded >= len(texts) else {}
    found = {slot: one.candidate for slot, one in likely.items()}
    if not any(one.signs.keys() & {"by_code", "by_block", "by_listing", "by_joined"} for one in found.values()):
        return {}
    firm = {slot for slot, one in finals.items() if _is_firm(one) and one.final.kind is not FinalKind.CODE}
    found = {slot: one for slot, one in found.items() if not _is_denied(texts[slot], one, languages[slot])}
    if not any(_is_shown(texts[slot], one) for slot, one in found.items()):
        return {}
    return {slot: Found(one.final, one.final.start) for slot, one in found.items() if slot not in firm}


def _is_denied(text: str, one: Candidate, language: str) -> bool:
    """Return whether the clause of a literal says that it is not what a program puts out."""
    before, after = _around(text, one)
    found = (cues.DENIED.search(f"{before} "[-cues.NEAR :]), cues.DENIED_BEHIND.match(after))
    return any(cues.denies(one, language) for one in found)


def _is_shown(text: str, one: Candidate) -> bool:
    """Return whether a text shows a literal as an output, or consists of it: of any other it may say anything."""
    if one.signs.keys() & {"by_block", "by_listing", "by_comment"}:
        return True
    before, after = _around(text, one)
    # "On screen: `5`" shows it, and so does a line of nothing else, or of words that only lead to it.
    is_all = all(map(leads, words_of(after if before.endswith(_BEHIND) else before)))
    return is_shown(before, after) or (is_all and (before.endswith(_BEHIND) or not words_of(after)))


def _around(text: str, one: Candidate) -> tuple[str, str]:
    """Return what stands before and after a literal in its sentence."""
    start, end = next(span for span in reversed(spans_of(text)) if span[0] <= one.final.start)
    return text[start : one.final.start].rstrip("`*\"' "), text[one.final.end : end].lstrip("`*\"' ")


def _has_figure(one: FinalAnswer) -> bool:
    return one.final.kind is FinalKind.TEXT and any(map(str.isdigit, one.text))


def _numbers(
    texts: Mapping[str, str], finals: Mapping[str, FinalAnswer], languages: Mapping[str, str], asked: str
) -> dict[str, Found]:
    """Return the numbers that texts conclude where others do, or where one is asked for.

    A short text that is announced may be the words around one.
    """
    is_time = wants_time(asked)
    finals = {slot: one for slot, one in finals.items() if not (is_time and _has_figure(one))}
    if finals and not _is_most(finals, FinalKind.NUMBER):
        return {}
    comma = {slot: languages[slot] in DECIMAL_COMMA for slot in texts}
    known = {slot: one.final for slot, one in finals.items() if one.final.kind is FinalKind.NUMBER}
    sure = {slot for slot, one in finals.items() if one.is_announced or one.is_bare}
    read = {slot: text for slot, text in texts.items() if slot in known or slot not in finals}
    is_announced = any(finals[slot].is_announced for slot in known)
    return numbers_by_place(read, known, sure, comma, is_time, is_announced)
