"""The calls of a peer review: each panellist ranks the others' answers, and compares the fused one with its own.

A ranking is a call a reviewer, and needs three answers: of one other there is no order. A preference is two calls a
reviewer, one in each order: in a single prompt the second answer would follow from the first.
"""

from collections.abc import Sequence

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.strategy import Stage
from apps.fusion.values import CallSpec, Guidance, Parameters, PlannedCall, SlotSpec
from apps.fusion.vocabulary import AnswerKind, Role

RANKING = Stage("ranking", Role.RANKING, "Ranking")
PREFERENCE = Stage("preference", Role.PREFERENCE, "Preference")
FEWEST_TO_RANK = 3


def planned_review(panel: Sequence[SlotSpec], panel_stage: str, writer_stage: str) -> tuple[PlannedCall, ...]:
    """Return the calls of the review that a recipe asks for, whose answers come from these stages."""
    planned = []
    for spec in panel:
        parameters = Parameters(reasoning_effort=spec.parameters.reasoning_effort)
        reviewer = PlannedCall(
            stage=RANKING.name,
            role=Role.RANKING,
            model=spec.model,
            parameters=parameters,
            reads=(panel_stage,),
        )
        if len(panel) >= FEWEST_TO_RANK:
            planned.append(reviewer)
        # It reads the fused answer and its own, which is about as long.
        changes = {"stage": PREFERENCE.name, "role": Role.PREFERENCE, "reads": (writer_stage, writer_stage)}
        planned += 2 * [reviewer.model_copy(update=changes)]
    return tuple(planned)


def review_calls(state: RunState, answer: CallState | None = None) -> tuple[CallSpec, ...]:
    """Return the calls of a review of ``answer``, by default the run's own, where it is a fused one.

    There are none with fewer than two answers, or two of which nothing was fused.

    The answers are those that the fused answer was written from, else the newest usable ones. Calls of one review have
    the same batch. The two orders of a preference are told apart by ``inputs``: the first is shown first.
    """
    recipe = recipe_of(state)
    if answer is None and state.answer and state.answer_kind is AnswerKind.FUSED:
        answer = state.call(state.answer)
    panel = {call.slot: call for call in state.panel() if call.is_usable}
    if answer:
        panel = {call.slot: call for one in answer.inputs if (call := state.call(one)) and call.role is Role.PANEL}
    if len(panel) < 2:
        return ()
    batch = max((call.take for call in state.calls if call.role in (Role.RANKING, Role.PREFERENCE)), default=0) + 1
    efforts = {spec.slot: spec.parameters.reasoning_effort for spec in recipe.panel}
    specs = []
    for slot, own in sorted(panel.items()):
        reviewer = CallSpec(
            role=Role.RANKING,
            stage=RANKING.name,
            slot=slot,
            take=batch,
            model=own.model,
            parameters=Parameters(temperature=0, reasoning_effort=efforts.get(slot)),
            guidance=Guidance(batch=batch),
        )
        if len(panel) >= FEWEST_TO_RANK:
            others = tuple(call.id for other, call in sorted(panel.items()) if other != slot)
            specs.append(reviewer.model_copy(update={"inputs": others}))
        for take, inputs in enumerate([(own.id, answer.id), (answer.id, own.id)] if answer else [], batch):
            changes = {"role": Role.PREFERENCE, "stage": PREFERENCE.name, "take": take, "inputs": inputs}
            specs.append(reviewer.model_copy(update=changes))
    return tuple(specs)
