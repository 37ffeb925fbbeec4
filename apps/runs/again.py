"""Requests to a run that has ended without asking its panel again: judge, write, check, add a model, choose.

Analyses and answers live side by side, each a take; one of each counts. ``actions.fuse_again`` starts the strategy
over; here single calls are made beside it, and nothing follows them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from apps.accounts.models import User
from apps.annotations import rulings
from apps.annotations.models import Ruling as RulingRow
from apps.annotations.rulings import RulingRequest
from apps.catalogue.queries import find_models, models_called
from apps.catalogue.recipes.estimates import RunEstimate, estimate_calls, guidance_tokens
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.judging.findings import Analysis
from apps.fusion.state import CallState, RunState
from apps.fusion.strategies import strategy_of
from apps.fusion.strategies.again import MOST_WRITERS, inputs_of_writer, judge_again, write_again
from apps.fusion.strategies.checks import check_of_answer
from apps.fusion.tokens import count_tokens
from apps.fusion.values import LONGEST_INSTRUCTIONS, CallSpec, Guidance, JudgedSettings, Ruling, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, Builtin, Role, Status
from apps.fusion.voting import Ballot
from apps.runs.lifecycle.rows_to_events import run_ended, state_of
from apps.runs.lifecycle.transitions import RunChange, add_calls, copy_agreement, is_fused, locked_run
from apps.runs.models import Call, Run
from apps.runs.reading.call_snapshot import KIND_OF_BUILTIN
from apps.runs.spending.answer_lengths import habits_of
from apps.runs.starting import InvalidRun

LONGEST_CRITERIA = 4_000


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """A judge to ask: its model, '' for the recipe's own, and criteria and instructions, ``None`` for the recipe's.

    It reads an answer of each of these ``slots`` (all without any), as ``actions.fuse_again`` chooses them.
    """

    model: str = ""
    criteria: str | None = None
    instructions: str | None = None
    slots: Collection[str] = ()
    takes: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class WriterRequest:
    """One to three writers to ask at once: their models, none for the recipe's own, with the same instructions.

    ``rulings`` go into the messages of each. They read the analysis that counts, and the answers that its judge read.
    """

    models: Sequence[str] = ()
    instructions: str | None = None
    rulings: tuple[Ruling, ...] = field(default=())


def judge_run_again(run: Run, request: JudgeRequest, user: User | None = None) -> Call:
    """Ask one judge beside a run that has ended; nothing else is asked. Its analysis counts from then on.

    Raises :class:`InvalidRun`, and ``UnknownModel`` for a model that ``user`` may not ask.
    """
    check_models([request.model], user)
    with locked_run(run.pk, create_log=True) as change:
        spec = _judge_spec(change.run, change.calls, request)
        return add_once(change, [spec])[0]


def write_run_again(run: Run, request: WriterRequest, user: User | None = None) -> list[Call]:
    """Ask writers beside a run that has ended; nothing else is asked. The first answer counts until one is chosen.

    Raises :class:`InvalidRun`, and ``UnknownModel`` for a model that ``user`` may not ask.
    """
    check_models(request.models, user)
    with locked_run(run.pk, create_log=True) as change:
        specs = _writer_specs(change.run, change.calls, request)
        return add_once(change, specs)


def answers_to_judge(run: Run) -> tuple[CallState, ...]:
    """Return the answers among which a judge's may be chosen, one of each column, by letter."""
    state = state_of(run, list(run.calls.with_output().order_by("pk")))
    return state.answers_to_fuse({call.slot for call in state.panel()})


def check_answer(run: Run, model: str = "", user: User | None = None) -> Call:
    """Ask one model to check the fused answer that counts, '' for the recipe's own; nothing follows its reply.

    Raises :class:`InvalidRun`, and ``UnknownModel`` for a model that ``user`` may not ask.
    """
    check_models([model], user)
    with locked_run(run.pk, create_log=True) as change:
        spec = _check_spec(change.run, change.calls, model)
        resume(change)
        return add_calls(change, [spec])[0]


def estimate_check(run: Run, model: str = "", user: User | None = None) -> RunEstimate:
    """Return what :func:`check_answer` is likely to cost. Raises where it would."""
    check_models([model], user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, [_check_spec(run, calls, model)])


def estimate_judge(run: Run, request: JudgeRequest, user: User | None = None) -> RunEstimate:
    """Return what :func:`judge_run_again` is likely to cost. Raises where it would."""
    check_models([request.model], user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, [_judge_spec(run, calls, request)])


def estimate_writers(run: Run, request: WriterRequest, user: User | None = None) -> RunEstimate:
    """Return what :func:`write_run_again` is likely to cost. Raises where it would."""
    check_models(request.models, user)
    calls = list(run.calls.with_output().order_by("pk"))
    return estimate_specs(run, calls, _writer_specs(run, calls, request))


