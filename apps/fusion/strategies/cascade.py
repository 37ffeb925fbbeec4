"""The cascade strategy: cheap members are asked first, and a stronger one only where they do not agree.

    stage 1 ── all gave the same final answer ──► done, voted
       └ else ──► stage 2 ── its members agree with each other or an earlier one ──► done, voted
                     └ else ──► the last stage, one member ──► done, escalated
                                   └ gives no usable answer ──► as in vote, with what there is

A stage agrees if each of its members has a final answer and these are equal, and two members gave it in all. With a
threshold it agrees if one answer has that share of the weight of all members that were asked. A refusal,
a failure, a text without a final answer or one that was cut off is no agreement. The answer of the last stage stands
whatever it says. "Go on now" asks no further stage, unless nobody has given an answer: what there is, is voted on.
"""

from apps.fusion.confidence import certificate_in
from apps.fusion.state import RunState
from apps.fusion.strategies import fuse, vote
from apps.fusion.strategies.endings import recipe_of
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy, WaitingRule
from apps.fusion.values import CallSpec, CascadeSettings, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Role, Status, StrategyName, VoteResult
from apps.fusion.voting import ALIKE, FEWEST_VOTES, Ballot, whole_weight
from apps.fusion.weights import weighing_of

STAGES = (
    Stage("panel", Role.PANEL, "Panel"),
    Stage("panel-2", Role.PANEL, "Stage 2"),
    Stage("panel-3", Role.PANEL, "Stage 3"),
)
ESCALATED = 0.3
"""The share of runs expected to ask a later stage: of recorded ones 10 to 26 % on maths, 43 to 55 % on facts."""


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    if state.cancel_requested or state.status.is_final or state.cap_reached or state.takes(Role.JUDGE):
        return fuse.next_step(state)
    stages = stages_of(recipe_of(state))
    asked = [at for at, slots in enumerate(stages) if any(call.slot in slots for call in state.panel())]
    if not asked:
        return _start(state, 0)
    at = asked[-1]
    open_calls = tuple(call for call in state.panel() if not call.is_final)
    if open_calls:
        deadline = _deadline(state, stages[at])
        uncut = tuple(call.id for call in open_calls if not call.cancel_requested)
        if state.now < deadline or not uncut:
            return Wait(until=deadline if uncut else None)
        return Start(cut=uncut)
    ballot = vote.ballot_of(state, [call.id for call in state.panel() if call.is_usable])
    last = next((call for call in state.panel() if call.slot in stages[-1]), None)
    if last and last.is_usable:
        ballot = ballot.model_copy(update={"result": VoteResult.ESCALATED, "winner": last.slot})
        return End(Status.DONE, last.id, AnswerKind.ESCALATED, ballot=ballot)
    if winner := _agreed(ballot, stages[: at + 1], recipe_of(state)):
        ballot = ballot.model_copy(update={"result": VoteResult.AGREED, "winner": winner})
        return End(Status.DONE, ballot.calls[winner], AnswerKind.VOTED, ballot=ballot)
    if last is None and not (state.fuse_now and any(call.is_usable for call in state.panel())):
        return _start(state, at + 1)
    return vote.next_step(state)


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the first stage, the later ones for what is escalated, and judge and writer for a last one that fails."""
    specs, stages = {spec.slot: spec for spec in recipe.panel}, stages_of(recipe)
    panel = [
        PlannedCall(
            stage=STAGES[at].name,
            role=Role.PANEL,
            fewest=1 if at == 0 else 0,
            expected=1 if at == 0 else ESCALATED,
            **specs[slot].call_fields,
        )
        for at, slots in enumerate(stages)
        for slot in slots
        if slot in specs
    ]
    nothing = {"fewest": 0, "expected": 0, "most": 0, "reads": tuple(stage.name for stage in STAGES[: len(stages)])}
    others = [call.model_copy(update=nothing) for call in fuse.planned_calls(recipe) if call.role is not Role.PANEL]
    return (*panel, *others)


def stages_of(recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Return the slots of each stage; raises ``TypeError`` for the recipe of another strategy."""
    if not isinstance(recipe.settings, CascadeSettings):
        raise TypeError(f"This recipe is for {recipe.strategy}, not for cascade.")
    return recipe.settings.stages


def waiting_rule(recipe: Recipe) -> WaitingRule:
    """Return the hard limit of a stage: whether its members agree shows when all of them have answered."""
    return WaitingRule(len(recipe.panel), None, recipe.hard_limit_s)


def threshold_of(recipe: Recipe) -> float | None:
    """Return the share of the weight from which a stage agrees, ``None`` where all have to say the same.

    That of a certificate holds for the first stage that it was measured on, and where its calibration is not void.
    """
    own = recipe.settings
    if not isinstance(own, CascadeSettings) or not own.at_certificate:
        return own.threshold if isinstance(own, CascadeSettings) else None
    certificate = certificate_in(recipe)
    return certificate.threshold if certificate else None


def _agreed(ballot: Ballot, stages: tuple[tuple[str, ...], ...], recipe: Recipe) -> str:
    """Return the slot whose answer stands for what the newest of these stages agrees on, '' if it does not."""
    threshold, asked = threshold_of(recipe), [slot for stage in stages for slot in stage]
    for one in ballot.classes if threshold is None else ():
        if set(stages[-1]) <= set(one.slots) and len(one.votes) > 1:
            return one.slots[0]
    if threshold is None:
        return ""
    weighing = weighing_of(recipe).among(asked)
    whole = whole_weight(asked, weighing)
    for one in ballot.classes:
        weight = weighing.together({slot: weighing.of(slot, one.kind) for slot in one.slots})
        # What nobody measured decides nothing alone.
        is_counted = len(one.votes) >= FEWEST_VOTES or all(slot in weighing.accuracy for slot in one.slots)
        if is_counted and weight - threshold * whole >= -ALIKE:
            return max(one.slots, key=lambda slot: weighing.accuracy.get(slot, 0.0))
    return ""


def _start(state: RunState, at: int) -> Start:
    slots = stages_of(recipe_of(state))[at]
    specs = [spec for spec in recipe_of(state).panel if spec.slot in slots]
    return Start(tuple(CallSpec(role=Role.PANEL, stage=STAGES[at].name, **spec.call_fields) for spec in specs))


def _deadline(state: RunState, slots: tuple[str, ...]) -> float:
    """Return the end of the waiting for a stage, in seconds since 1970: each has the hard limit from its own start."""
    if state.fuse_now and any(call.is_usable for call in state.panel()):
        return state.now
    begun = state.resumed_at or state.started_at
    earlier = [call.ended_at or 0.0 for call in state.panel() if call.slot not in slots]
    return max([begun, *earlier]) + recipe_of(state).hard_limit_s


CASCADE = Strategy(
    name=StrategyName.CASCADE,
    stages=(*STAGES, *(stage for stage in fuse.FUSE.stages if stage.role is not Role.PANEL)),
    beside=fuse.FUSE.beside,
    answer_kind=AnswerKind.VOTED,
    next_step=next_step,
    start_over=vote.start_over,
    planned_calls=planned_calls,
    waiting_rule=waiting_rule,
    answer_roles=(Role.PANEL, Role.SYNTHESIS),
    when_more="they do not agree",
    is_replayed=True,
    option=FormOption(
        "Cascade: ask the last model only if the others differ",
        "For questions with one checkable answer. If all but the last give the same final answer, it "
        "stands; if not, the last is asked, and its answer stands. Put the strongest last. Each stage "
        "waits for all its models, so quorum and grace period do not apply.",
    ),
)
