"""The answers that the next turn of a thread can go on with: that of the turn before, or those of its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from apps.fusion.values import Message
from apps.fusion.vocabulary import AnswerKind


@dataclass(frozen=True, slots=True)
class GoingOn:
    """The choices after a turn. ``columns`` are letters with names of models: those whose answer can be gone on from.

    Of a turn without ``has_answer`` the question is sent alone. ``has_own``: columns can be sent answers of their own.
    """

    columns: tuple[tuple[str, str], ...]
    has_answer: bool
    is_fused: bool
    has_own: bool

    @classmethod
    def after(
        cls, kind: AnswerKind | None, messages: Sequence[Message], columns: Sequence[tuple[str, str]], seats: int
    ) -> Self:
        """Return the choices after a turn with an answer of a ``kind``, ``None`` for none, for up to ``seats`` columns.

        A column's answer takes the place of the turn's: without one, columns have their own of the turns before it.
        """
        has_place = kind is not None or any(message.role == "assistant" for message in messages)
        several = tuple(columns) if seats > 1 else ()  # one alone has said what the turn says
        return cls(several, kind is not None, kind is AnswerKind.FUSED, has_place and seats > 1)

    @property
    def has_choice(self) -> bool:
        return self.has_own or bool(self.columns)
