"""The spread of repeated answers: which final answers the same request got, how often, and how their panels agreed."""

from collections.abc import Sequence
from statistics import median

from apps.fusion.answers.groups import group_answers, read_answers
from apps.fusion.frozen import Value


class AnswerCount(Value):
    """A final answer as most of its texts write it, and how many of them give it."""

    text: str
    count: int


class AgreementSpread(Value):
    """The least, the middle and the greatest agreement (0 to 1) of repeated runs."""

    least: float
    median: float
    most: float


class AnswerSpread(Value):
    """Repeated answers: the distinct final answers, most common first, and the texts without any.

    ``agreement`` is ``None`` where no run has one.
    """

    answers: tuple[AnswerCount, ...]
    without: int = 0
    agreement: AgreementSpread | None = None

    @property
    def total(self) -> int:
        """Return how many answers there are, those included in which no final answer is read."""
        return sum(one.count for one in self.answers) + self.without

    @property
    def share(self) -> float | None:
        """Return the share of all answers that the most common final one has, ``None`` where none is read."""
        return self.answers[0].count / self.total if self.answers else None


def spread_of(texts: Sequence[str], agreements: Sequence[float | None] = ()) -> AnswerSpread:
    """Return the spread of the answers to one request, and of the agreement in their runs.

    Final answers are read and compared as in a vote (``answers/groups.py``), where each text has a voice.
    """
    finals = read_answers({f"{at:05}": text for at, text in enumerate(texts)})
    counts = tuple(AnswerCount(text=group.text, count=len(group.answers)) for group in group_answers(finals))
    known = [one for one in agreements if one is not None]
    agreement = AgreementSpread(least=min(known), median=median(known), most=max(known)) if known else None
    return AnswerSpread(answers=counts, without=len(texts) - len(finals), agreement=agreement)
