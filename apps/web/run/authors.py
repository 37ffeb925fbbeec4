"""The author of a run's answer in words, and the panel takes that the answer was made from or chosen among."""

from collections.abc import Iterable

from apps.fusion.vocabulary import AnswerKind, Builtin, Role
from apps.runs.reading.contests import contest_of
from apps.runs.reading.snapshot import RunSnapshot


def author_of(run: RunSnapshot) -> str:
    """Say who wrote the answer, '' while there is none."""
    answer = run.answer
    if answer is None:
        return ""
    match run.answer_kind:
        case AnswerKind.FUSED:
            planned = run.strategy.planned(run.recipe, answer.role)
            by_auto = ", chosen by Auto" if planned and planned.is_auto else ""
            return f"written by {answer.label}{by_auto}"
        case AnswerKind.CLOSEST:
            return "the answer closest to the others, not fused"
        case AnswerKind.VOTED:
            is_made = answer.model == Builtin.FIELDS
            return "made of each field’s winner, by vote" if is_made else f"answer {answer.slot} as it is, by vote"
        case AnswerKind.BEST:
            return f"answer {answer.slot} as it is, the best in comparisons"
        case AnswerKind.REVISED:
            return f"written by {answer.label}, revised after a review"
        case AnswerKind.AS_IS if run.calls_as(Role.REVIEW):
            return f"{answer.slot}’s draft as it is, reviewed"
        case AnswerKind.AS_IS:
            return f"{answer.slot}’s answer as it is, by {answer.name}"
        case AnswerKind.ESCALATED:
            return f"answer {answer.slot} as it is, of the last stage"
        case _:
            return f"by {answer.name}" if run.is_as_planned else f"answer {answer.slot} as it is, not fused"


def fused_calls(run: RunSnapshot) -> list[int]:
    """Return the ids of the panel takes that the answer was made from, or chosen among."""
    if run.answer is None:
        return []
    read: Iterable[int] = run.answer.inputs
    if run.answer_kind in (AnswerKind.VOTED, AnswerKind.ESCALATED) and run.ballot:
        read = run.ballot.calls.values()
    elif run.answer_kind is AnswerKind.AS_IS and run.judge:
        read = run.judge.inputs
    elif run.answer_kind is AnswerKind.BEST and (found := contest_of(run)):
        read = found.contest.answers
    elif run.answer_kind is AnswerKind.ONLY and run.is_as_planned:
        read = [answer.id for answer in run.usable]
    panel = {take.id for column in run.columns for take in column.takes}
    return sorted(panel & {run.answer.id, *read})
