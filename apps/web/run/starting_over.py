"""The words for starting over with other answers of the panel, by what a run's strategy then does with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.fusion.vocabulary import AnswerKind


@dataclass(frozen=True, slots=True)
class StartingOver:
    """The words at an answer that is ``ticked``, those beside the button once the ticks are ``edited``, and its own.

    Without anything done yet they are ``nothing`` and ``first``; ``title`` says what it costs.
    """

    ticked: str
    edited: str
    nothing: str
    again: str
    first: str
    title: str = ""


FUSING = StartingOver(
    "in fusion", "You changed what is to be fused.", "Nothing is fused yet.", "Fuse again", "Fuse these"
)
WAYS: Mapping[AnswerKind, StartingOver] = {
    AnswerKind.VOTED: StartingOver(
        "in the vote",
        "You changed what is to be counted.",
        "Nothing is counted yet.",
        "Count again",
        "Count these",
        "Free, unless the vote decides nothing: then the answers are judged and fused",
    ),
    AnswerKind.BEST: StartingOver(
        "compared",
        "You changed what is to be compared.",
        "Nothing is compared yet.",
        "Compare again",
        "Compare these",
        "Each pair is read in both orders: two calls of the judge",
    ),
    AnswerKind.REVISED: StartingOver(
        "reviewed",
        "You changed what is to be reviewed.",
        "Nothing is reviewed yet.",
        "Review again",
        "Review this",
        "The first ticked answer is reviewed and revised anew",
    ),
}
"""By the kind of answer that a strategy is after; whatever is not here is fused."""
