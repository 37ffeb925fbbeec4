"""The sentence of the run's header: what happened, or what is happening. Time and cost stand behind it."""

from collections.abc import Iterator

from apps.fusion.strategies.strategy import WaitingRule
from apps.fusion.values import JudgedSettings
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Role, Status, VoteResult
from apps.fusion.voting import Ballot
from apps.runs.reading.snapshot import RunSnapshot
from apps.web.formats import counted, dot, duration, joined
from apps.web.run.rail import not_as_planned

MOST_NAMED = 3
"""Letters that are named; of more columns only the number is."""


def headline(run: RunSnapshot) -> str:
    """Return what happened, as in ``Fused from 3 of 5 · judge degraded``."""
    return " · ".join(_after_the_end(run) if run.is_final else _while_live(run))


def headline_dot(run: RunSnapshot) -> str:
    """Return the class of the dot before it: a run that is done is not therefore as it was planned."""
    has_lost_columns = any(column.newest.status in (Status.FAILED, Status.CANCELLED) for column in run.columns)
    is_as_planned = run.is_as_planned and not run.is_capped and not has_lost_columns
    is_sound = run.analysis.status is not AnalysisStatus.DEGRADED if run.analysis else not run.judges
    return "warn" if run.status is Status.DONE and not (is_as_planned and is_sound) else dot(run.status)


def open_columns(run: RunSnapshot) -> str:
    """Name the columns that have not ended: ``A``, ``A and C``, ``5 columns``; '' for none."""
    slots = [column.slot for column in run.columns if not column.newest.is_final]
    return joined(slots) if len(slots) <= MOST_NAMED else counted(len(slots), "column")


def is_in_grace(run: RunSnapshot, rule: WaitingRule) -> bool:
    """Return whether the quorum is reached, so that the panel is waited for no longer than the grace."""
    usable = sum(column.newest.is_usable for column in run.columns)
    return rule.grace_s is not None and usable >= rule.answers


def waiting_words(run: RunSnapshot, rule: WaitingRule) -> str:
    """Say how long the panel is waited for."""
    limit = duration(rule.hard_limit_s)
    if rule.grace_s is None:
        return f"Goes on when all have answered, or {limit} after the start."
    settings = run.recipe.settings
    is_auto = isinstance(settings, JudgedSettings) and settings.grace_is_auto
    grace = f"{duration(rule.grace_s)}{' (as long as they usually take)' if is_auto else ''}"
    return (
        f"Goes on when all have answered, {grace} after {counted(rule.answers, 'answer')}, or {limit} after the start."
    )


def _while_live(run: RunSnapshot) -> Iterator[str]:
    live = {call.role for call in run.calls if not call.is_final}
    if Role.SYNTHESIS in live:
        yield "Writing the answer"
    elif Role.REVISION in live:
        yield "Revising the draft"
    elif Role.CLAIMS in live:
        yield "Splitting the answers into claims"
    elif Role.SUPPORT in live:
        yield "Looking up the support of claims"
    elif Role.REVIEW in live:
        yield "Reviewing the draft"
    elif Role.JUDGE in live or Role.COMPARISON in live:
        yield "Comparing the answers"
    else:
        answered = sum(column.newest.is_usable for column in run.columns)
        yield f"{answered} of {len(run.columns)} answered"


def _after_the_end(run: RunSnapshot) -> Iterator[str]:
    yield _result(run)
    if run.answer and run.is_capped:
        yield "cap reached"
    analysis = run.analysis
    if analysis and analysis.status is AnalysisStatus.DEGRADED:
        yield "judge degraded"
    elif run.judges and analysis is None and run.answer_kind is AnswerKind.FUSED:
        yield "judge failed"
    if any(call.role is Role.CHECK and not call.is_final for call in run.calls):
        yield "being checked"
    if any(call.role in (Role.RANKING, Role.PREFERENCE) and not call.is_final for call in run.calls):
        yield "being reviewed"
    if any(call.role is Role.SETTLEMENT and not call.is_final for call in run.calls):
        yield "a point is being looked up"
    if late := open_columns(run):
        yield f"{late} still answering"


def _result(run: RunSnapshot) -> str:
    if run.answer is None:
        if run.status is Status.FAILED:
            return "Failed"
        return "Cap reached before an answer" if run.is_capped else "Stopped before an answer"
    total = len(run.columns)
    takes = {take.id for column in run.columns for take in column.takes}
    read = len(takes & {run.answer.id, *run.answer.inputs})
    match run.answer_kind:
        case AnswerKind.FUSED:
            return f"Fused from all {total}" if read == total else f"Fused from {read} of {total}"
        case AnswerKind.ESCALATED:
            return f"Escalated to {run.answer.slot}"
        case AnswerKind.VOTED if run.ballot:
            return _of_vote(run.ballot)
        case AnswerKind.BEST:
            return f"{run.answer.slot} is the best of {total}"
        case AnswerKind.REVISED:
            rounds = sum(call.is_usable for call in run.calls_as(Role.REVISION))
            return f"Revised {'once' if rounds == 1 else f'{rounds} times'} after a review"
        case AnswerKind.AS_IS:
            return f"{run.answer.slot}’s answer as it is"
        case AnswerKind.CLOSEST:
            return f"Closest of {counted(read, 'answer')}, not fused"
        case _:
            return _of_one(run, run.answer.slot)


def _of_one(run: RunSnapshot, slot: str) -> str:
    """Say that one answer stands as it is: because no other is usable, or as the strategy has it."""
    total = len(run.columns)
    if not run.is_as_planned:
        return f"1 of {total} answered, {not_as_planned(run)}"
    return "Answered by one model" if total == 1 else f"{slot}’s answer as it is"


def _of_vote(ballot: Ballot) -> str:
    """Say how many members gave the winning answer, or on how many fields a majority agrees."""
    if ballot.composed and ballot.result is VoteResult.FIELDS:
        return f"A majority on {ballot.composed.decided} of {counted(ballot.composed.fields, 'field')}"
    votes = next(len(one.votes) for one in ballot.classes if ballot.winner in one.slots)
    return f"{votes} of {ballot.members} agree"
