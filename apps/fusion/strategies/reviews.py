"""The calls of a peer review: each panellist ranks the others' answers, and compares the fused one with its own.

A ranking is a call a reviewer, and needs three answers: of one other there is no order. A preference is two calls a
reviewer, one in each order: in a single prompt the second answer would follow from the first.
"""

from apps.fusion.state import RunState
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.strategy import Stage
from apps.fusion.values import CallSpec, Guidance, Parameters
from apps.fusion.vocabulary import AnswerKind, Role

RANKING = Stage("ranking", Role.RANKING, "Ranking")
PREFERENCE = Stage("preference", Role.PREFERENCE, "Preference")
FEWEST_TO_RANK = 3


def review_calls(state: RunState) -> tuple[CallSpec, ...]:
    """Return the calls of a review; none with fewer than two answers, or two of which nothing was fused.

    The answers are those that the fused answer was written from, else the newest usable ones. Calls of one review have
    the same batch. The two orders of a preference are told apart by ``inputs``: the first is shown first.
    """
    recipe = recipe_of(state)
    answer = state.call(state.answer) if state.answer and state.answer_kind is AnswerKind.FUSED else None
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
