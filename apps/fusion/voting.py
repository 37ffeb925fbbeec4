"""Votes over final answers: the ballot of a panel as a value, and the member whose answer wins.

Answers are classed by what they conclude (``answers/groups.py``), which divides them whatever their order. A text in
which no final answer is read, or that was cut off, is no vote; it counts in the whole of which a majority is more than
half. Nothing else in a text counts: what it says about the vote, the other answers or itself has no weight.
"""

from collections.abc import Mapping, Sequence

from apps.fusion.answers.groups import Group, group_answers, read_answers
from apps.fusion.state import HasAnswer, is_usable
from apps.fusion.value import Value
from apps.fusion.vocabulary import AnswerKind, FinalKind, FinishReason, VoteResult

CUT_OFF = (FinishReason.LENGTH, FinishReason.LOOP)
"""Ends at which a text says no last word, so that what it said last is no final answer."""
FEWEST_VOTES = 2
"""Equal votes without which nothing is decided, unless the accuracy of members was measured."""
ALIKE = 1e-9
"""Weights closer than this are a tie."""


class Vote(Value):
    """A member's vote: its final answer as it is written, with the quote it was read from and its span in the text."""

    slot: str
    text: str
    quote: str = ""
    span: tuple[int, int] | None = None
    weight: float = 1


class AnswerClass(Value):
    """Votes for the same final answer, which ``text`` shows as most of them write it."""

    text: str
    kind: FinalKind
    votes: tuple[Vote, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(vote.slot for vote in self.votes)

    @property
    def weight(self) -> float:
        return sum(vote.weight for vote in self.votes)


class Ballot(Value):
    """A vote: the classes of answers, heaviest first, and the ``nulls``, slots that have no final answer.

    ``winner`` is the slot whose answer stands for the heaviest class, '' if nothing is decided. ``calls`` are the ids
    of the counted calls by slot.
    """

    result: VoteResult
    classes: tuple[AnswerClass, ...] = ()
    nulls: tuple[str, ...] = ()
    winner: str = ""
    calls: dict[str, int] = {}

    @property
    def members(self) -> int:
        """Return how many members were to vote, nulls included."""
        return len(self.nulls) + sum(len(one.votes) for one in self.classes)

    @property
    def answer(self) -> int | None:
        """The id of the call whose answer stands, ``None`` if nothing is decided."""
        return self.calls.get(self.winner) if self.winner else None

    @property
    def answer_kind(self) -> AnswerKind:
        """The kind of answer that the winner's is."""
        return AnswerKind.ESCALATED if self.result is VoteResult.ESCALATED else AnswerKind.VOTED


def vote(
    answers: Mapping[str, HasAnswer | None],
    weights: Mapping[str, float] | None = None,
    accuracy: Mapping[str, float] | None = None,
) -> Ballot:
    """Return the vote of a panel's members by slot, ``None`` for one that has not answered.

    ``weights`` (by slot, 1 each by default) are what the votes count. ``accuracy`` (by slot, the measured chance to be
    right) breaks ties between the classes whose members it knows, and says whose text stands for the winning class.
    """
    texts = {slot: call.text for slot, call in answers.items() if call and is_usable(call) and not _is_cut(call)}
    finals = read_answers(texts)
    known = accuracy or {}
    weighted = {slot: 1.0 if weights is None else weights.get(slot, 0.0) for slot in finals}
    classes = [_class_of(group, weighted) for group in group_answers(finals)]
    classes.sort(key=lambda one: (-one.weight, -_best(one, known)[0]))
    nulls = tuple(slot for slot in sorted(answers) if slot not in finals)
    whole = float(len(answers)) if weights is None else sum(weights.get(slot, 0.0) for slot in answers)
    result = _result(classes, whole, known)
    winner = _best(classes[0], known)[1] if result.is_decided else ""
    return Ballot(result=result, classes=tuple(classes), nulls=nulls, winner=winner)


def _result(classes: Sequence[AnswerClass], whole: float, accuracy: Mapping[str, float]) -> VoteResult:
    """Return how a vote ends; ``whole`` is what the votes of all members would weigh."""
    if not classes or classes[0].weight <= 0:
        return VoteResult.NOT_APPLICABLE
    leaders = [one for one in classes if classes[0].weight - one.weight <= ALIKE]
    is_measured = all(slot in accuracy for one in leaders for slot in one.slots)
    votes = sum(len(one.votes) for one in classes)
    if votes < FEWEST_VOTES and not is_measured:
        return VoteResult.NOT_APPLICABLE
    if len(leaders) > 1:
        best = sorted((_best(one, accuracy)[0] for one in leaders), reverse=True)
        return VoteResult.TIE_BROKEN if is_measured and best[0] > best[1] else VoteResult.TIE
    if len(leaders[0].votes) < FEWEST_VOTES and not is_measured:
        return VoteResult.TIE
    return VoteResult.MAJORITY if 2 * leaders[0].weight - whole > ALIKE else VoteResult.PLURALITY


def _best(one: AnswerClass, accuracy: Mapping[str, float]) -> tuple[float, str]:
    """Return the highest accuracy among a class's members with its slot; of equals, and of unmeasured, the first."""
    best = max(one.slots, key=lambda slot: accuracy.get(slot, -1.0))
    return accuracy.get(best, -1.0), best


def _class_of(group: Group, weights: Mapping[str, float]) -> AnswerClass:
    votes = [
        Vote(slot=slot, text=one.text, quote=one.quote, span=one.span, weight=weights[slot])
        for slot, one in group.answers.items()
    ]
    return AnswerClass(text=group.text, kind=group.kind, votes=tuple(votes))


def _is_cut(call: HasAnswer) -> bool:
    return call.finish_reason in CUT_OFF
