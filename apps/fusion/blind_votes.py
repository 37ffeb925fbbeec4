"""Blind votes: a person says which answer of a run is best before their authors are shown."""

from enum import StrEnum

from apps.fusion.frozen import Value

FUSED = "fused"
"""The contender that stands for every answer that a model wrote from those of the panel."""


class BlindVerdict(StrEnum):
    """The result of a blind vote: one answer is best, several are equally good, or all are bad."""

    BEST = "best"
    TIE = "tie"
    ALL_BAD = "all_bad"


class VotedAnswer(Value):
    """An answer that stood in a blind vote, as it was then; ``call`` wrote it.

    ``slot`` is its column, '' for a writer; ``model`` the reference of the model that answered; ``variant`` the name of
    the prompt's variant, '' without any. ``is_fused``: written from the others' answers. ``is_answer``: the run's own.
    """

    call: int
    slot: str = ""
    model: str
    variant: str = ""
    is_fused: bool = False
    is_answer: bool = False
    is_chosen: bool = False

    @property
    def contender(self) -> str:
        """The name under which its votes are counted: the model, and the variant if there is one."""
        if self.is_fused:
            return FUSED
        return f"{self.model} · {self.variant}" if self.variant else self.model
