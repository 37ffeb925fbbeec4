"""The fuse strategy: panel, then judge, then writer; each stage with its fallbacks.

    panel ── all, quorum + grace, hard limit, "fuse now" ─► 2+ answers ──► judge ──► writer ──► done, fused
      │                                                                    │          ├ misses its form ► repair ► done
      ├─ 1 answer  ──► done, the only answer                               │          └ empty, looping, failed
      └─ 0 answers ──► failed, with the reason of each                     │             └► closest ──► done, closest
                                                                           └ bad reply ► repair ► overlap

A judge call reads the panel calls in its ``inputs``; a synthesis reads the panel calls and the judge call; a repair of
either also reads the reply it repairs. That is how this function knows which stage belongs to which.

Panel calls that are not waited for any longer go on beside judge and writer, and after the run's end, where somebody
looks at the run and may include what they bring; each ends ``hard_limit_s`` after its start. Elsewhere they are cut.

With ``answer_check``, a check of the fused answer starts when the run ends, with ``peer_review`` a review by the panel;
neither changes anything of what came before.

Once a cap on spending is reached nothing starts any more; when what runs has ended, the run ends as ``capped``. If it
is let go on, a judge or writer that was capped is asked anew.
"""

from dataclasses import replace

from apps.fusion.state import CallState, RunState, has_words
from apps.fusion.strategies.checks import CHECK, check_of_answer
from apps.fusion.strategies.endings import (
    end_capped,
    missed_form,
    most_answers,
    no_answer,
    recipe_of,
    repaired_by,
    start_panel,
    stop,
)
from apps.fusion.strategies.reviews import PREFERENCE, RANKING, planned_review, review_calls
from apps.fusion.strategies.settlements import SETTLEMENT
from apps.fusion.strategies.steps import End, Start, Step, Wait
from apps.fusion.strategies.strategy import FormOption, Stage, Strategy, WaitingRule
from apps.fusion.values import CallSpec, Failure, JudgedSettings, Parameters, PlannedCall, Recipe
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, FinishReason, Role, Status, StrategyName

PANEL = Stage("panel", Role.PANEL, "Panel")
JUDGE = Stage("judge", Role.JUDGE, "Judge")
SYNTHESIS = Stage("synthesis", Role.SYNTHESIS, "Writer")

QUORUM, GRACE_S = 2, 30.0
"""Defaults of a grace without a quorum (answers) and of a quorum without a grace (seconds)."""


def next_step(state: RunState) -> Step:
    """Return what the run needs next; raises ``ValueError`` if ``state.recipe`` is not set."""
    step = cut_overdue(state, _next_step(state))
    return step if state.status.is_final else replace(step, analysis=_analysis(state, step))


def _analysis(state: RunState, step: Step) -> int | None:
    """Return the judge call whose analysis counts: the one that the answer rests on, else the newest with one."""
    analysed = [judge.id for judge in _judges(state) if judge.analysis_status is not None]
    answer = state.call(step.answer) if isinstance(step, End) and step.answer is not None else None
    of_answer = [judge for judge in analysed if answer and judge in answer.inputs]
    return next(reversed(of_answer or analysed), None)


def cut_overdue(state: RunState, step: Step) -> Step:
    """Cut the panel calls that are past the hard limit by their own clock, once the panel is not waited for."""
    is_waited_for = not state.status.is_final and all(call.role is Role.PANEL for call in state.calls)
    if is_waited_for or isinstance(step, End):  # the end is asked about once more
        return step
    limit = recipe_of(state).hard_limit_s
    deadlines = {
        call.id: call.started_at + limit
        for call in state.calls
        if call.role is Role.PANEL and call.status is Status.RUNNING and call.started_at and not call.cancel_requested
    }
    overdue = tuple(call_id for call_id, deadline in deadlines.items() if deadline <= state.now)
    if isinstance(step, Start):
        return replace(step, cut=tuple(dict.fromkeys((*step.cut, *overdue))))
    if overdue:
        return Start(cut=overdue)
    return replace(step, until=min(deadlines.values(), default=None)) if step.until is None else step


def _next_step(state: RunState) -> Step:
    writers = state.takes(Role.SYNTHESIS)
    if state.cancel_requested:
        return stop(state)
    if state.status.is_final:
        return Wait()
    if state.cap_reached:
        return end_capped(state, writers[-1] if writers else None)
    if not state.calls:
        return start_panel(recipe_of(state), PANEL.name)
    judges = _judges(state)
    if not judges:
        return _after_panel(state)
    judge = judges[-1]
    if not judge.is_final:
        return Wait()
    # Word overlap is the last resort: without an analysis from it, the writer has the answers alone.
    if judge.analysis_status is None and judge.model != Builtin.OVERLAP:
        return Start((_next_judge(state, judge),))
    # An older writer belongs to an earlier fusion.
    if not writers or judge.id not in writers[-1].inputs:
        return Start((writer_of(state, judge, take=len(writers) + 1),))
    return after_writer(state, judge, writers[-1])


