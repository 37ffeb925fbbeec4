"""A player of all strategies: it carries out what they ask for, with texts by slot and opinions by role.

A new strategy needs a row in ``TABLE``; where its calls have a role of its own, a line in :func:`finished` too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.fusion.opinions import Claim, ClaimSource, Issue, Opinion
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import STRATEGIES
from apps.fusion.strategies.steps import End, Start
from apps.fusion.strategy_settings import SETTINGS, PlainSettings, SingleSettings
from apps.fusion.values import Failure, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnalysisStatus, FailureCode, Role, Status, StrategyName
from tests.fusion.strategies.states import call_of

START, LIMIT_S = 1000.0, 60.0
ASKED = {"judge": "x/judge", "writer": "x/writer"}


@dataclass(frozen=True)
class Row:
    """A row of the table: the settings of its own with which a strategy is played, and how it ends.

    Its ends are those of :attr:`Played.told`: where all three members say the same, where the ``disturbed`` one is late
    or fails, and where it says something else, or nothing that counts. ``asked`` is how often a member is asked.
    """

    well: str
    gone: str
    odd: str
    own: Mapping[str, Any] = field(default_factory=dict)
    disturbed: str = "B"
    asked: int = 1


FUSED, VOTED, REVISED, ESCALATED = "done fused synthesis", "done voted A", "done revised A", "done escalated C"
TABLE: Mapping[StrategyName, Row] = {
    #                            well     late or failed  null or injected
    StrategyName.FUSE: Row(FUSED, FUSED, FUSED),
    StrategyName.SINGLE: Row("done only A", "failed", "done only A", disturbed="A"),
    StrategyName.VOTE: Row(VOTED, VOTED, VOTED),
    StrategyName.CASCADE: Row(VOTED, ESCALATED, ESCALATED, {"stages": (("A", "B"), ("C",))}),
    StrategyName.WEIGHTED: Row(VOTED, VOTED, VOTED, {"weigh_by": "hand", "weights": {"A": 1, "B": 1, "C": 1}}),
    StrategyName.EARLY_EXIT: Row(VOTED, VOTED, VOTED),
    StrategyName.BEST_OF: Row("done best A", "done best A", "done best A"),
    # The author of a critique is the first member.
    StrategyName.CRITIQUE: Row(REVISED, "done revised B", REVISED, disturbed="A"),
    StrategyName.LAYERS: Row(FUSED, FUSED, FUSED, asked=2),
    StrategyName.VERIFY: Row(FUSED, FUSED, FUSED),
}

LATE, BROKEN = "(late)", "(broken)"
"""In place of a text: a call that goes on until it is cut, and one that failed."""
BROKE = Failure(code=FailureCode.UPSTREAM_ERROR, sentence="It broke.")
CUT = Failure(code=FailureCode.TOO_SLOW, sentence="The run went on without it.")
CLAIM = Claim(text="It is 7.", sources=(ClaimSource(slot="A", quote="7", span=(0, 1)),))


@dataclass(frozen=True)
class Played:
    """A run that has ended: its last step, its calls, and each step's calls as (role, slot) in their order."""

    end: End
    state: RunState
    steps: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def told(self) -> str:
        """The end in words: its status, the kind of its answer, and whose text that is."""
        answer = self.state.call(self.end.answer) if self.end.answer else None
        whose = (answer.slot or answer.role) if answer else ""
        return " ".join(str(word) for word in (self.end.status, self.end.kind, whose) if word)


Disturb = Callable[[RunState, int], RunState]
"""Changes the state before a step, by its number from 0."""


def recipe_for(name: StrategyName, models: str = "ABC") -> Recipe:
    """Return the recipe of a strategy on a panel of these models, one a slot; of one for ``single``."""
    size = 1 if name is StrategyName.SINGLE else len(models)
    panel = tuple(SlotSpec(slot=slot, model=f"x/{model}") for slot, model in zip(SLOTS[:size], models, strict=False))
    kind = SETTINGS.get(name, PlainSettings)
    asked = {} if kind is SingleSettings else {**ASKED, "strategy": name}
    return Recipe(settings=kind(**asked, **TABLE[name].own), panel=panel, hard_limit_s=LIMIT_S)


