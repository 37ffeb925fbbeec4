"""One replayed run: a strategy's own steps, with recorded answers in place of calls.

Answers end at the moments that their latencies give them, so a strategy that stops waiting stops at the same moment as
in a run: its stages follow each other, and an early exit leaves the slow ones behind. Those of unknown latency end at
once, in an order that depends on the item alone, and the time to the answer is then unknown.

The built-in judge and writer of ``fuse`` are carried out. A judge or writer that was not recorded leaves the run
undecided: it has no answer, and counts as not right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from apps.fusion.answers.counting import Counted
from apps.fusion.comparing.overlap import closest
from apps.fusion.opinions import Opinion
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.steps import End, Start, Wait
from apps.fusion.values import CallSpec, Recipe
from apps.fusion.vocabulary import AnalysisStatus, Builtin, CountedKind, FinishReason, Role, Status, StrategyName
from apps.fusion.voting import Ballot
from apps.runs.measuring.pack_labels import final_classes
from apps.runs.measuring.packs import Item

UNDECIDED = "undecided"
"""The exit of a run that would go on to a judge."""
FIELDS, UNRECORDED = "fields", "fields, as no model of the pack answered"
"""The exits of a run whose answer is made of each field's winner."""
MOST_STEPS = 500
BEGIN = 1.0
"""The moment at which a run begins, in seconds; 0 would read as no moment."""


class Outcome(NamedTuple):
    """A replayed run: whether its answer is right, how it ended, the models that it asked, and those it cut off.

    ``seconds`` is the time to its answer, ``None`` where a latency is unknown.
    """

    is_right: bool
    exit: str
    asked: tuple[str, ...]
    cut: tuple[str, ...] = ()
    seconds: float | None = None


class Replies(NamedTuple):
    """The replies that a replayed run gets: an item with the texts that vote and the latencies, by model.

    ``options`` are those of the question where they count.
    """

    item: Item
    texts: Mapping[str, str]
    seconds: Mapping[str, float | None]
    options: Mapping[str, str] = {}


def replay_run(recipe: Recipe, replies: Replies) -> Outcome:
    """Carry one run to its end; raises ``RuntimeError`` for a strategy that does not end."""
    item, strategy = replies.item, strategy_of(recipe)
    state = RunState(id=item.id, recipe=recipe, started_at=BEGIN, now=BEGIN, options=replies.options)
    for _ in range(MOST_STEPS):
        step = strategy.next_step(state)
        match step:
            case End():
                answer = state.call(step.answer) if step.answer is not None else None
                # A built-in writer hands in a member's answer, whose slot it has.
                author = next((call.model for call in state.panel() if answer and call.slot == answer.slot), "")
                is_right = bool(author) and item.answers[author].correct
                return _outcome(state, replies, _exit_of(step, state), is_right=is_right)
            case Start():
                if any(spec.model == Builtin.FIELDS for spec in step.calls):
                    is_right, ending = _composed(step.ballot, item)
                    return _outcome(state, replies, ending, is_right=is_right)
                started = [
                    _started(spec, len(state.calls) + at, state, replies) for at, spec in enumerate(step.calls, 1)
                ]
                if None in started:
                    return _outcome(state, replies, UNDECIDED, is_right=False)
                calls = [_cut(call, state.now) if call.id in step.cut else call for call in state.calls]
                state = replace(state, calls=(*calls, *(call for call in started if call)))
            case Wait():
                state = _with_next_answer(state, replies, step.until)
    raise RuntimeError(f"{item.id}: the strategy does not end.")


def _outcome(state: RunState, replies: Replies, ending: str, *, is_right: bool) -> Outcome:
    panel = [call for call in state.calls if call.role is Role.PANEL]
    asked = tuple(call.model for call in panel)
    cut = tuple(call.model for call in panel if call.cancel_requested)
    is_timed = all(replies.seconds.get(model) is not None for model in asked)
    return Outcome(is_right, ending, asked, cut, state.now - BEGIN if is_timed else None)


