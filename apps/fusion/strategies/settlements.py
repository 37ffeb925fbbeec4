"""The settlement of a contradiction: one call that looks one point up. What it finds is a proposal to a person."""

from apps.fusion.state import RunState
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.strategy import Stage
from apps.fusion.values import CallSpec, Guidance, JudgedSettings
from apps.fusion.vocabulary import Role

SETTLEMENT = Stage("settlement", Role.SETTLEMENT, "Settlement")


def settlement_of(state: RunState, judge: int, finding: str, model: str) -> CallSpec:
    """Return the call that looks up one finding of a judge's analysis; ``judge`` is the id of that call."""
    settings = recipe_of(state).settings
    if not isinstance(settings, JudgedSettings):
        raise TypeError(f"The strategy {recipe_of(state).strategy} compares nothing that could be settled.")
    take = max((call.take for call in state.takes(SETTLEMENT.role)), default=0) + 1
    return CallSpec(
        role=SETTLEMENT.role,
        stage=SETTLEMENT.name,
        take=take,
        model=model,
        parameters=settings.judge_parameters,
        inputs=(judge,),
        guidance=Guidance(batch=take, finding=finding),
    )
