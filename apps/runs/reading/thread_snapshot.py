"""A thread as one frozen value, for shares and exports: its turns, each with its own messages only."""

from collections.abc import Sequence
from itertools import chain, pairwise

from apps.catalogue.queries import models_called
from apps.fusion.frozen import Value
from apps.fusion.strategies import planned_calls
from apps.fusion.values import Message
from apps.runs.hot_rows import WholeRun
from apps.runs.models import Call, Run
from apps.runs.reading.annotations import annotations_of
from apps.runs.reading.snapshot import RunSnapshot, snapshot_of
from apps.runs.reading.threads import Thread


class ThreadSnapshot(Value):
    """The turns of a thread, oldest first, but for ``deleted`` ones, with whose texts the later ones were asked."""

    id: str
    turns: tuple[RunSnapshot, ...]
    deleted: int = 0

    @property
    def title(self) -> str:
        return self.turns[0].title

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return the messages of all turns, as if they were of one run."""
        return tuple(message for turn in self.turns for message in turn.messages)

    def first_message_of(self, number: int) -> int:
        """Return where in :attr:`messages` those of a turn begin; turns count from 0."""
        return sum(len(turn.messages) for turn in self.turns[:number])


def take_thread_snapshot(thread: Thread) -> ThreadSnapshot:
    """Return a thread as the database has it now; as many queries as for one run and one more, but for caps."""
    whole = Run.objects.filter(pk__in=[turn.pk for turn in thread.turns]).select_related("parent").order_by("pk")
    turns = _take_snapshots(list(whole))
    rest = [_without_turns_before(turn, before) for before, turn in pairwise(turns)]
    return ThreadSnapshot(id=thread.id, turns=(*turns[:1], *rest), deleted=thread.deleted)


def _take_snapshots(runs: Sequence[Run]) -> list[RunSnapshot]:
    calls: dict[int, list[Call]] = {run.pk: [] for run in runs}
    for call in Call.objects.filter(run__in=runs).select_related("output").prefetch_related("attempts").order_by("pk"):
        calls[call.run_id].append(call)
    asked = {name for call in chain(*calls.values()) for name in (call.model, call.next_model, call.answered_by)}
    models = models_called(asked.union(call.model for run in runs for call in planned_calls(run.recipe)))
    attempts = {key: [attempt for call in found for attempt in call.attempts.all()] for key, found in calls.items()}
    added = annotations_of(runs)
    return [snapshot_of(run, WholeRun(calls[run.pk], attempts[run.pk], models), added[run.pk]) for run in runs]


def _without_turns_before(run: RunSnapshot, before: RunSnapshot) -> RunSnapshot:
    """Return a turn without what stands in the turns before it already, but for its system prompt."""
    system = [message for message in run.messages if message.role == "system"]
    own = [message for message in run.messages if message.role != "system"]
    own = own[sum(message.role != "system" for message in before.messages) :]
    if own and own[0].role == "assistant":
        own = own[1:]
    own = own or [run.messages[-1]]
    return run.model_copy(update={"messages": (*system, *own), "own_answers": run.own_answers_without_texts})
