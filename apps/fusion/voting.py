"""Votes over final answers: the ballot of a panel as a value, and the member whose answer wins.

Answers are classed by what they conclude (``answers/groups.py``), which divides them whatever their order. A text in
which no final answer is read, or that was cut off, is no vote; it counts in the whole of which a majority is more than
half. Nothing else in a text counts: what it says about the vote, the other answers or itself has no weight.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from apps.fusion.answers.composing import ComposedAnswer, compose
from apps.fusion.answers.counting import EVERY, Counted, counted_answers
from apps.fusion.answers.fields import FieldVotes, field_votes
from apps.fusion.answers.groups import Group, group_answers
from apps.fusion.answers.reading import FinalAnswer
from apps.fusion.citations import without_marks
from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import sources_seen
from apps.fusion.state import HasAnswer, is_usable
from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import (
    AnswerKind,
    CountedKind,
    ExitReason,
    FinalKind,
    FinishReason,
    VoteResult,
    WeightBasis,
)
from apps.fusion.weights import Weighing

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
    of the counted calls by slot. ``share`` is the heaviest class's part of what all votes would weigh together, by the
    weights of ``weighed_by``. ``exit`` says why no more votes were waited for; ``waived`` are the slots that were not.
    Answers in JSON are also compared by ``fields``; ``composed`` is the answer of their winners, where it was to be
    one. ``counts`` is the kind of final answers that count; of labels only
    those of ``labels`` do.
    """

    result: VoteResult
    classes: tuple[AnswerClass, ...] = ()
    nulls: tuple[str, ...] = ()
    winner: str = ""
    calls: dict[str, int] = {}
    share: float = 0.0
    weighed_by: WeightBasis = WeightBasis.EQUAL
    exit: ExitReason | None = None
    waived: tuple[str, ...] = ()
    fields: tuple[FieldVotes, ...] = ()
    composed: ComposedAnswer | None = None
    counts: CountedKind = CountedKind.AUTO
    labels: tuple[str, ...] = ()

    @property
    def members(self) -> int:
        """Return how many members were to vote, nulls included."""
        return len(self.nulls) + len(self.waived) + sum(len(one.votes) for one in self.classes)

    @property
    def winning(self) -> AnswerClass | None:
        """Return the class of the answer that stands, ``None`` if nothing is decided."""
        return next((one for one in self.classes if self.winner in one.slots), None)

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
    weighing: Weighing | None = None,
    waived: Collection[str] = (),
    counted: Counted = EVERY,
    files: frozenset[int] = frozenset(),
    group: Callable[[Mapping[str, FinalAnswer]], list[Group]] = group_answers,
) -> Ballot:
    """Return the vote of a panel's members by slot, ``None`` for one that has not answered.

    By default all votes weigh the same. Measured accuracy breaks ties between the classes whose members were measured,
    and says whose text stands for the winning class. Members who are ``waived`` are no nulls. Only final answers that
    are ``counted`` are votes. ``files`` are the numbers of the prompt's files. ``group`` divides the final answers into
    those that are equal.
    """
    weighing = weighing or Weighing()
    texts = votable_texts(answers, files)
    finals = counted_answers(texts, counted)
    weigh = _weight_in_fields(weighing)
    classes = [_class_of(one, weighing) for one in group(finals)]
    heaviest = max((one.weight for one in classes), default=0.0)
    # Of a tie the more accurate comes first, whatever sums of weights are off by: 0.1 + 0.2 is no more than 0.3.
    classes.sort(
        key=lambda one: (
            -(heaviest if heaviest - one.weight <= ALIKE else one.weight),
            -_best(one, weighing.accuracy)[0],
        )
    )
    whole = whole_weight(answers, weighing)
    result = _result(classes, whole, weighing.accuracy)
    return Ballot(
        result=result,
        classes=tuple(classes),
        nulls=tuple(slot for slot in sorted(answers) if slot not in finals and slot not in waived),
        winner=_best(classes[0], weighing.accuracy)[1] if result.is_decided else "",
        share=round(min(1.0, classes[0].weight / whole), 9) if classes and whole else 0.0,
        weighed_by=weighing.basis,
        waived=tuple(sorted(waived)),
        fields=field_votes(texts, weigh(list(answers)), weigh),
        counts=counted.kind,
        labels=counted.labels,
    )


