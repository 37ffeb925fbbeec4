"""A call under way: what is sent and to whom, the text so far, how it ended. How it is sent is the executor's."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from apps.fusion.cost import cost_of
from apps.fusion.events import AnyEvent, CallArguments, CallDelta, CallTool
from apps.fusion.lookup_steps import Lookup
from apps.fusion.native_search import NativeSearch
from apps.fusion.repetition import RepetitionGuard
from apps.fusion.values import Attempt, Failure, Reply, Usage
from apps.fusion.vocabulary import Billing, Channel, Status
from apps.providers.base import CallPiece, Paused
from apps.runs.execution.routes import Prepared, Route
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.spending.metering import completed, tokens_sent

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


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a tool call that have come, in their pieces."""

    place: int
    id: str
    name: str
    pieces: list[str]


@dataclass(eq=False)
class Streaming:
    """A call under way: its text so far, readable from any thread, and how to wait for it or stop it."""

    prepared: Prepared
    texts: dict[Channel, list[str]] = field(default_factory=lambda: {channel: [] for channel in Channel})
    untold: list[tuple[Channel, list[str]] | Arguments | CallTool] = field(default_factory=list)
    tool_calls: dict[int, Arguments] = field(default_factory=dict)
    lookups: dict[tuple[int, int], CallTool] = field(default_factory=dict)
    step_start: dict[Channel, int] = field(default_factory=lambda: dict.fromkeys(Channel, 0))
    is_new_step: bool = False
    is_asking: bool = True
    tokens_added: int = 0
    least_read: int = 0
    search: NativeSearch | None = None
    paid_searches: int = 0
    ttft_s: float | None = None
    is_announced: bool = False
    started_at: float = field(default_factory=time.monotonic)
    asked_at: float = field(default_factory=time.monotonic)
    began_at: float = field(default_factory=time.time)
    first_at: float | None = None
    called_at: float | None = None
    guard: RepetitionGuard = field(default_factory=RepetitionGuard)
    future: "Future[Outcome]" = field(default_factory=Future)
    task: "asyncio.Task[Outcome] | None" = None
    is_interrupted: bool = False
    attempts: tuple[Attempt, ...] = ()
    answering: Route | None = None
    refused: tuple[str, ...] = ()
    wake_teller: Callable[[], None] = lambda: None

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
        if self.is_new_step and channel is Channel.TEXT:
            self._begin_step()
        self._keep(channel, text)

    def _keep(self, channel: Channel, text: str) -> None:
        self.texts[channel].append(text)
        # Joined at the flush and not here: pieces come fifty times a second, and each event costs more than its text.
        last = self.untold[-1] if self.untold else None
        if not isinstance(last, tuple) or last[0] is not channel:
            last = (channel, [])
            self.untold.append(last)
        last[1].append(text)

    def note_call(self, piece: CallPiece) -> None:
        """Keep more of a call of a tool of the client, to be told; look-ups are told when they begin."""
        self.called_at = self.called_at or time.monotonic()
        if not piece.id or self.prepared.lookups:
            return
        known = self.tool_calls.setdefault(piece.place, Arguments(piece.place, piece.id, piece.name, []))
        known.pieces.append(piece.arguments)
        last = self.untold[-1] if self.untold else None
        if not isinstance(last, Arguments) or last.place != piece.place:
            last = Arguments(piece.place, piece.id, piece.name, [])
            self.untold.append(last)
        last.pieces.append(piece.arguments)

    def begin_request(self) -> None:
        """Begin to ask: calls of tools from a request that failed are void, and the call is told anew."""
        self.asked_at, self.began_at, self.called_at = time.monotonic(), time.time(), None
        self.least_read, self.search, self.paid_searches = 0, None, 0
        if self.tool_calls:
            self.tool_calls, self.is_announced = {}, False

    def text_was_reasoning(self) -> None:
        """Move all text of this step to the reasoning; the call is told anew from its start."""
        start = self.step_start[Channel.TEXT]
        self.texts[Channel.REASONING] += self.texts[Channel.TEXT][start:]
        del self.texts[Channel.TEXT][start:]
        self.is_announced = False

    def step_text(self, channel: Channel = Channel.TEXT) -> str:
        """Return the text of the request under way, without that of earlier steps."""
        return "".join(self.texts[channel][self.step_start[channel] :])

    def add_step_text(self, text: str) -> None:
        """Keep the text of a step that an earlier worker has taken."""
        if text:
            if self.is_new_step:
                self._begin_step()
            self._keep(Channel.TEXT, text)

    def _begin_step(self) -> None:
        """Set the text of a step apart from that of the steps before it."""
        self.is_new_step = False
        if self.texts[Channel.TEXT]:
            self._keep(Channel.TEXT, "\n\n")
            self.step_start[Channel.TEXT] = len(self.texts[Channel.TEXT])

    def end_step(self) -> None:
        """Let the next request begin: its first word is waited for, and its text is counted, anew."""
        if self.ttft_s is None:
            self.ttft_s = self._waited_for_first()
        self.first_at, self.called_at, self.is_asking = None, None, False
        self.step_start = {channel: len(pieces) for channel, pieces in self.texts.items()}
        self.is_new_step = True

    def tell(self, lookup: Lookup, phase: Literal["started", "ended"]) -> None:
        """Tell readers of a look-up: at once, as no text comes while it is under way."""
        started = self.prepared.started
        event = CallTool(run=started.run, call=started.call, claim=started.claim, phase=phase, lookup=lookup)
        self.lookups[lookup.step, lookup.ordinal] = event
        self.untold.append(event)
        self.wake_teller()

    def pause(self, paused: Paused, route: Route) -> None:
        """Count a request whose answer goes on in a further one: that reads what this one has read and written."""
        text = self.step_text() + self.step_text(Channel.REASONING)
        usage = completed(paused.usage, lambda: max(self.least_read, tokens_sent(route.request.messages)), text)
        charges = (paused.search.charges if paused.search else 0) - self.paid_searches
        now = time.time()
        attempt = Attempt(
            model=route.reference,
            started_at=self.began_at,
            ended_at=now,
            usage=usage,
            cost=cost_of(usage, route.price, None)[0],
        )
        self.began_at, self.search, self.paid_searches = now, paused.search, self.paid_searches + charges
        # Before the attempt has its cost: a heartbeat counts a text once at most.
        self.step_start = {channel: len(pieces) for channel, pieces in self.texts.items()}
        self.least_read = (usage.input_tokens or 0) + (usage.output_tokens or 0)
        self.attempted(attempt)
        if charges:
            self.price_lookups([None if route.search_price is None else route.search_price * charges])

    def map_routes(self, change: Callable[[Route], Route]) -> None:
        """Change what is sent next, to each model that may answer."""
        self.prepared = replace(self.prepared, routes=tuple(map(change, self.prepared.routes)))

    def price_step(self, usage: Usage, cost: Decimal | None) -> None:
        """Say of the newest attempt, which brought look-ups in place of an answer, what it used and cost (USD)."""
        self.is_asking = False  # before it has its cost: a heartbeat counts a text once at most
        self._change_attempt(len(self.attempts) - 1, usage=usage, cost=cost)

    def price_lookups(self, costs: Sequence[Decimal | None]) -> None:
        """Add what look-ups cost (USD, ``None`` for unknown) to the attempt that asked for them."""
        steps = [at for at, one in enumerate(self.attempts) if one.failure is None]
        if not steps:
            return
        step = self.attempts[steps[-1]]
        billing = Billing.UNCERTAIN if None in costs else step.billing
        known = sum((cost for cost in costs if cost is not None), Decimal(0))
        # Without a price of its model a step's cost stays unknown, unless something of it is known now.
        cost = step.cost if step.cost is None and not known else (step.cost or Decimal(0)) + known
        self._change_attempt(steps[-1], cost=cost, billing=Billing.UNCERTAIN if step.cost is None else billing)

    def _change_attempt(self, place: int, **changes: object) -> None:
        changed = self.attempts[place].model_copy(update=changes)
        self.attempts = (*self.attempts[:place], changed, *self.attempts[place + 1 :])

    def news(self) -> list[AnyEvent]:
        """Return the events since the last time, the start of the call first, and count them as told."""
        if not self.is_announced:
            return self.whole()
        untold, self.untold = self.untold, []
        events: list[AnyEvent] = []
        for one in untold:
            if isinstance(one, CallTool):
                events.append(one)
            elif isinstance(one, Arguments):
                events += self._arguments(one)
            else:
                events += self._deltas(one[0], "".join(one[1]))
        return events

    def _arguments(self, call: Arguments) -> Iterator[CallArguments]:
        """Yield the events of a tool call, at least one: it may have begun without arguments."""
        started, text = self.prepared.started, "".join(call.pieces)
        for start in range(0, max(1, len(text)), LONGEST_DELTA):
            piece = text[start : start + LONGEST_DELTA]
            yield CallArguments(
                run=started.run,
                call=started.call,
                claim=started.claim,
                place=call.place,
                id=call.id,
                name=call.name,
                text=piece,
            )

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
        calls = (event for one in self.tool_calls.values() for event in self._arguments(one))
        return [self.prepared.started, *deltas, *calls, *self.lookups.values()]

    def outcome(self, status: Status, reply: Reply | None = None, failure: Failure | None = None) -> Outcome:
        now = time.monotonic()
        text, reasoning = self.text(), self.text(Channel.REASONING)
        route = self.answering or self.prepared.routes[0]
        ttft_s = self._waited_for_first() if self.ttft_s is None else self.ttft_s
        return Outcome(
            status=status,
            reply=(reply or Reply(search=self.search)).model_copy(update={"text": text, "reasoning": reasoning}),
            failure=failure,
            ttft_s=ttft_s,
            duration_s=now - self.started_at,
            attempts=self.attempts,
            answered_by="" if route.reference == self.prepared.started.model else route.reference,
            dropped=tuple(dict.fromkeys((*route.dropped, *self.refused))),
            sent=route.request.messages,
            last_text=self.step_text(),
            last_reasoning=self.step_text(Channel.REASONING),
            least_read=self.least_read,
            paid_searches=self.paid_searches,
        )

    def _waited_for_first(self) -> float | None:
        """Return the seconds from the newest request to its first word or call of a tool, ``None`` without one."""
        first_at = self.first_at or self.called_at
        return first_at and first_at - self.asked_at