def play(
    name: StrategyName,
    texts: Mapping[str, str],
    models: str = "ABC",
    disturb: Disturb = lambda state, _: state,
    watch: Callable[[RunState], None] = lambda _: None,
) -> Played:
    """Carry out a run to its end; raises ``AssertionError`` where it waits for nothing, or does not end.

    ``watch`` is shown each state whose new calls are written and which no worker has taken yet.
    """
    strategy, steps = STRATEGIES[name], list[tuple[tuple[str, str], ...]]()
    state = RunState(id="r", started_at=START, now=START, recipe=recipe_for(name, models))
    for number in range(60):
        state = disturb(state, number)
        step = strategy.next_step(state)
        if isinstance(step, End):
            return Played(step, state, tuple(steps))
        calls = step.calls if isinstance(step, Start) else ()
        cut = step.cut if isinstance(step, Start) else ()
        if calls:
            steps.append(tuple((str(spec.role), spec.slot) for spec in calls))
        queued = [call_of(len(state.calls) + at, spec, status=Status.QUEUED, ended_at=None, text="")
                  for at, spec in enumerate(calls, 1)]  # fmt: skip
        marked = [replace(one, cancel_requested=one.cancel_requested or one.id in cut) for one in state.calls]
        before, state = state, replace(state, calls=(*marked, *queued))
        watch(state)
        state = carry_out(state, texts)
        if state.calls == before.calls:
            # Nothing is left to happen but the time that the strategy waits for.
            until = getattr(step, "until", None)
            assert until is not None, f"{name} waits for nothing"
            assert until > state.now, f"{name} waits for what is past"
            state = replace(state, now=until)
    raise AssertionError(f"{name} does not end")


def carry_out(state: RunState, texts: Mapping[str, str]) -> RunState:
    """Return the state once all calls have ended that can: who was cut stops, and who is late goes on."""
    return replace(state, now=state.now + 1, calls=tuple(_carried(state, call, texts) for call in state.calls))


def _carried(state: RunState, call: CallState, texts: Mapping[str, str]) -> CallState:
    if call.is_final:
        return call
    if call.cancel_requested:
        return replace(call, status=Status.CANCELLED, failure=CUT, ended_at=state.now + 1)
    text = texts.get(call.slot, "") if call.role is Role.PANEL else ""
    if text == LATE:
        return replace(call, status=Status.RUNNING, claim=max(call.claim, 1), started_at=call.started_at or state.now)
    if text == BROKEN:
        return replace(call, status=Status.FAILED, failure=BROKE, ended_at=state.now + 1)
    return finished(replace(call, status=Status.DONE, ended_at=state.now + 1, text=text))


def finished(call: CallState) -> CallState:
    """Return a call with what its role says when all goes well; a reviewer finds a fault each time."""
    match call.role:
        case Role.PANEL:
            return call
        case Role.JUDGE:
            return replace(call, text="{}", analysis_status=AnalysisStatus.OK)
        case Role.SYNTHESIS:
            return replace(call, text="Fused: 7.")
        case Role.COMPARISON:
            return replace(call, text="{}", verdict=Opinion(better=min(call.inputs[:2])))
        case Role.REVIEW:
            issue = Issue(quote="7", problem="It may be 8.", severity=3, span=(14, 15))
            return replace(call, text="{}", verdict=Opinion(issues=(issue,)))
        case Role.REVISION:
            return replace(call, text=f"Revised as number {call.id}, with other words {'so ' * call.id}.")
        case Role.CLAIMS | Role.SUPPORT:
            return replace(call, text="{}", verdict=Opinion(claims=(CLAIM,)))
        case _:
            raise AssertionError(f"A call of the role {call.role} needs its line here.")
