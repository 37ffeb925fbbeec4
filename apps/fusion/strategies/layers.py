"""The layers strategy, a mixture of agents: further layers of the panel read all answers of the one before.

    layer 1, blind ──► layer 2, each reads all of layer 1 ──► … ──► judge ──► writer ──► done, fused
       └ one answer ──► done, the only answer

With one layer it is ``fuse``. A layer is waited for as the panel is there, each from its own beginning; the last one is
judged and fused. A layer without a usable answer is passed over: those before it are judged. The calls of layer n are
take n of their slots, so that a column shows its answers one behind the other.
"""

from dataclasses import replace

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import judge_inputs, recipe_of
from apps.fusion.strategies.steps import Start, Step
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy
from apps.fusion.values import CallSpec, LayersSettings, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, StrategyName

LAYERS_AFTER = (Stage("layer-2", Role.PANEL, "Layer 2"), Stage("layer-3", Role.PANEL, "Layer 3"))
"""The stages of the layers after the first, which is the panel's own."""
STAGES = (Stage(fuse.PANEL.name, Role.PANEL, "Layer 1"), *LAYERS_AFTER)


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    if state.cancel_requested or state.status.is_final or state.cap_reached or state.takes(Role.JUDGE):
        return fuse.next_step(state)
    at, layer = _newest(state)
    step = fuse.next_step(_only(state, at, layer))
    inputs = judge_inputs(step)
    if inputs and isinstance(step, Start) and at + 1 < _settings(recipe_of(state)).layers:
        # The next answer of a column takes the place of one that is late.
        late = tuple(call.id for call in layer if not call.is_final and not call.cancel_requested)
        return replace(step, calls=_layer(recipe_of(state), at + 1, inputs), cut=late)
    # A layer in which all failed takes nothing away from the one before.
    if at and all(call.is_final and not call.is_usable for call in layer):
        return fuse.next_step(_only(state, at - 1, _calls_of(state, at - 1)))
    return step


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the panel once for each layer, and the judge and the writer of the last one."""
    panel = fuse.panel_of(recipe)
    stages = STAGES[: _settings(recipe).layers]
    layers = [
        call.model_copy(update={"stage": stage.name, "reads": (stages[at - 1].name,) if at else ()})
        for at, stage in enumerate(stages)
        for call in panel
    ]
    last = {fuse.PANEL.name: stages[-1].name}
    others = [
        call.model_copy(update={"reads": tuple(last.get(name, name) for name in call.reads)})
        for call in fuse.planned_calls(recipe)
        if call.role is not Role.PANEL
    ]
    return (*layers, *others)


def is_later_layer(stage: str) -> bool:
    """Return whether calls of a stage read the answers of the layer before."""
    return stage in {one.name for one in LAYERS_AFTER}


def _newest(state: RunState) -> tuple[int, tuple[CallState, ...]]:
    """Return the newest layer that was asked, by its number from 0, with the newest call of each slot."""
    for at in reversed(range(len(STAGES))):
        if calls := _calls_of(state, at):
            return at, calls
    return 0, ()


def _calls_of(state: RunState, at: int) -> tuple[CallState, ...]:
    stage = STAGES[at].name
    of_layer = [call for call in state.calls if call.role is Role.PANEL and (call.stage or STAGES[0].name) == stage]
    return replace(state, calls=tuple(of_layer)).panel()


def _only(state: RunState, at: int, layer: tuple[CallState, ...]) -> RunState:
    """Return the state as ``fuse`` would see it if there was this layer alone, from its own beginning."""
    ended = [call.ended_at or 0.0 for call in _calls_of(state, at - 1)] if at else []
    begun = max([state.started_at, *ended])
    resumed = max(state.resumed_at, begun) if state.resumed_at else None
    others = tuple(call for call in state.calls if call.role is not Role.PANEL)
    return replace(state, calls=(*layer, *others), started_at=begun, resumed_at=resumed)


def _layer(recipe: Recipe, at: int, inputs: tuple[int, ...]) -> tuple[CallSpec, ...]:
    stage = STAGES[at].name
    return tuple(
        CallSpec(role=Role.PANEL, stage=stage, take=at + 1, inputs=inputs, **slot.call_fields) for slot in recipe.panel
    )


def _settings(recipe: Recipe) -> LayersSettings:
    if not isinstance(recipe.settings, LayersSettings):
        raise TypeError(f"This recipe is for {recipe.strategy}, not for layers.")
    return recipe.settings


LAYERS = Strategy(
    name=StrategyName.LAYERS,
    stages=(*STAGES, fuse.JUDGE, fuse.SYNTHESIS),
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.FUSED,
    next_step=next_step,
    start_over=fuse.start_over,
    planned_calls=planned_calls,
    waiting_rule=fuse.waiting_rule,
    answer_roles=(Role.SYNTHESIS,),
    option=FormOption(
        "Layers: let each model answer again with all answers before it",
        "For hard open questions where cost matters little. Each model answers blind, then once more with "
        "all answers; these are judged and fused. Models that read each other grow alike, so try Fuse "
        "first.",
    ),
)
