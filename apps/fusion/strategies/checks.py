"""The check of a fused answer: one call that reads the answer and those that it was written from, and changes nothing.

It belongs to the answer that it read. Another answer of the same run has not been checked.
"""

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.strategy import Stage
from apps.fusion.values import CallSpec, Guidance, JudgedSettings
from apps.fusion.vocabulary import Role

CHECK = Stage("check", Role.CHECK, "Check")


def check_of_answer(state: RunState, answer: CallState, model: str, guidance: Guidance | None = None) -> CallSpec:
    """Return the call that checks a writer's text against the panel's answers that its writer read."""
    settings = recipe_of(state).settings
    if not isinstance(settings, JudgedSettings):
        raise TypeError(f"The strategy {recipe_of(state).strategy} fuses nothing that could be checked.")
    panel = tuple(one for one in answer.inputs if (call := state.call(one)) and call.role is Role.PANEL)
    take = max((call.take for call in state.takes(Role.CHECK)), default=0) + 1
    return CallSpec(
        role=CHECK.role,
        stage=CHECK.name,
        take=take,
        model=model,
        parameters=settings.judge_parameters,
        inputs=(*panel, answer.id),
        guidance=guidance and guidance.model_copy(update={"batch": take}),
    )