def by_fields(
    ballot: Ballot,
    texts: Mapping[str, str],
    members: Collection[str],
    weighing: Weighing,
    no_majority: NoMajority,
    fault_of: Callable[[str], str] = lambda _text: "",
) -> Ballot:
    """Return a ballot whose answer is made of each field's winner; the vote on whole answers stands where none can be.

    ``texts`` are those of the ``members`` that may be votes. No answer can be made of those that are not JSON of one
    form, or if ``fault_of`` its text names a fault; ``composed`` says so. Nothing is decided by a field without
    majority that goes to the judge.
    """
    weigh = _weight_in_fields(weighing)
    composed = compose(texts, weigh, weigh(members))
    if problem := composed.problem or fault_of(composed.text):
        refused = composed.model_copy(update={"text": "", "problem": problem})
        return ballot.model_copy(update={"composed": refused})
    is_undecided = composed.undecided and no_majority is NoMajority.JUDGE
    result = VoteResult.NO_MAJORITY if is_undecided else VoteResult.FIELDS
    return ballot.model_copy(update={"result": result, "winner": "", "composed": composed})


def _weight_in_fields(weighing: Weighing) -> Callable[[Collection[str]], float]:
    """Return what votes of some slots for the same value of a field weigh together."""
    return lambda slots: weighing.together({slot: weighing.of(slot, FinalKind.LITERAL) for slot in slots})


def votable_texts(answers: Mapping[str, HasAnswer | None], files: frozenset[int] = frozenset()) -> dict[str, str]:
    """Return the texts, by slot, that may be votes: those that are usable and were not cut off at their length.

    Marks of the sources that a call looked up, and of ``files``, are spaces in them: the 1 of "B [1]" is no answer.
    """
    return {
        slot: without_marks(call.text, sources_seen(call.lookups) | files)
        for slot, call in answers.items()
        if call and is_usable(call) and call.finish_reason not in CUT_OFF
    }


def whole_weight(slots: Iterable[str], weighing: Weighing) -> float:
    """Return what the votes of these slots would weigh for the same answer."""
    return weighing.together({slot: weighing.most(slot) for slot in slots})


def _result(classes: Sequence[AnswerClass], whole: float, accuracy: Mapping[str, float]) -> VoteResult:
    """Return how a vote ends; ``whole`` is what the votes of all members would weigh."""
    if not classes:
        return VoteResult.NOT_APPLICABLE
    leaders = [one for one in classes if classes[0].weight - one.weight <= ALIKE]
    is_measured = all(slot in accuracy for one in leaders for slot in one.slots)
    votes = sum(len(one.votes) for one in classes)
    if (votes < FEWEST_VOTES or classes[0].weight <= 0) and not is_measured:
        return VoteResult.NOT_APPLICABLE
    # Members who are right on less than half weigh nothing, and still the better of them is more often right.
    if len(leaders) > 1 or classes[0].weight <= 0:
        best = sorted((_best(one, accuracy)[0] for one in leaders), reverse=True)
        return VoteResult.TIE_BROKEN if is_measured and best[0] > max(best[1:], default=-1.0) else VoteResult.TIE
    if len(leaders[0].votes) < FEWEST_VOTES and not is_measured:
        return VoteResult.TIE
    return VoteResult.MAJORITY if 2 * leaders[0].weight - whole > ALIKE else VoteResult.PLURALITY


def _best(one: AnswerClass, accuracy: Mapping[str, float]) -> tuple[float, str]:
    """Return the highest accuracy among a class's members with its slot; of equals, and of unmeasured, the first."""
    best = max(one.slots, key=lambda slot: accuracy.get(slot, -1.0))
    return accuracy.get(best, -1.0), best


def _class_of(group: Group, weighing: Weighing) -> AnswerClass:
    """Return a class whose votes weigh together as much as their families allow, each its part of that."""
    plain = {slot: weighing.of(slot, one.final.kind) for slot, one in group.answers.items()}
    total = sum(plain.values())
    part = weighing.together(plain) / total if total else 0.0
    votes = [
        Vote(slot=slot, text=one.text, quote=one.quote, span=one.span, weight=plain[slot] * part)
        for slot, one in group.answers.items()
    ]
    return AnswerClass(text=group.text, kind=group.kind, votes=tuple(votes))
