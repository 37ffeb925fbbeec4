"""Steps: what a strategy may ask for.

Each says which judge call's analysis counts from now on (``analysis``, an id), and which ballot it follows from where
there was a vote; ``None`` leaves either as it is.
"""

from dataclasses import dataclass

from apps.fusion.values import CallSpec, Failure
from apps.fusion.vocabulary import AnswerKind, Status
from apps.fusion.voting import Ballot


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before a call ends, or before ``until`` (seconds since 1970) if that is set."""

    until: float | None = None
    analysis: int | None = None
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Start these calls, and stop waiting for the calls ``cut`` (ids), which keep the text they have."""

    calls: tuple[CallSpec, ...] = ()
    cut: tuple[int, ...] = ()
    analysis: int | None = None
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The run is over: with the text of the call ``answer``, or with a failure that says why not.

    ``beside`` are calls that comment on the answer; the run does not wait for them.
    """

    status: Status
    answer: int | None = None
    kind: AnswerKind | None = None
    failure: Failure | None = None
    analysis: int | None = None
    ballot: Ballot | None = None
    beside: tuple[CallSpec, ...] = ()


Step = Wait | Start | End