def choose_takes(run: Run, analysis: int | None = None, answer: int | None = None) -> None:
    """Let another analysis, another answer or both (ids of calls) of a run that has ended count.

    An answer is a fused one, or one of the panel: the one that a vote decided for, or that the judge whose analysis
    then counts would give as it is.
    Raises :class:`InvalidRun` if one of them is none; then nothing is changed.
    """
    with locked_run(run.pk, create_log=True) as change:
        judge = _own_call(change, analysis) if analysis is not None else None
        chosen = _own_call(change, answer) if answer is not None else None
        if judge and (judge.role != Role.JUDGE or judge.output.analysis is None):
            raise InvalidRun("This call brought no analysis.", "analysis")
        kind = _kind_of(chosen, judge or _judge_that_counts(change), change.run.ballot) if chosen else None
        if judge:
            change.run.analysis_call_id = judge.pk
            copy_agreement(change)
        if chosen:
            change.run.answer_call_id, change.run.answer_kind = chosen.pk, kind
            change.run.status, change.run.failure = Status.DONE, None
        if judge or chosen:
            change.events.append(run_ended(change.run))


def _judge_that_counts(change: RunChange) -> Call | None:
    return next((call for call in change.calls if call.pk == change.run.analysis_call_id), None)


def _kind_of(answer: Call, judge: Call | None, ballot: Ballot | None) -> AnswerKind:
    """Return the kind of answer that a call would be beside a judge's analysis; raises :class:`InvalidRun` for none."""
    if ballot and ballot.answer == answer.pk:
        return ballot.answer_kind
    if answer.role == Role.SYNTHESIS and is_fused(answer):
        return KIND_OF_BUILTIN.get(answer.model, AnswerKind.FUSED)
    best = judge.output.analysis.best_as_is if judge and judge.output.analysis else None
    is_read = judge is not None and answer.pk in judge.inputs and answer.role == Role.PANEL
    if is_read and best and best.slot == answer.slot and is_fused(answer):
        return AnswerKind.AS_IS
    raise InvalidRun("This is no fused answer, nor one that a vote or the judge would give as it is.", "answer")


def add_model(run: Run, model: str, user: User | None = None) -> Call:
    """Ask one more model the run's prompt, in a new column; nothing is judged or written anew.

    The column joins the panel of the recipe. Raises :class:`InvalidRun`, and ``UnknownModel``.
    """
    if model in list(Builtin):
        raise InvalidRun("A column asks a model that is connected.", "model")
    check_models([model or "?"], user)
    with locked_run(run.pk, create_log=True) as change:
        recipe = change.run.recipe
        if not strategy_of(recipe).has(Role.JUDGE):
            raise InvalidRun("This run asked one model alone. Edit it and run it again with a panel.", "model")
        if change.run.cancel_requested and not change.run.is_final:
            raise InvalidRun("The run is being stopped. Add a model when it has stopped.", "model")
        taken = {spec.slot for spec in recipe.panel} | {call.slot for call in change.calls}
        slot = next((letter for letter in SLOTS if letter not in taken), None)
        if slot is None:
            raise InvalidRun(f"A panel has at most {len(SLOTS)} models.", "model")
        spec = SlotSpec(slot=slot, model=model, parameters=recipe.panel[0].parameters)
        change.run.recipe = recipe.model_copy(update={"panel": (*recipe.panel, spec)})
        change.run.cancel_requested = False
        stage = strategy_of(recipe).stages[0].name
        call = CallSpec(role=Role.PANEL, stage=stage, slot=slot, model=model, parameters=spec.parameters)
        return add_calls(change, [call])[0]


def put_ruling(run: Run, author: User, request: RulingRequest) -> RulingRow:
    """Write a ruling on a point of the analysis that counts; raises :class:`BadRuling` and ``Run.DoesNotExist``."""
    with transaction.atomic():
        # Rulings of one run are written one after the other, and none for a run that is being deleted.
        locked = Run.objects.select_for_update().only("analysis_call").get(pk=run.pk)
        analysis, judge = _analysis_of(locked)
        return rulings.put_ruling(run.pk, author, request, analysis, judge)


def delete_ruling(run: Run, ruling_id: int) -> None:
    """Remove a ruling of a run; raises ``Ruling.DoesNotExist`` if it has none of that id."""
    rulings.delete_ruling(run.pk, ruling_id)


def add_once(change: RunChange, specs: Sequence[CallSpec]) -> list[Call]:
    """Write calls that a person asked for, and let the run go on with them.

    Raises :class:`InvalidRun` if the same model is at work on the same with the same wishes: a press came twice.
    """
    at_work = [_wish(call) for call in change.calls if not call.is_final and call.guidance]
    if any(_wish(spec) in at_work for spec in specs):
        raise InvalidRun("The same was asked a moment ago and is at work. Wait for it, or ask another model.", "run")
    resume(change)
    return add_calls(change, specs)


def _wish(call: Call | CallSpec) -> tuple[Role, str, tuple[int, ...], Guidance | None]:
    """Return what makes two calls the same wish: all but the press that they came with."""
    guidance = call.guidance and call.guidance.model_copy(update={"batch": 1})
    return Role(call.role), call.model, tuple(call.inputs), guidance