def _exit_of(end: End, state: RunState) -> str:
    if end.ballot is None:
        return str(end.kind or end.status)
    late = " at the hard limit" if any(call.cancel_requested for call in state.panel()) and not end.ballot.exit else ""
    return f"{end.ballot.result}, {end.ballot.exit}" if end.ballot.exit else f"{end.ballot.result}{late}"


def _composed(ballot: Ballot | None, item: Item) -> tuple[bool, str]:
    """Return whether an answer made of fields is right, and how it ended: it is if it equals a recorded one that is.

    Of one that no model of the pack gave nobody said whether it is right, so it counts as not right.
    """
    made = ballot.composed.text if ballot and ballot.composed else ""
    told = {name: one.text for name, one in item.answers.items()}
    classes = final_classes({**told, "": made}, Counted(CountedKind.JSON))
    equal = [name for name in told if classes[name] == classes[""]]
    return any(item.answers[name].correct for name in equal), FIELDS if equal else UNRECORDED


def _started(spec: CallSpec, call_id: int, state: RunState, replies: Replies) -> CallState | None:
    """Return a call that runs, or has ended if it needs no model; ``None`` for one whose reply was not recorded."""
    call = CallState(
        id=call_id,
        role=spec.role,
        slot=spec.slot,
        take=spec.take,
        model=spec.model,
        stage=spec.stage,
        status=Status.RUNNING,
        inputs=spec.inputs,
        started_at=state.now,
    )
    if spec.role is Role.PANEL:
        return call
    done = replace(call, status=Status.DONE, finish_reason=FinishReason.STOP, ended_at=state.now)
    is_fusion = state.recipe is not None and state.recipe.strategy is StrategyName.FUSE
    read = [one for one in map(state.call, spec.inputs) if one and one.role is Role.PANEL]
    match spec.role:
        case Role.JUDGE if is_fusion:
            return replace(done, analysis_status=AnalysisStatus.OK)
        case Role.SYNTHESIS if is_fusion:
            slot = closest({one.slot: one.text for one in read})
            return replace(done, slot=slot, text=next(one.text for one in read if one.slot == slot))
        case Role.COMPARISON:
            return _compared(done, read, replies.item)
        case _:
            return None


def _compared(done: CallState, read: Sequence[CallState], item: Item) -> CallState | None:
    """Return a comparison with what was recorded of its two answers in this order, ``None`` if nothing was."""
    first, second = read[:2]
    for told in item.comparisons:
        if (told.first, told.second) == (first.model, second.model):
            better = next((one.id for one in (first, second) if one.model == told.better), None)
            return replace(done, text=told.better or "neither", verdict=Opinion(better=better))
    return None


def _cut(call: CallState, now: float) -> CallState:
    return replace(call, status=Status.CANCELLED, cancel_requested=True, ended_at=now)


def _with_next_answer(state: RunState, replies: Replies, until: float | None) -> RunState:
    """Return the state in which the next call has answered, or in which ``until`` (seconds) has come before that."""
    still = [call for call in state.calls if not call.is_final]
    if not still:
        raise RuntimeError(f"{state.id}: the strategy waits, and every answer is there.")

    def end_of(call: CallState) -> float:
        return (call.started_at or BEGIN) + (replies.seconds.get(call.model) or 0.0)

    shuffled = {call.id: sha256(f"{state.id} {call.model}".encode()).hexdigest() for call in still}
    first = min(still, key=lambda call: (end_of(call), shuffled[call.id]))
    now = max(state.now, end_of(first))
    if until is not None and now > until:
        return replace(state, now=max(state.now, until))
    done = replace(
        first, status=Status.DONE, text=replies.texts[first.model], finish_reason=FinishReason.STOP, ended_at=now
    )
    return replace(state, now=now, calls=tuple(done if call.id == first.id else call for call in state.calls))
