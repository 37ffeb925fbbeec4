"""The verify strategy: an arbiter splits the answers into claims and says what the others say of each; one writes.

    panel ── as in fuse ─► 2+ answers ──► claims ──► support ──► writer ──► done, fused
                                            │           ├ cannot be read: the words are compared by rules
                                            │           └ was not sent, or is lost ──┐
                                            └ cannot be read ────────────────────────┴► judge ──► writer, as in fuse

The judge is the arbiter, the writer where words are compared without a model. The writer may use supported claims
freely, marks those that only one answer makes, and states nothing that another answer denies without saying so.
"""

from dataclasses import replace

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import fuse
from apps.fusion.strategies.endings import judge_inputs, recipe_of
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy
from apps.fusion.values import CallSpec, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, StrategyName

CLAIMS = Stage("claims", Role.CLAIMS, "Claims")
SUPPORT = Stage("support", Role.SUPPORT, "Support")


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    claims = state.takes(Role.CLAIMS)
    has_judge = bool(claims) and any(judge.id > claims[-1].id for judge in state.takes(Role.JUDGE))
    if state.cancel_requested or state.status.is_final or state.cap_reached or has_judge:
        return fuse.next_step(state)
    if claims:
        return fuse.cut_overdue(state, _go_on(state, claims[-1]))
    step = fuse.next_step(state)
    inputs = judge_inputs(step)
    return replace(step, calls=(_claims(state, inputs),)) if inputs and isinstance(step, Start) else step


def start_over(state: RunState, answers: tuple[int, ...]) -> Start | End:
    """Split these answers into claims anew; a single one is returned as it is."""
    return fuse.start_over(state, answers) if len(answers) == 1 else Start((_claims(state, answers),))


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the panel, the two calls of the arbiter, the writer, and a judge for claims that cannot be read."""
    settings, panel = fuse.settings_of(recipe), fuse.PANEL.name
    is_auto = settings.judge_is_auto if settings.checker == settings.judge else settings.writer_is_auto
    model, parameters = settings.checker, settings.judge_parameters
    shared = {"model": model, "parameters": parameters, "is_auto": is_auto}
    claims = PlannedCall(stage=CLAIMS.name, role=CLAIMS.role, reads=(panel,), **shared)
    support = PlannedCall(stage=SUPPORT.name, role=SUPPORT.role, reads=(panel, CLAIMS.name), **shared)
    judge = next(call for call in fuse.unasked(recipe) if call.role is Role.JUDGE)
    others = [call for call in fuse.planned_calls(recipe) if call.role not in (Role.PANEL, Role.JUDGE)]
    # A writer reads the claims in the place of an analysis.
    others = [
        call.model_copy(update={"reads": tuple(SUPPORT.name if one == fuse.JUDGE.name else one for one in call.reads)})
        for call in others
    ]
    return (*fuse.panel_of(recipe), claims, support, judge, *others)


def _go_on(state: RunState, claims: CallState) -> Step:
    if not claims.is_final:
        return Wait()
    if claims.is_capped:
        return Start((_claims(state, claims.inputs),))
    if claims.verdict is None:
        return fuse.start_over(state, claims.inputs)
    support = next((one for one in reversed(state.takes(Role.SUPPORT)) if claims.id in one.inputs), None)
    if support is None or support.is_capped:
        return Start((_support(state, claims),))
    if not support.is_final:
        return Wait()
    writers = state.takes(Role.SYNTHESIS)
    if not writers or support.id not in writers[-1].inputs:
        if support.verdict is None:  # it was not sent, or its worker was lost: the writer would have nothing to go by
            return fuse.start_over(state, claims.inputs)
        return Start((fuse.writer_of(state, support, take=len(writers) + 1),))
    return fuse.after_writer(state, support, writers[-1])


def _claims(state: RunState, answers: tuple[int, ...]) -> CallSpec:
    return _arbiter(state, CLAIMS, answers)


def _support(state: RunState, claims: CallState) -> CallSpec:
    return _arbiter(state, SUPPORT, (*claims.inputs, claims.id))


def _arbiter(state: RunState, stage: Stage, inputs: tuple[int, ...]) -> CallSpec:
    settings = fuse.settings_of(recipe_of(state))
    take = max((call.take for call in state.takes(stage.role)), default=0) + 1
    return CallSpec(
        role=stage.role,
        stage=stage.name,
        take=take,
        model=settings.checker,
        parameters=settings.judge_parameters,
        inputs=inputs,
    )


VERIFY = Strategy(
    name=StrategyName.VERIFY,
    stages=(fuse.PANEL, CLAIMS, SUPPORT, fuse.JUDGE, fuse.SYNTHESIS),
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.FUSED,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=fuse.waiting_rule,
    answer_roles=(Role.SYNTHESIS,),
    unanalysed="The answers are split into claims, and each claim is checked against the other answers.",
    option=FormOption(
        "Verify: split the answers into claims and write from what holds",
        "For questions whose answer is many facts. The judge lists the claims and what the other answers "
        "say of each; the writer may not state what is denied without saying so. A mistake that answers "
        "share counts as supported.",
    ),
)
