"""Sentences on a vote: that it decided nothing, on how little it decided, and what its weights rest on."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from apps.fusion.answers.composing import ComposedAnswer
from apps.fusion.calibration import ENOUGH_ITEMS, Calibration
from apps.fusion.confidence import certificate_doubt, certificate_of
from apps.fusion.vocabulary import AnswerKind, CountedKind, ExitReason, VoteResult, WeightBasis
from apps.fusion.voting import Ballot
from apps.fusion.weights import calibration_in, weighing_of

if TYPE_CHECKING:
    from apps.runs.reading.snapshot import RunSnapshot

COUNTED = (AnswerKind.VOTED, AnswerKind.ESCALATED)
"""Kinds of answers that a ballot decided."""


MOST_NAMED = 5


def of_vote(run: "RunSnapshot") -> Iterable[str]:
    """Say that a vote decided nothing, or on how little it decided."""
    ballot = run.ballot
    if ballot is None:
        return
    went_on = "" if run.answer_kind in COUNTED else " The answers were judged and fused instead."
    if ballot.composed:
        yield from _of_fields(ballot.composed, went_on if ballot.result is VoteResult.NO_MAJORITY else "")
    yield from _of_result(run, ballot, went_on)
    yield from _of_weights(run, ballot)
    if ballot.waived and run.answer_kind in COUNTED:
        yield _of_exit(ballot)


def _of_result(run: "RunSnapshot", ballot: Ballot, went_on: str) -> Iterable[str]:
    votes = [len(one.votes) for one in ballot.classes]
    of_meanings = ballot.counts is CountedKind.MEANING
    missing = "answers are short texts that can be compared" if of_meanings else "texts have a final answer"
    apart = "texts say the same" if of_meanings else "final answers are equal"
    match ballot.result:
        case VoteResult.NOT_APPLICABLE:
            yield f"The vote was not applicable: fewer than two {missing}.{went_on}"
        case VoteResult.TIE if max(votes) == 1:
            yield f"The vote decided nothing: no two {apart}.{went_on}"
        case VoteResult.TIE:
            yield f"The vote was a tie, {' to '.join(map(str, votes))}.{went_on}"
        case VoteResult.ESCALATED if all(one.slots == (ballot.winner,) for one in ballot.classes):
            yield f"Agreement was not applicable: no other text has a final answer. {ballot.winner} answered alone."
        case VoteResult.TIE_BROKEN:
            yield f"The vote was a tie; {ballot.winner} decided it, who was right most often where it was measured."
            yield from _on_few("That rests", calibration_in(run.recipe))
        case VoteResult.PLURALITY if ballot.weighed_by is not WeightBasis.EQUAL:
            yield f"The winning answer has {100 * ballot.share:.0f} % of the weight: not more than half, but the most."
        case VoteResult.PLURALITY if ballot.exit is None:
            yield f"Not more than half agree: {votes[0]} of {ballot.members} gave this answer, more than any other."


def _on_few(rests: str, calibration: Calibration | None) -> Iterable[str]:
    """Say on how few items something rests, where these are few."""
    if calibration and calibration.fewest_items < ENOUGH_ITEMS:
        yield f"{rests} on {calibration.fewest_items} labelled items; fewer than {ENOUGH_ITEMS} say little."


def _of_fields(composed: ComposedAnswer, went_on: str) -> Iterable[str]:
    """Say on which fields no majority agrees, or why no answer was made of the fields' winners."""
    if composed.problem:
        yield f"Whole answers were counted, as no answer could be made of the fields. {composed.problem}"
    elif composed.undecided:
        null = went_on or " It is null." if len(composed.undecided) == 1 else went_on or " They are null."
        yield f"No majority agrees on {listed(composed.undecided)}.{null}"


def listed(pointers: Sequence[str]) -> str:
    """Return JSON pointers in words, the first few of them."""
    rest = f" and {len(pointers) - MOST_NAMED} more" if len(pointers) > MOST_NAMED else ""
    return f"{', '.join(pointer or 'the whole' for pointer in pointers[:MOST_NAMED])}{rest}"


def _of_weights(run: "RunSnapshot", ballot: Ballot) -> Iterable[str]:
    """Say why weights, or a certificate, were not applied, or on how little they rest."""
    weighing = weighing_of(run.recipe)
    yield from filter(None, (weighing.doubt, certificate_doubt(run.recipe)))
    # Where votes weigh by accuracy the doubt about the weights says so.
    if weighing.weights is None and run.answer_kind in COUNTED and certificate_of(ballot, run.recipe):
        yield from _on_few("The certificate rests", calibration_in(run.recipe))
    counted = {one.kind for one in ballot.classes}
    if weighing.weights is not None and weighing.kind is not None and counted and weighing.kind not in counted:
        kinds = f"answers of the kind {weighing.kind}, and these are of another"
        yield f"The weights were measured on {kinds}, so all votes weigh the same."


def _of_exit(ballot: Ballot) -> str:
    """Say who was not waited for, and why."""
    names = " and ".join(ballot.waived)
    was, it = ("was", "it") if len(ballot.waived) == 1 else ("were", "they")
    why = f"{it} could not have changed the result"
    if ballot.exit is ExitReason.CERTIFIED:
        why = "the share that is certified was reached"
    return f"{names} {was} not waited for: {why}. A call that was cut off may be billed."
