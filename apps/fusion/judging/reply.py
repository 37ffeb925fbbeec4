"""Parse a judge's raw reply into an ``Analysis``: strictly if possible, else leniently, else raise ``BadReply``.

The lenient parser repairs form, never content: it finds the JSON, knows the names that models use for the same thing,
and drops what it cannot attribute. The analysis's note says what was repaired, dropped or cut.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from apps.fusion.judging.agreement import agreement, outliers
from apps.fusion.judging.answer_names import is_name
from apps.fusion.judging.empty_words import is_empty_word, without_empty_words
from apps.fusion.judging.escapes import doubled
from apps.fusion.judging.findings import Agreement, Analysis
from apps.fusion.judging.omissions import left_out
from apps.fusion.judging.reply_findings import Findings, clean
from apps.fusion.judging.reply_forms import REQUESTED, ReplyForm, normalised
from apps.fusion.judging.reply_search import find_lists, is_form, strings_in
from apps.fusion.vocabulary import AnalysisStatus, FinishReason

MOST_CHARACTERS = 200_000
"""Characters of a reply that are read."""

NOTHING_FOUND = "The judge found nothing to list."
CUT = "The judge's reply was cut off; what it would have said after that is missing, so there is no agreement figure."
LONG = "The judge's reply reached its length limit."
NO_CONTRADICTIONS = "The reply has no list of contradictions, so there is no agreement figure."


class BadReply(ValueError):
    """Nothing in a judge's reply can be used; the message is a sentence that says why."""


class _Reply(NamedTuple):
    """A reply's form and the sentences about its repair. ``texts`` are all that it has, ``listed`` those in lists."""

    form: ReplyForm
    repairs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    has_all_lists: bool = True
    is_cut: bool = False
    has_contradictions: bool = True


def parse_reply(
    raw: str,
    answers: Mapping[str, str],
    letters: Mapping[str, str],
    model: str,
    finish_reason: FinishReason = FinishReason.UNKNOWN,
    accepts_little: bool = False,
) -> Analysis:
    """Parse a judge's reply.

    ``answers`` maps slots to the stored texts, ``letters`` the letters that the judge saw to slots. The status is ok
    for a reply in the requested form and repaired for any other. A reply that broke off, or does not say where the
    answers contradict each other, gives no agreement figure.

    Raise ``BadReply``, and nothing else, if no part of the reply can be used, or, unless it ``accepts_little``, if most
    of it cannot.
    """
    if not raw.strip():
        raise BadReply("The judge's reply is empty.")
    reply = _read(raw, answers, finish_reason)
    built = Findings(answers, letters)
    bottom_lines, findings = built.bottom_lines(reply.form), built.findings(reply.form)
    assessments, best = built.assessments(reply.form), built.best_as_is(reply.form)
    lost = _lost_texts(reply.texts, reply.form)
    built.leave_out("texts that could not be placed", len(lost))
    repairs = list(reply.repairs)
    if not findings and not assessments and not bottom_lines:
        # Five empty lists are a good answer; a reply of which nothing could be kept is not.
        if not (reply.has_all_lists and reply.form.is_empty and not lost):
            raise BadReply(_why_nothing(is_form=False, is_cut=True) if reply.is_cut else built.nothing())
        repairs.append(NOTHING_FOUND)
    elif not accepts_little and built.lost_most(len(reply.listed), len(_lost_texts(reply.listed, reply.form))):
        raise BadReply(built.too_little())
    is_known = reply.has_contradictions and not reply.is_cut
    return Analysis(
        status=AnalysisStatus.REPAIRED if reply.repairs else AnalysisStatus.OK,
        model=model,
        note=" ".join([*repairs, *built.notes()]),
        bottom_lines=bottom_lines,
        findings=findings,
        assessments=assessments,
        outliers=outliers(findings),
        agreement=agreement(findings) if is_known else Agreement(),
        letters=dict(letters),
        # What broke off may have gone on to say why not.
        best_as_is=None if reply.is_cut else best,
    )


def _read(raw: str, answers: Mapping[str, str], finish_reason: FinishReason) -> _Reply:
    """Return the parsed reply; raise ``BadReply`` if it has no lists."""
    text = doubled(raw[:MOST_CHARACTERS], answers.values())
    is_long = finish_reason is FinishReason.LENGTH
    # Only if no backslash had to be doubled: JSON takes "\frac" for a form feed and "rac" without complaint.
    if text == raw:
        form = _in_requested_form(raw)
        if form:
            return _Reply(without_empty_words(form), (LONG,) if is_long else ())
    found = find_lists(text, answers.values())
    is_whole = found.lists.keys() >= REQUESTED
    is_cut = found.is_cut or len(raw) > MOST_CHARACTERS or (is_long and not is_whole)
    if not found.lists:
        raise BadReply(_why_nothing(found.is_form, found.is_cut or is_long))
    repairs = ["The reply's form was mended."]
    if len(raw) > MOST_CHARACTERS:
        repairs = [f"Only the reply's first {MOST_CHARACTERS:,} characters were read."]
    elif is_cut:
        repairs.append(CUT)
    elif is_long:
        repairs.append(LONG)
    has_contradictions = "contradictions" in found.lists
    if not (has_contradictions or is_cut):
        repairs.append(NO_CONTRADICTIONS)
    lists = normalised(found.lists)
    unscored = sum(not normalised({"assessments": [one]})["assessments"] for one in found.lists.get("assessments", ()))
    if unscored:
        repairs.append(left_out(unscored, "assessments without a score from 1 to 5"))
    return _Reply(
        form=without_empty_words(ReplyForm.model_validate(lists)),
        repairs=tuple(repairs),
        texts=found.texts,
        listed=tuple(strings_in(found.lists, 0)),
        has_all_lists=is_whole and not is_cut,
        is_cut=is_cut,
        has_contradictions=has_contradictions,
    )


def _in_requested_form(raw: str) -> ReplyForm | None:
    """Return a reply that has exactly the form that was asked for, and something in it other than the form's marks."""
    try:
        form = ReplyForm.model_validate(from_json(raw, allow_inf_nan=False))
    except (ValueError, ValidationError):
        return None
    return None if is_form(form.model_dump()) else form


def _why_nothing(is_form: bool, is_cut: bool) -> str:
    if is_cut:
        return "The judge's reply was cut off before anything of it could be read."
    if is_form:
        return "The judge's reply is the form that was asked for, with nothing filled in."
    return "The judge's reply has none of the lists that were asked for."


def _lost_texts(texts: Iterable[str], form: ReplyForm) -> list[str]:
    """Return the texts of a reply that say something and stand in no part of its form."""
    kept = set(map(clean, strings_in(form.model_dump(), 0))) - {""}

    def is_kept(text: str) -> bool:
        said = clean(text)
        return not said or said in kept or is_name(said) or is_empty_word(said) or clean(said.partition(":")[2]) in kept

    # One word under a key that nobody asked for is a label: "high", "en", a name.
    return [text for text in texts if not is_kept(text) and len(text.split()) > 1]
