"""A call under way: what is sent and to whom, the text so far, how it ended. How it is sent is the executor's."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from apps.fusion.events import AnyEvent, CallDelta
from apps.fusion.repetition import RepetitionGuard
from apps.fusion.values import Attempt, Failure, Reply
from apps.fusion.vocabulary import Channel, Status
from apps.runs.execution.routes import Prepared, Route
from apps.runs.lifecycle.outcomes import Outcome

LONGEST_DELTA = 65_536
"""Characters of an event: at most about 400 kB as JSON, so that a frame of a socket holds it (1 MiB)."""


class Interrupted(Exception):
    """The worker is told to stop; the call goes back to the queue."""


class Postponed(Exception):
    """The call goes back to the queue for ``wait_s`` seconds, as its vendor wants, or for a place at its fallback's.

    ``fallback``: the one that is asked from now on, '' if it is the same model again.
    """

    def __init__(self, wait_s: float, fallback: str = "") -> None:
        super().__init__(wait_s, fallback)
        self.wait_s, self.fallback = wait_s, fallback


@dataclass(eq=False)
class Streaming:
    """A call under way: its text so far, readable from any thread, and how to wait for it or stop it."""

    prepared: Prepared
    texts: dict[Channel, list[str]] = field(default_factory=lambda: {channel: [] for channel in Channel})
    untold: list[tuple[Channel, list[str]]] = field(default_factory=list)
    is_announced: bool = False
    started_at: float = field(default_factory=time.monotonic)
    asked_at: float = field(default_factory=time.monotonic)
    first_at: float | None = None
    called_at: float | None = None
    guard: RepetitionGuard = field(default_factory=RepetitionGuard)
    future: "Future[Outcome]" = field(default_factory=Future)
    task: "asyncio.Task[Outcome] | None" = None
    is_interrupted: bool = False
    attempts: tuple[Attempt, ...] = ()
    answering: Route | None = None
    refused: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.attempts = self.prepared.attempts

    @property
    def key(self) -> tuple[int, int]:
        """The call and its claim: a call that was rescued may stream twice in one process."""
        return self.prepared.started.call, self.prepared.started.claim

    def restart_clock(self) -> None:
        """Count the duration from now on: so far the call waited for its turn."""
        self.started_at = self.asked_at = time.monotonic()

    def text(self, channel: Channel = Channel.TEXT) -> str:
        return "".join(self.texts[channel])

    def add(self, channel: Channel, text: str) -> None:
        """Keep a piece of text, to be told with the next :meth:`news`."""
        self.first_at = self.first_at or time.monotonic()
        self.texts[channel].append(text)
        # Joined at the flush and not here: pieces come fifty times a second, and each event costs more than its text.
        if not self.untold or self.untold[-1][0] is not channel:
            self.untold.append((channel, []))
        self.untold[-1][1].append(text)

    def note_call(self) -> None:
        """Note that a part of a call of a tool has come; the calls are told whole, at the end."""
        self.called_at = self.called_at or time.monotonic()

    def text_was_reasoning(self) -> None:
        """Move all text so far to the reasoning; the call is told anew from its start."""
        self.texts[Channel.REASONING] += self.texts[Channel.TEXT]
        self.texts[Channel.TEXT] = []
        self.is_announced = False

    def news(self) -> list[AnyEvent]:
        """Return the events since the last time, the start of the call first, and count them as told."""
        if not self.is_announced:
            return self.whole()
        untold, self.untold = self.untold, []
        return [delta for channel, pieces in untold for delta in self._deltas(channel, "".join(pieces))]

    def _deltas(self, channel: Channel, text: str) -> Iterator[CallDelta]:
        started = self.prepared.started
        for start in range(0, len(text), LONGEST_DELTA):
            piece = text[start : start + LONGEST_DELTA]
            yield CallDelta(run=started.run, call=started.call, claim=started.claim, channel=channel, text=piece)

    def attempted(self, attempt: Attempt) -> None:
        """Keep a request that was sent."""
        self.attempts = (*self.attempts, attempt)

    def waited(self, seconds: float) -> None:
        """Say of the newest attempt for how long the next one was put off."""
        if self.attempts:
            self.attempts = (*self.attempts[:-1], self.attempts[-1].model_copy(update={"waited_s": round(seconds, 3)}))

    def whole(self) -> list[AnyEvent]:
        """Return the events that tell the call from its start; nothing of it is untold then."""
        self.untold, self.is_announced = [], True
        channels = (Channel.REASONING, Channel.TEXT)
        deltas = (delta for channel in channels for delta in self._deltas(channel, self.text(channel)))
        return [self.prepared.started, *deltas]

    def outcome(self, status: Status, reply: Reply | None = None, failure: Failure | None = None) -> Outcome:
        now = time.monotonic()
        text, reasoning = self.text(), self.text(Channel.REASONING)
        route = self.answering or self.prepared.routes[0]
        first_at = self.first_at or self.called_at
        return Outcome(
            status=status,
            reply=(reply or Reply()).model_copy(update={"text": text, "reasoning": reasoning}),
            failure=failure,
            ttft_s=first_at and first_at - self.asked_at,
            duration_s=now - self.started_at,
            attempts=self.attempts,
            answered_by="" if route.reference == self.prepared.started.model else route.reference,
            dropped=tuple(dict.fromkeys((*route.dropped, *self.refused))),
            sent=route.request.messages,
        )
