"""Threads: the turns of a conversation, and the answers that the next one goes on with.

A thread has no row of its own. Its turns are the runs that name it, and where it is a branch, those of its first run's
ancestors that are still there. Each turn is read by the rights to its run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from django.db.models import Q

from apps.accounts.models import User
from apps.fusion.prompting.turns import same_slot
from apps.fusion.refusal import Refusal
from apps.fusion.state import CallState
from apps.fusion.values import Message, SlotSpec
from apps.fusion.vocabulary import SLOTS, Role
from apps.runs.lifecycle.rows_to_events import state_of
from apps.runs.models import Call, Run, RunQuerySet
from apps.runs.reading import access


@dataclass(frozen=True)
class Thread:
    """A thread as somebody may read it: its newest turn with its conversation, and those before it, oldest first.

    Turns before the newest come without their conversations, but with ``answers_before``.
    """

    newest: Run
    earlier: tuple[Run, ...]

    @property
    def id(self) -> str:
        return self.newest.thread_id

    @property
    def title(self) -> str:
        return self.turns[0].title

    @property
    def turns(self) -> tuple[Run, ...]:
        return (*self.earlier, self.newest)

    @property
    def own_turns(self) -> tuple[Run, ...]:
        """Return the turns that are in no other thread: all of them, unless this is a branch."""
        return tuple(turn for turn in self.turns if turn.thread == self.newest.thread)

    @property
    def deleted(self) -> int:
        """Return how many turns are deleted, of which the later ones still know."""
        return len(self.newest.ancestors) - len(self.earlier)

    @cached_property
    def outdated(self) -> frozenset[int]:
        """Return the keys of the turns whose answer is another one than the newest turn was asked with.

        Where the next turn went on from one column, that is the column's answer; these take one query more.
        """
        sent = dict(enumerate(message.text for message in self.newest.messages if message.role == "assistant"))
        now = {turn.pk: turn.answer_call.output.text for turn in self.earlier if turn.answer_call}
        from_slots = {turn.pk: after.from_slot for turn, after in pairwise(self.turns) if after.from_slot}
        if from_slots:
            said = _said_in([turn for turn in self.earlier if turn.pk in from_slots])
            now |= {key: said[key][slot].text for key, slot in from_slots.items() if slot in said[key]}
        return frozenset(
            turn.pk for turn in self.earlier if turn.pk in now and now[turn.pk] != sent.get(turn.answers_before)
        )


def find_thread(user: User, thread_id: str) -> Thread:
    """Return a thread that a person may read; raises ``Run.DoesNotExist`` for any other."""
    named = Q(thread=thread_id) | Q(thread=None, public_id=thread_id)
    runs = access.visible_to(user).filter(named).select_related("parent")
    newest = runs.order_by("-pk").first()
    if newest is None:
        raise Run.DoesNotExist
    return thread_up_to(newest, user)


def find_editable_thread(user: User, thread_id: str) -> Thread:
    """Return a thread whose turns a person may change, also those that it shares; raises ``Run.DoesNotExist``."""
    thread = find_thread(user, thread_id)
    if not all(turn.can_edit for turn in thread.turns):
        raise Run.DoesNotExist
    return thread


def thread_up_to(run: Run, user: User) -> Thread:
    """Return the thread of a run as it was when that was its newest turn; one query."""
    return Thread(run, tuple(_turns_before(access.visible_to(user), run)) if run.ancestors else ())


def is_newest(run: Run) -> bool:
    """Return whether a run that follows this one goes on with its thread; else it begins a branch."""
    return run.thread is None or not Run.objects.filter(thread=run.thread, pk__gt=run.pk).exists()


class NoColumnAnswer(Refusal):
    """A column that a thread is to go on from has no usable answer."""

    def __init__(self, slot: str) -> None:
        super().__init__(f"Column {slot} of that turn has no answer to go on from. Choose another.", "from_slot")


def conversation_after(run: Run, slot: str = "") -> tuple[Message, ...]:
    """Return the conversation that goes on from a run; of one without an answer the question alone.

    With a ``slot``, that column's answer takes the place of the run's. Raise :class:`NoColumnAnswer` if it has none.
    """
    if not slot:
        return (*run.messages, *([answer_of(run.answer_call)] if run.answer_call else []))
    return (*run.messages, Message(role="assistant", text=answer_to_go_on(run, slot) or ""))


def answer_to_go_on(run: Run, slot: str = "") -> str | None:
    """Return the answer that a thread goes on with: a column's, or the run's, ``None`` if that has none."""
    if not slot:
        return run.answer_call.output.text if run.answer_call else None
    answers = column_answers(run)
    if slot not in answers:
        raise NoColumnAnswer(slot)
    return answers[slot].text


def column_answers(run: Run) -> dict[str, CallState]:
    """Return the newest usable answer of each column that has one, by letter; one query."""
    return _said_in([run])[run.pk]


def answer_of(call: Call) -> Message:
    """Return the answer of a call as a turn of the assistant, with the calls of tools that it asks for."""
    output = call.output
    return Message(role="assistant", text=output.text, calls=output.tool_calls, vendor_data=output.vendor_data)


def own_answers(
    parent: Run, panel: Sequence[SlotSpec], messages: Sequence[Message]
) -> dict[str, tuple[str | None, ...]]:
    """Return each column's own answers in place of the assistant messages of a conversation that follows ``parent``.

    What a column was sent as its own with ``parent`` it is sent again. For the rest it is its newest usable take in
    each turn; three queries, however many turns there are.
    """
    count = sum(message.role == "assistant" for message in messages)
    turns = [*_turns_before(Run.objects.all(), parent), parent]
    said = _said_in(turns)
    places = {turn.pk: turn.answers_before for turn in turns[:-1]}
    places[parent.pk] = sum(message.role == "assistant" for message in parent.messages)
    # A turn that was gone on from by one column's answer has a place for it, though it may have no answer itself.
    answered = {turn.pk for turn in turns if turn.answer_call_id}
    answered |= {turn.pk for turn, after in pairwise(turns) if after.from_slot}
    found: dict[str, tuple[str | None, ...]] = {}
    for spec in panel:
        own: list[str | None] = [None] * count
        for turn in turns:
            if turn.pk in answered and places[turn.pk] < count:
                one = said[turn.pk].get(same_slot(spec, panel, turn.recipe.panel))
                own[places[turn.pk]] = one.text if one else None
        for place, text in enumerate(parent.own_answers.get(same_slot(spec, panel, parent.recipe.panel), ())[:count]):
            own[place] = text if text is not None else own[place]
        found[spec.slot] = tuple(own)
    return found


def _turns_before(runs: RunQuerySet, run: Run) -> RunQuerySet:
    """Return those of a run's ancestors that are still there, oldest first."""
    before = runs.filter(pk__in=run.ancestors).with_answers_before()
    return before.select_related("answer_call__output").order_by("pk")


def _said_in(turns: Sequence[Run]) -> dict[int, dict[str, CallState]]:
    """Return the newest usable answer of each slot in each of these runs."""
    calls: dict[int, list[Call]] = {turn.pk: [] for turn in turns}
    for call in Call.objects.with_output().filter(run__in=list(calls), role=Role.PANEL).order_by("pk"):
        calls[call.run_id].append(call)
    states = {turn.pk: state_of(turn, calls[turn.pk]) for turn in turns}
    return {
        key: {call.slot: call for call in state.answers_to_fuse(SLOTS) if call.is_usable}
        for key, state in states.items()
    }