def start_over(state: RunState, answers: tuple[int, ...]) -> Start | End:
    """Judge and fuse these answers anew; a single one is returned as it is, chosen if there are others."""
    if len(answers) == 1:
        column = {call.slot for call in state.calls if call.id in answers}
        is_chosen = any(call.is_usable for call in state.panel() if call.slot not in column)
        return End(Status.DONE, answers[0], AnswerKind.AS_IS if is_chosen else AnswerKind.ONLY)
    judges, settings = state.takes(Role.JUDGE), settings_of(recipe_of(state))
    take = judges[-1].take + 1 if judges else 1
    return Start((_judge(settings, settings.judge, answers, take),))


def planned_calls(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the panel, the judge and the writer: each is asked once if none fails and no text misses its form."""
    settings = settings_of(recipe)
    panel = tuple(PlannedCall(stage=PANEL.name, role=PANEL.role, **slot.call_fields) for slot in recipe.panel)
    judge = PlannedCall(
        stage=JUDGE.name,
        role=JUDGE.role,
        model=settings.judge,
        parameters=settings.judge_parameters,
        stand_in=Builtin.OVERLAP,
        is_auto=settings.judge_is_auto,
        reads=(PANEL.name,),
    )
    writer = PlannedCall(
        stage=SYNTHESIS.name,
        role=SYNTHESIS.role,
        model=settings.writer,
        parameters=settings.writer_parameters,
        stand_in=Builtin.CLOSEST,
        most=most_answers(recipe),
        is_auto=settings.writer_is_auto,
        reads=(PANEL.name, JUDGE.name),
    )
    review = planned_review(recipe.panel, PANEL.name, SYNTHESIS.name) if settings.peer_review else ()
    return (*panel, judge, writer, *_planned_check(settings), *review)


def panel_of(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return the calls of the panel, as they are planned here, for strategies that go on in another way."""
    return tuple(call for call in planned_calls(recipe) if call.role is PANEL.role)


def unasked(recipe: Recipe) -> tuple[PlannedCall, ...]:
    """Return judge and writer as calls that are not made, for strategies in which only a person may ask for them."""
    nothing = {"fewest": 0, "expected": 0, "most": 0}
    others = (call for call in planned_calls(recipe) if call.role in (JUDGE.role, SYNTHESIS.role))
    return tuple(call.model_copy(update=nothing) for call in others)


def _planned_check(settings: JudgedSettings) -> tuple[PlannedCall, ...]:
    if not settings.answer_check:
        return ()
    model = settings.checker
    is_auto = settings.judge_is_auto if model == settings.judge else settings.writer_is_auto
    reads = (PANEL.name, SYNTHESIS.name)
    parameters = settings.judge_parameters
    return (
        PlannedCall(
            stage=CHECK.name, role=CHECK.role, model=model, parameters=parameters, is_auto=is_auto, reads=reads
        ),
    )


def waiting_rule(recipe: Recipe) -> WaitingRule:
    """Return the quorum, at most the panel's size, with its grace and the hard limit; by default all are waited for."""
    settings, size = settings_of(recipe), len(recipe.panel)
    if settings.quorum is None and settings.grace_s is None and not settings.grace_is_auto:
        return WaitingRule(size, None, recipe.hard_limit_s)
    grace_s = GRACE_S if settings.grace_s is None else settings.grace_s
    return WaitingRule(min(settings.quorum or QUORUM, size), grace_s, recipe.hard_limit_s)


def settings_of(recipe: Recipe) -> JudgedSettings:
    """Return the settings of a strategy of panels; raises ``TypeError`` for the recipe of another one."""
    if not isinstance(recipe.settings, JudgedSettings):
        raise TypeError(f"The strategy {recipe.strategy} has neither judge nor writer.")
    return recipe.settings


def _after_panel(state: RunState) -> Step:
    panel = state.panel()
    usable = tuple(call for call in panel if call.is_usable)
    open_calls = tuple(call for call in panel if not call.is_final)
    deadline = _deadline(state, usable)
    if open_calls and state.now < deadline:
        return Wait(until=deadline)
    is_over = state.now >= _hard_limit(state)
    late = tuple(call for call in open_calls if not call.cancel_requested)
    # What no worker has taken yet has nothing to lose; a person can ask for it again.
    kept = {call.id for call in late if call.status is Status.RUNNING and state.keeps_late and not is_over and usable}
    cut = tuple(call.id for call in late if call.id not in kept)
    if len(usable) >= 2:
        settings = settings_of(recipe_of(state))
        return Start((_judge(settings, settings.judge, tuple(call.id for call in usable)),), cut)
    if open_calls and not kept:
        return Start(cut=cut) if cut else Wait()
    if cut:
        return Start(cut=cut)
    if usable:
        return End(Status.DONE, usable[0].id, AnswerKind.ONLY)
    return no_answer(panel)


def _deadline(state: RunState, usable: tuple[CallState, ...]) -> float:
    """When to stop waiting for the panel, in seconds since 1970."""
    limit = _hard_limit(state)
    if usable and state.fuse_now:
        return state.now
    rule = waiting_rule(recipe_of(state))
    if rule.grace_s is None or len(usable) < rule.answers:
        return limit
    reached = sorted(call.ended_at or state.now for call in usable)[rule.answers - 1]
    return min(limit, max(reached, state.resumed_at or state.started_at) + rule.grace_s)


def _hard_limit(state: RunState) -> float:
    """Return the end of all waiting for the panel, in seconds since 1970. A run that was let go on gets it anew."""
    return (state.resumed_at or state.started_at) + recipe_of(state).hard_limit_s


def _judge(settings: JudgedSettings, model: str, inputs: tuple[int, ...], take: int = 1) -> CallSpec:
    parameters = settings.judge_parameters if model == settings.judge else Parameters()
    return CallSpec(role=JUDGE.role, stage=JUDGE.name, take=take, model=model, parameters=parameters, inputs=inputs)


def _judges(state: RunState) -> list[CallState]:
    """Return the judges that the strategy asked or may go on from, oldest first; not those beside an analysis."""
    return [judge for judge in state.takes(Role.JUDGE) if not judge.is_beside]


def _next_judge(state: RunState, judge: CallState) -> CallSpec:
    """After a judge without an analysis: one repair of a reply that could not be read, else the built-in overlap.

    A judge that was capped is asked again.
    """
    settings = settings_of(recipe_of(state))
    panel = tuple(call_id for call_id in judge.inputs if _is_panel(state, call_id))
    is_first = len(panel) == len(judge.inputs)
    take = judge.take + 1
    if judge.is_capped:
        return _judge(settings, judge.model, judge.inputs, take)
    if is_first and judge.failure and judge.failure.code is FailureCode.BAD_REPLY:
        return _judge(settings, settings.judge, (*panel, judge.id), take)
    return _judge(settings, Builtin.OVERLAP, panel, take)


def _is_panel(state: RunState, call_id: int) -> bool:
    call = state.call(call_id)
    return call is not None and call.role is Role.PANEL


def writer_of(state: RunState, judge: CallState, take: int, repaired: CallState | None = None) -> CallSpec:
    """Return the call of a writer that reads what ``judge``, or a call in its place, read, and that call itself."""
    settings = settings_of(recipe_of(state))
    earlier = (repaired.id,) if repaired else ()
    return _synthesis(state, judge.inputs, judge.id, take, settings.writer, settings.writer_parameters, earlier)


def _synthesis(
    state: RunState,
    inputs: tuple[int, ...],
    judge: int,
    take: int,
    model: str,
    parameters: Parameters,
    repaired: tuple[int, ...] = (),
) -> CallSpec:
    panel = tuple(call_id for call_id in inputs if _is_panel(state, call_id))
    return CallSpec(
        role=SYNTHESIS.role,
        stage=SYNTHESIS.name,
        take=take,
        model=model,
        parameters=parameters,
        inputs=(*panel, judge, *repaired),
    )


def after_writer(state: RunState, judge: CallState, writer: CallState) -> Step:
    """Return what follows a writer of what ``judge``, or a call in its place, read: an end, a repair, or a stand-in."""
    # Calls that were cut hand in their text before the run ends.
    if not writer.is_final or any(call.cancel_requested and not call.is_final for call in state.calls):
        return Wait()
    if writer.model == Builtin.CLOSEST:
        return _closest(writer)
    if writer.is_usable and writer.finish_reason is not FinishReason.LOOP:
        return _fused(state, writer)
    take, repaired = writer.take + 1, repaired_by(state, writer)
    if writer.is_capped:
        return Start((writer_of(state, judge, take, repaired),))
    if missed_form(writer) and repaired is None:
        return Start((writer_of(state, judge, take, writer),))
    if kept := writer if missed_form(writer) else repaired:  # it was paid for, and a person may read it
        return _fused(state, kept)
    return Start((_synthesis(state, judge.inputs, judge.id, take, Builtin.CLOSEST, Parameters()),))


def _fused(state: RunState, writer: CallState) -> End:
    settings = settings_of(recipe_of(state))
    check = (check_of_answer(state, writer, settings.checker),) if settings.answer_check and has_words(writer) else ()
    review = review_calls(state, writer) if settings.peer_review and has_words(writer) else ()
    return End(Status.DONE, writer.id, AnswerKind.FUSED, beside=(*check, *review))


def _closest(writer: CallState) -> End:
    if writer.status is Status.DONE:
        return End(Status.DONE, writer.id, AnswerKind.CLOSEST)
    failure = writer.failure or Failure(code=FailureCode.UNEXPECTED_ERROR, sentence="No answer could be chosen.")
    return End(Status.FAILED, failure=failure)


FUSE = Strategy(
    name=StrategyName.FUSE,
    stages=(PANEL, JUDGE, SYNTHESIS),
    answer_kind=AnswerKind.FUSED,
    next_step=next_step,
    start_over=start_over,
    planned_calls=planned_calls,
    waiting_rule=waiting_rule,
    answer_roles=(SYNTHESIS.role,),
    beside=(CHECK, RANKING, PREFERENCE, SETTLEMENT),
    is_replayed=True,
    option=FormOption(
        "Fuse: judge the answers and write one",
        "For open questions. The judge says where the answers agree and where they contradict each other; "
        "the writer makes one answer of them.",
    ),
)
