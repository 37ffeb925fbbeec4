"""Readers of a run's log for tests: they fold what they read, as a page does."""

from dataclasses import replace

import orjson
from channels.db import database_sync_to_async

from apps.fusion.events import AnyEvent, Resync, from_wire
from apps.fusion.state import RunState, apply
from apps.runs import valkey
from apps.runs.event_log import writer as event_log
from apps.runs.event_log.follower import Follower
from apps.runs.lifecycle.rows_to_events import load_state
from apps.runs.models import Run


class Reader:
    """Reads one run from behind ``after`` and folds it; ``last_id`` is where it can go on later."""

    def __init__(self, run: Run, after: str = "0", state: RunState | None = None) -> None:
        self.run, self.last_id = run.public_id, after
        self.state = state or RunState(id=run.public_id)
        self.count = 0

    async def read(self, follower: Follower, at_most: int = 10**9) -> "Reader":
        """Read until the run has ended and no call is open, or ``at_most`` events."""
        async with follower.subscribe(self.run, self.last_id) as subscription:
            async for entry in subscription:
                self.last_id = entry.id
                await self.take(from_wire(orjson.loads(entry.text)))
                self.count += 1
                if self.count >= at_most or self.is_over():
                    return self
        return self

    async def take(self, event: AnyEvent) -> None:
        """Fold an event; at a gap draw anew, as a page does (it comes where Valkey did not answer in time)."""
        if isinstance(event, Resync):
            self.state = await database_sync_to_async(lambda: stored(Run.objects.get(public_id=self.run)))()
        else:
            self.state = apply(self.state, event)

    def is_over(self) -> bool:
        return self.state.status.is_final and all(call.is_final for call in self.state.calls)


def read_log(run: Run) -> RunState:
    """Fold the whole log of a run. At a gap, begin anew from the database, as a page does."""
    state = RunState(id=run.public_id)
    for _, fields in valkey.client().xrange(event_log.key_of(run.public_id)):
        event = from_wire(orjson.loads(fields[b"event"]))
        state = stored(run) if isinstance(event, Resync) else apply(state, event)
    return state


def stored(run: Run) -> RunState:
    """Return the state in the database, less the fields that no event carries."""
    state = load_state(Run.objects.get(pk=run.pk))
    calls = sorted((replace(call, inputs=(), cancel_requested=False) for call in state.calls), key=lambda call: call.id)
    untold = {
        "recipe": None,
        "fuse_now": False,
        "cancel_requested": False,
        "cap_reached": False,
        "resumed_at": None,
        "keeps_late": False,
    }
    return replace(state, calls=tuple(calls), now=0.0, **untold)


def told(state: RunState) -> RunState:
    """Return a folded state with its calls in the database's order."""
    return replace(state, calls=tuple(sorted(state.calls, key=lambda call: call.id)))
