"""What a strategy may ask for."""

from dataclasses import dataclass

from apps.fusion.values import CallSpec, Failure
from apps.fusion.vocabulary import AnswerKind, Status


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before a call ends, or before ``until`` (seconds since 1970) if that is set."""

    until: float | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Start these calls, and stop waiting for the calls ``cut`` (ids), which keep the text they have."""

    calls: tuple[CallSpec, ...] = ()
    cut: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """The run is over: with the text of the call ``answer``, or with a failure that says why not."""

    status: Status
    answer: int | None = None
    kind: AnswerKind | None = None
    failure: Failure | None = None


Step = Wait | Start | End
