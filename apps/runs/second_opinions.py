"""Judges and peer reviewers that are asked beside a run that has ended: what they say replaces nothing."""

from collections.abc import Sequence
from decimal import Decimal

from apps.accounts.models import User
from apps.catalogue.recipes.estimates import RunEstimate
from apps.fusion.prompting.answer_order import other_orders
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.again import judge_in_orders
from apps.fusion.strategies.reviews import review_calls
from apps.fusion.values import CallSpec, Guidance, JudgedSettings
from apps.fusion.vocabulary import Builtin, Role
from apps.runs.again import add_once, check_models, estimate_specs, resume, settings_of_ended
from apps.runs.lifecycle.rows_to_events import state_of
from apps.runs.lifecycle.transitions import add_calls, locked_run
from apps.runs.models import UNFINISHED, Call, Run
from apps.runs.starting import InvalidRun


def check_order(run: Run, user: User | None = None) -> list[Call]:
    """Let the judge of the analysis that counts read the same answers in the other orders; nothing else is asked.

    Of two answers there is one other order, of more two are asked for. What was asked of the judge holds for them too.
    Raises :class:`InvalidRun`, and ``UnknownModel`` if ``user`` may not ask the judge any more.
    """
    _check_judge(run, user)
    with locked_run(run.pk, create_log=True) as change:
        specs = _order_specs(change.run, change.calls)
        resume(change)
        return add_calls(change, specs)


def estimate_order_check(run: Run, user: User | None = None) -> RunEstimate:
    """Return what :func:`check_order` is likely to cost. Raises where it would."""
    _check_judge(run, user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, _order_specs(run, calls))


def ask_second_judge(run: Run, model: str, user: User | None = None) -> Call:
    """Ask another model to judge the same answers; nothing else is asked. What counts stays.

    Raises :class:`InvalidRun`, and ``UnknownModel`` for a model that ``user`` may not ask.
    """
    check_models([model or "?"], user)
    with locked_run(run.pk, create_log=True) as change:
        specs = _second_specs(change.run, change.calls, model)
        return add_once(change, specs)[0]


def estimate_second_judge(run: Run, model: str, user: User | None = None) -> RunEstimate:
    """Return what :func:`ask_second_judge` is likely to cost. Raises where it would."""
    check_models([model or "?"], user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, _second_specs(run, calls, model))


def review_answers(run: Run) -> list[Call]:
    """Let each panellist rank the others' answers and compare the fused one with its own; nothing follows.

    Raises :class:`InvalidRun`.
    """
    with locked_run(run.pk, create_log=True) as change:
        specs = _review_specs(change.run, change.calls)
        resume(change)
        return add_calls(change, specs)


def estimate_review(run: Run) -> RunEstimate:
    """Return what :func:`review_answers` is likely to cost. Raises :class:`InvalidRun` where it would."""
    calls = list(run.calls.with_output().order_by("pk"))
    specs = _review_specs(run, calls)
    lengths = {call.pk: len(call.output.text) for call in calls}
    # Calls of a role read texts that differ in length: the longest stand for all.
    alike = [[spec for spec in specs if spec.role is role] for role in (Role.RANKING, Role.PREFERENCE)]
    ordered = [sorted(same, key=lambda spec: -sum(lengths[one] for one in spec.inputs)) for same in alike if same]
    parts = [estimate_specs(run, calls, same) for same in ordered]
    known = [part for part in parts if part.low is not None and part.high is not None]
    return RunEstimate(
        calls=sum(part.calls for part in parts),
        low=sum((part.low or Decimal(0) for part in known), Decimal(0)) if known else None,
        high=sum((part.high or Decimal(0) for part in known), Decimal(0)) if known else None,
        is_complete=all(part.is_complete for part in parts),
    )


def _check_judge(run: Run, user: User | None) -> None:
    """Raise ``UnknownModel`` if ``user`` may not ask the judge of the analysis that counts any more."""
    judge = Call.objects.filter(pk=run.analysis_call_id).first() if run.analysis_call_id else None
    check_models([judge.model] if judge else [], user)


def _second_specs(run: Run, calls: Sequence[Call], model: str) -> tuple[CallSpec, ...]:
    settings = settings_of_ended(run)
    judge, answers = _judge_that_counts(run, calls)
    if model in (*Builtin,):
        raise InvalidRun("Word overlap is no judge to compare with. Choose a model.", "judge")
    if model in ("", judge.model):
        raise InvalidRun("A second judge is another model than the first.", "judge")
    wish = _wish_of(judge, run, settings)
    return judge_in_orders(strategy_of(run.recipe), state_of(run, calls), answers, model, wish, [wish.order])


def _review_specs(run: Run, calls: Sequence[Call]) -> tuple[CallSpec, ...]:
    settings_of_ended(run)
    if any(call.role in (Role.RANKING, Role.PREFERENCE) and not call.is_final for call in calls):
        raise InvalidRun("A peer review is under way already.", "run")
    specs = review_calls(state_of(run, calls))
    if not specs:
        raise InvalidRun("A peer review needs three answers, or two and a fused one.", "run")
    return specs


def _order_specs(run: Run, calls: Sequence[Call]) -> tuple[CallSpec, ...]:
    settings = settings_of_ended(run)
    judge, answers = _judge_that_counts(run, calls)
    wish = _wish_of(judge, run, settings)
    if any(_is_same_check(call, judge) for call in calls):
        raise InvalidRun("The order is being checked already.", "run")
    orders = other_orders(len(answers), wish.order)
    return judge_in_orders(strategy_of(run.recipe), state_of(run, calls), answers, judge.model, wish, orders)


def _judge_that_counts(run: Run, calls: Sequence[Call]) -> tuple[Call, list[int]]:
    """Return the judge whose analysis counts, and the ids of the answers that it read."""
    judge = next((call for call in calls if call.pk == run.analysis_call_id and call.output.analysis), None)
    if judge is None:
        raise InvalidRun("There is no analysis to check.", "run")
    if judge.model in list(Builtin):
        raise InvalidRun("Word overlap made this analysis. Let a model judge first.", "run")
    panel = {call.pk for call in calls if call.role == Role.PANEL}
    return judge, [one for one in judge.inputs if one in panel]


def _wish_of(judge: Call, run: Run, settings: JudgedSettings) -> Guidance:
    """Return what a judge was asked to heed, for one that is to stand beside it."""
    own = judge.guidance or Guidance(criteria=run.recipe.criteria, instructions=settings.judge_instructions)
    return own.model_copy(update={"beside": judge.pk})


def _is_same_check(call: Call, judge: Call) -> bool:
    """Return whether a call is a check of this judge's order that has not ended."""
    wish = call.guidance
    return call.status in UNFINISHED and bool(wish and wish.beside == judge.pk and call.model == judge.model)