def rulings_for_writer(run: Run) -> tuple[Ruling, ...]:
    """Return the rulings that a writer is told: those whose points the analysis that counts has."""
    analysis, judge = _analysis_of(run)
    matched = rulings.match(rulings.rulings_of([run.pk])[run.pk], analysis, judge)
    return tuple(one.value for one in matched if one.applies)


def _analysis_of(run: Run) -> tuple[Analysis | None, int | None]:
    call = Call.objects.with_output().filter(pk=run.analysis_call_id).first() if run.analysis_call_id else None
    return (call.output.analysis, call.pk) if call else (None, None)


def _judge_spec(run: Run, calls: Sequence[Call], request: JudgeRequest) -> CallSpec:
    settings, state = settings_of_ended(run), state_of(run, calls)
    answers = state.answers_to_fuse(request.slots or {call.slot for call in state.panel()}, request.takes)
    if len(answers) < 2:
        raise InvalidRun("A judge needs two answers.", "slots")
    guidance = Guidance(
        criteria=_own_or(request.criteria, run.recipe.criteria, LONGEST_CRITERIA, "criteria"),
        instructions=_own_or(request.instructions, settings.judge_instructions, LONGEST_INSTRUCTIONS, "instructions"),
    )
    inputs = [call.id for call in answers]
    return judge_again(strategy_of(run.recipe), state, inputs, request.model or settings.judge, guidance)


def _writer_specs(run: Run, calls: Sequence[Call], request: WriterRequest) -> tuple[CallSpec, ...]:
    settings, state = settings_of_ended(run), state_of(run, calls)
    models = list(request.models) or [settings.writer]
    if len(models) > MOST_WRITERS:
        raise InvalidRun(f"At most {MOST_WRITERS} writers can be asked at once.", "writers")
    if any(model in list(Builtin) for model in models):
        raise InvalidRun("A writer is a model that is connected.", "writers")
    inputs = inputs_of_writer(state)
    if not inputs:
        raise InvalidRun("No column has an answer to write from.", "writers")
    guidance = Guidance(
        instructions=_own_or(request.instructions, settings.writer_instructions, LONGEST_INSTRUCTIONS, "instructions"),
        rulings=request.rulings,
    )
    return write_again(strategy_of(run.recipe), state, inputs, models, guidance)


def _check_spec(run: Run, calls: Sequence[Call], model: str) -> CallSpec:
    settings, state = settings_of_ended(run), state_of(run, calls)
    answer = _fused_answer(run, state)
    if any(call.role is Role.CHECK and not call.is_final and answer.id in call.inputs for call in state.calls):
        raise InvalidRun("This answer is being checked already.", "answer")
    if model in list(Builtin):
        raise InvalidRun("A check needs a model that is connected.", "model")
    return check_of_answer(state, answer, model or settings.checker, Guidance())


def _fused_answer(run: Run, state: RunState) -> CallState:
    answer = state.call(run.answer_call_id) if run.answer_call_id else None
    if answer is None or run.answer_kind is not AnswerKind.FUSED:
        raise InvalidRun("This run has no fused answer.", "answer")
    return answer


def settings_of_ended(run: Run) -> JudgedSettings:
    """Return the settings of a run that has ended and may be judged and fused; raises :class:`InvalidRun` otherwise."""
    if not run.is_final:
        raise InvalidRun("The run is still at work. Judge or write again when it is done.", "run")
    settings = run.recipe.settings
    if not isinstance(settings, JudgedSettings):
        raise InvalidRun("This run asked one model alone: there is nothing to judge or to fuse.", "run")
    return settings


def _own_or(given: str | None, default: str, longest: int, field: str) -> str:
    text = default if given is None else given.replace("\x00", "").strip()
    if len(text) > longest:
        raise InvalidRun(f"The {field} have {len(text):,} characters; the limit is {longest:,}. Shorten them.", field)
    return text


def check_models(references: Collection[str], user: User | None) -> None:
    """Raise ``UnknownModel`` for a model that ``user`` may not ask; '' and word overlap anybody may."""
    named = {reference for reference in references if reference and reference != Builtin.OVERLAP}
    unknown = sorted(named - find_models(named, user).keys()) if named else []
    if unknown:
        raise UnknownModel(unknown[0])


def resume(change: RunChange) -> None:
    """Let calls start again where the run was stopped or its cap was reached; a cap is counted anew for each."""
    change.run.cancel_requested = change.run.cap_reached = False


def _own_call(change: RunChange, call_id: int) -> Call:
    if not change.run.is_final:
        raise InvalidRun("The run is still at work. Choose when it is done.", "run")
    call = next((call for call in change.calls if call.pk == call_id), None)
    if call is None:
        raise InvalidRun("This run has no such call.", "call")
    return call


def estimate_specs(run: Run, calls: Sequence[Call], specs: Sequence[CallSpec]) -> RunEstimate:
    """Estimate calls by the texts that they read, which are known; of each output only the usual length is."""
    texts = {call.pk: call.output.text for call in calls}
    read = sum(count_tokens(texts[one]) for one in specs[0].inputs if one in texts)
    read += guidance_tokens(specs[0].guidance or Guidance())
    return estimate_calls(specs, run.messages, read, models_called(spec.model for spec in specs), habits_of)
