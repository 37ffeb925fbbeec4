"""Notices of a run: what a reader must know before reading its answer. Sentences only; the run is read elsewhere."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from apps.fusion.citations import without_marks
from apps.fusion.comparing.overlap import share_words
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Builtin, FailureCode, Role
from apps.runs.reading.vote_notices import COUNTED, of_vote

APART = "Check the answer against the columns before you rely on it."

if TYPE_CHECKING:  # the snapshot asks here
    from apps.fusion.judging.findings import Analysis
    from apps.runs.reading.snapshot import RunSnapshot


def notices_of(run: "RunSnapshot") -> Iterable[str]:
    """Yield what a reader must know before reading the answer, a sentence each."""
    if run.tools and run.tools.skips_panel:
        yield "The last message is the result of a tool, so the writer answered alone; the panel was not asked."
    if run.answer_kind is AnswerKind.ONLY and not run.is_as_planned and run.answer:
        yield _why_only(run, run.answer.slot)
    yield from of_vote(run)
    if run.answer_kind is AnswerKind.CLOSEST:
        yield f"{_why_not_fused(run)} This is the panel answer that is closest to the others, word for word."
    if run.answer and run.answer.failure and run.answer.failure.code is FailureCode.BAD_REPLY:
        yield f"{run.answer.failure.sentence.rstrip('.')}. It was asked for once more, in vain."
    analysis = run.analysis
    if analysis and analysis.status is AnalysisStatus.DEGRADED:
        yield f"The analysis is degraded. {analysis.note}"
    if analysis and run.answer_kind in (AnswerKind.FUSED, AnswerKind.CLOSEST) and _are_apart(run, analysis):
        yield f"These answers share nothing, not even words; they may be about different things. {APART}"
    if run.judge and run.judge.is_final and analysis is None and run.answer_kind is AnswerKind.FUSED:
        yield "No analysis could be made; the answer was written from the panel answers alone."
    if run.answer_kind is AnswerKind.FUSED and run.answer and run.answer.html and "data-slot" not in run.answer.html:
        yield "No passage of this answer was found in the panel's answers. Check it against the columns."
    if run.answer_kind in (AnswerKind.FUSED, AnswerKind.CLOSEST, AnswerKind.BEST, *COUNTED):
        yield from _left_out(run)
    yield from _limits(run)
    yield from _stale(run)


def _why_only(run: "RunSnapshot", slot: str) -> str:
    if run.calls_as(Role.REVIEW):
        return f"No review could be read, so the draft of {slot} is shown as it is."
    return f"Only {slot} gave a usable answer. It is shown as it is; nothing was judged or fused."


def _stale(run: "RunSnapshot") -> Iterable[str]:
    """Say that the analysis, or the answer, rests on something older than what stands beside it."""
    if run.vote_is_older_than_panel:
        yield "A column has a newer take than the one that was counted."
    elif run.judge_is_older_than_panel:
        yield "A column has a newer take than the one that was judged and fused."
    elif run.answer_is_older_than_analysis:
        yield "The answer was written from another analysis than the one that is shown."


def _are_apart(run: "RunSnapshot", analysis: "Analysis") -> bool:
    """Return whether no finding is about two answers, and their words are not alike either.

    An analysis without findings alone means little: of short answers a judge, and word overlap, may say nothing.
    """
    if any(len({one.slot for one in finding.evidence}) > 1 for finding in analysis.findings):
        return False
    read = set(run.judge.inputs) if run.judge else set()
    return not share_words(
        without_marks(call.text, run.sources_of(call))
        for call in run.calls
        if call.id in read and call.role is Role.PANEL
    )


def _left_out(run: "RunSnapshot") -> Iterable[str]:
    """Name the columns that were not judged, or not counted, and say why."""
    if run.answer_kind in COUNTED and run.ballot:
        read, what = set(run.ballot.calls.values()), "vote"
    elif run.answer_kind is AnswerKind.BEST:
        compared = [call for call in run.calls_as(Role.COMPARISON) if run.answer and run.answer.id in call.inputs]
        read, what = set(compared[-1].inputs) if compared else set(), "comparison"
        if not compared:  # all answers that there are say the same
            return
    else:
        # Where nobody judged, the writer’s own inputs are what was fused.
        reader = run.judge or run.answer
        read, what = set(reader.inputs) if reader else set(), "fusion"
    waived = run.ballot.waived if run.answer_kind in COUNTED and run.ballot else ()
    left_out = [
        column
        for column in run.columns
        if column.slot not in waived and not any(take.id in read for take in column.takes)
    ]
    late = [column.slot for column in left_out if not column.newest.is_final]
    if late and not run.is_final:
        return
    if late:
        yield f"{' and '.join(late)} {'is' if len(late) == 1 else 'are'} still answering and may be included later."
    left_out = [column for column in left_out if column.slot not in late]
    unusable = [column.slot for column in left_out if column.answer is None]
    if unusable:
        yield f"{' and '.join(unusable)} gave no usable answer; the {what} rests on the others."
    usable = [column.slot for column in left_out if column.answer]
    if usable:
        yield f"{' and '.join(usable)} {'was' if len(usable) == 1 else 'were'} left out of the {what}."
    broken = [call.slot for column in run.columns for call in column.takes if call.id in read and not call.is_usable]
    if broken:
        yield f"{' and '.join(broken)} broke off; the {what} rests on what it had said until then."


def _limits(run: "RunSnapshot") -> Iterable[str]:
    """Say what did not fit: answers into a context, costs under a cap."""
    read = {"judge": run.analysis.coverage if run.analysis else {}, "writer": run.answer.coverage if run.answer else {}}
    for role, coverage in read.items():
        for slot, share in coverage.items():
            if share < 1:
                yield f"The {role} saw {100 * share:.0f} % of {slot}; the rest did not fit its context."
    if run.has_uncounted_cost:
        unpriced = dict.fromkeys(call.label for call in run.calls if call.is_unpriced)
        yield f"The cost of {' and '.join(unpriced)} is unknown; the cap did not count it."


def _why_not_fused(run: "RunSnapshot") -> str:
    written = [call for call in run.writers if call.model not in list(Builtin)]
    if not written:
        return "The writer was not reached."
    last = written[-1]
    if last.is_loop:
        return "The writer repeated itself."
    if last.failure and last.failure.code is not FailureCode.EMPTY:
        return f"The writer gave no answer ({last.failure.sentence.rstrip('.')})."
    return "The writer gave no answer."
