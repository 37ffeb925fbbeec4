"""The ways in which an answer may end in a test, and a row of the behaviour table."""

from dataclasses import dataclass, field, replace
from typing import Any

from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers.base import Timeouts
from apps.providers.dialects import Dialect
from tests.upstream.exchange import DEFAULT_TEXT

COUNTED = Usage(input_tokens=11, output_tokens=17)
READ = Usage(input_tokens=11)
UNKNOWN = Usage()
HALF = "The Eiffel Tower is 330 metres tall. It was"
NO = "I can't help with that."
ANY = None


@dataclass(frozen=True)
class Answered:
    """An answer came to its end."""

    reason: FinishReason = FinishReason.STOP
    text: str = DEFAULT_TEXT
    usage: Usage = COUNTED
    reasoning: str = ""
    dropped: tuple[str, ...] = ()

    def __str__(self) -> str:
        unknown = ", usage unknown" if self.usage.output_tokens is None else ""
        dropped = f", asked again without {', '.join(self.dropped)}" if self.dropped else ""
        return f"{self.reason}{unknown}{dropped}{', prompt cut' if self.usage.unread_tokens else ''}"


@dataclass(frozen=True)
class Failed:
    """A failure; ``text`` is what was received before, `ANY` if it does not matter; ``usage`` what was counted."""

    code: FailureCode
    permanent: bool = True
    status: int | None = None
    text: str | None = ""
    wait: tuple[float, float] | None = None
    """The bounds (seconds) of when the vendor asks to come again."""
    usage: Usage = UNKNOWN
    requests: int | None = None
    """The number of requests that may fail like this, where it is not the usual one."""

    def __str__(self) -> str:
        passing = "" if self.permanent else {None: " ↻", 1: " →", 2: " ↻ once"}[self.requests]
        counted = ", usage kept" if self.usage == COUNTED else ", input counted" if self.usage == READ else ""
        return f"**{self.code}**{passing}{', text kept' if self.text != '' else ''}{counted}"


Outcome = Answered | Failed
PATIENT = Timeouts()


@dataclass(frozen=True)
class Row:
    """One behaviour of the upstream (or of its ``place``) and what each dialect makes of it.

    ``has_begun``: the answer had begun before it failed; Anthropic's begins with a count of the input.
    """

    behaviour: str
    says: str
    outcome: Outcome
    options: dict[str, Any] = field(default_factory=dict)
    timeouts: Timeouts = PATIENT
    anthropic: Outcome | None = None
    gemini: Outcome | None = None
    place: str = "upstream"
    has_begun: bool = False
    prompt: str = "How tall is the Eiffel Tower?"
    parameters: Parameters = field(default_factory=Parameters)
    earlier: tuple[Message, ...] = ()

    def outcome_of(self, dialect: Dialect) -> Outcome:
        special = {Dialect.ANTHROPIC: self.anthropic, Dialect.GEMINI: self.gemini}
        outcome = special.get(dialect) or self.outcome
        if self.has_begun and dialect is Dialect.ANTHROPIC and isinstance(outcome, Failed):
            return replace(outcome, usage=READ)
        return outcome
