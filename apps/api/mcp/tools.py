"""The tools. Each returns at once, but for ``fuse_wait``, which waits without a connection to the database."""

from time import monotonic, sleep
from typing import Any

from django.db import close_old_connections
from django.db.models import Exists, Q
from django.http import HttpRequest

from apps.accounts.api_keys import Scope
from apps.api import documents
from apps.api.auth import key_of, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.estimates import estimate_request
from apps.api.heard_runs import create_heard_run
from apps.api.limits import spending_on
from apps.api.mcp import schemas
from apps.api.mcp.server import server, tool
from apps.api.options import FusionOptions
from apps.api.run_requests import BEGUN, RunRequest, run_url
from apps.catalogue.queries import available_models
from apps.catalogue.recipes import presets
from apps.catalogue.recipes.estimates import RunEstimate
from apps.fusion.judging.analysis import wire
from apps.fusion.routing import ROUTE
from apps.fusion.values import Message
from apps.fusion.vocabulary import Role, StrategyName
from apps.runs import again
from apps.runs.again import JudgeRequest, WriterRequest
from apps.runs.models import UNFINISHED, Call, Run, Source
from apps.runs.reading import queries
from apps.runs.reading.queries import SearchTooSlow
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot

__all__ = ["server"]

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 1.0
"""Between two looks at a run that is waited for: each is a query of a millisecond."""
OPTIONS = ("preset", "judge", "writer", "strategy", "criteria", "answer_check", "max_cost", "thread")


@tool(schemas.FuseStart, schemas.Started, Scope.RUN, "Ask several models and fuse their answers")
def fuse_start(request: HttpRequest, wanted: schemas.FuseStart) -> schemas.Started:
    """Ask a panel of models one question, have their answers compared and fused. Returns at once with the run's id.

    Costs money where the models do. Call fuse_wait with that id for the answer.
    """
    run_request = _run_request(wanted, wanted.idempotency_key or "")
    run = create_heard_run(run_request, request, wanted.model_dump_json().encode())
    low, high = documents.dollars(run.estimate_low), documents.dollars(run.estimate_high)
    return schemas.Started(
        run=run.public_id,
        url=run_url(request, run.public_id),
        thread=run.thread_id,
        status=run.status,
        estimate=schemas.CostRange(low=low, high=high),
    )


@tool(schemas.FuseWait, schemas.Waited, Scope.READ, "Wait for a run")
def fuse_wait(request: HttpRequest, wanted: schemas.FuseWait) -> schemas.Waited:
    """Wait up to 25 seconds for a run, and return its answer, or how far it is.

    Call it again until is_settled is true.
    """
    run = _find(request, wanted.run)
    # The door lets in the key's next request: from here on this one only waits.
    getattr(request, "scope", {}).get(BEGUN, bool)()
    deadline, pause = monotonic() + wanted.seconds, SHORTEST_PAUSE_S
    while (is_at_work := _is_at_work(run)) and (left := deadline - monotonic()) > 0:
        # Many wait at once: the connections of the pool are for those who work.
        close_old_connections()
        sleep(min(pause, left))
        pause = min(LONGEST_PAUSE_S, pause * 1.5)
    snapshot = take_snapshot(_find(request, wanted.run))
    answer, analysis = snapshot.answer, snapshot.analysis
    return schemas.Waited(
        run=snapshot.id,
        url=run_url(request, snapshot.id),
        status=snapshot.status,
        is_settled=not is_at_work,
        progress=progress_of(snapshot),
        answer=answer.text if answer else None,
        answer_kind=snapshot.answer_kind,
        agreement=analysis.agreement.score if analysis else None,
        contradictions=wire(analysis)["contradictions"] if analysis else None,
        failure=snapshot.failure.sentence if snapshot.failure else None,
        cost=documents.known_cost(snapshot.cost, snapshot.cost_is_complete),
    )


@tool(schemas.GetRun, schemas.RunPart, Scope.READ, "Read a run")
def get_run(request: HttpRequest, wanted: schemas.GetRun) -> schemas.RunPart:
    """Read one part of a run: its answer, the analysis, the columns with each model's answer, the sources, the bill."""
    run = take_snapshot(_find(request, wanted.run))
    part: Any = None
    match wanted.part:
        case "answer":
            part = documents.answer(run)
        case "analysis":
            part = wire(run.analysis) if run.analysis else None
        case "columns":
            part = _columns(run, wanted.slot)
        case "sources":
            part = _sources(run.id)
        case "bill":
            part = documents.bill(run)
    head = {"run": run.id, "url": run_url(request, run.id), "title": run.title, "status": run.status}
    return schemas.RunPart(**head, **{wanted.part: part})


@tool(schemas.SearchRuns, schemas.FoundRuns, Scope.READ, "Search the history")
def search_runs(request: HttpRequest, wanted: schemas.SearchRuns) -> schemas.FoundRuns:
    """Find earlier runs by words of their prompts, answers and models, newest first."""
    try:
        page = queries.history(owner_of(request), wanted.query, wanted.cursor or "", wanted.limit)
    except SearchTooSlow as error:
        raise ApiError(400, "search_too_broad", error.sentence, "query") from None
    return schemas.FoundRuns(runs=[_found(request, run) for run in page.runs], next_cursor=page.next_cursor or None)


@tool(schemas.Rejudge, schemas.StartedCalls, Scope.RUN, "Judge or write again")
def rejudge(request: HttpRequest, wanted: schemas.Rejudge) -> schemas.StartedCalls:
    """Ask one more judge, or one more writer, about the answers that a run has. Its result counts from then on.

    Returns at once; fuse_wait waits for it. Costs money where the model does.
    """
    if wanted.judge and wanted.writer:
        raise ApiError(400, "invalid_parameter", "Name a judge or a writer, not both: the writer reads the judge's.")
    if wanted.writer and wanted.criteria is not None:
        raise ApiError(400, "invalid_parameter", "Criteria are for a judge. Give a writer instructions.")
    run, owner = _find(request, wanted.run, is_to_change=True), owner_of(request)
    judge = JudgeRequest(wanted.judge or "", wanted.criteria, wanted.instructions)
    writer = WriterRequest([wanted.writer], wanted.instructions) if wanted.writer else None
    calls: list[Call] = []
    expected: RunEstimate | None = None
    if wanted.dry_run:
        expected = again.estimate_writers(run, writer, owner) if writer else again.estimate_judge(run, judge, owner)
    else:
        with spending_on(run, key_of(request)):
            calls = again.write_run_again(run, writer, owner) if writer else [again.judge_run_again(run, judge, owner)]
    return schemas.StartedCalls(
        run=run.public_id,
        url=run_url(request, run.public_id),
        calls=[{"id": call.pk, "role": call.role, "model": call.model, "status": call.status} for call in calls],
        estimate=schemas.Estimated(**documents.estimate_document(expected)) if expected else None,
    )


@tool(schemas.Nothing, schemas.ListedPresets, Scope.READ, "List presets and models")
def list_presets(request: HttpRequest, _: schemas.Nothing) -> schemas.ListedPresets:
    """List the presets that a run can be started with, the default first, and the models that can be named."""
    owner = owner_of(request)
    choosable = list(presets.choosable_presets(owner))
    return schemas.ListedPresets(
        presets=[
            schemas.ListedPreset(
                slug=preset.slug,
                name=preset.name,
                note=preset.note,
                strategy=ROUTE if preset.routes else StrategyName(preset.strategy),
                models=[spec.model for spec in preset.panel],
                judge=preset.judge,
                writer=preset.writer,
                is_default=preset is choosable[0],
            )
            for preset in choosable
        ],
        models=[model.reference for model in available_models(owner)],
    )


@tool(schemas.Question, schemas.Estimated, Scope.READ, "Estimate a run")
def estimate(request: HttpRequest, wanted: schemas.Question) -> schemas.Estimated:
    """Estimate what fuse_start would cost with the same arguments, and ask nobody."""
    return schemas.Estimated(**documents.estimate_document(estimate_request(_run_request(wanted), key_of(request))))


def progress_of(run: RunSnapshot) -> schemas.Progress:
    """Return how far a run is, in numbers and in words."""
    newest = [column.newest for column in run.columns]
    answered = sum(call.is_usable for call in newest)
    begun = [stage for stage in run.stages if stage.calls]
    at_work = [stage for stage in begun if any(not call.is_final for call in stage.calls)]
    stage = (at_work or begun or run.stages)[-1].title
    sentence = f"{answered} of {len(newest)} models have answered."
    if at_work:
        sentence += f" At work: {', '.join(stage.title for stage in at_work)}."
    return schemas.Progress(answered=answered, asked=len(newest), stage=stage, sentence=sentence)


def _run_request(wanted: schemas.Question, idempotency_key: str = "") -> RunRequest:
    messages = [Message(role="system", text=wanted.system)] if wanted.system.strip() else []
    said = {name: value for name in OPTIONS if (value := getattr(wanted, name)) is not None}
    if wanted.web is not None:
        said["web"] = {"search": wanted.web, "fetch": wanted.web}
    return RunRequest(
        messages=(*messages, Message(role="user", text=wanted.prompt)),
        options=FusionOptions.model_validate(said | ({"panel": wanted.models} if wanted.models else {})),
        prompt_param="prompt",
        idempotency_key=idempotency_key,
    )


def _find(request: HttpRequest, public_id: str, *, is_to_change: bool = False) -> Run:
    """Return a run that the key's owner may read, or change; raise :class:`ApiError` for any other."""
    find = queries.find_editable_run if is_to_change else queries.find_run
    try:
        return find(owner_of(request), public_id)
    except Run.DoesNotExist:
        raise not_found("run") from None


def _is_at_work(run: Run) -> bool:
    """Return whether a run can still get an answer or an analysis; calls of the panel that it left out do not count."""
    beside = Call.objects.filter(run=run.pk, status__in=UNFINISHED).exclude(role=Role.PANEL)
    return Run.objects.filter(Q(status__in=UNFINISHED) | Q(Exists(beside)), pk=run.pk).exists()


def _columns(run: RunSnapshot, slot: str | None) -> list[dict[str, Any]]:
    newest = [column.newest for column in run.columns if slot in (None, column.newest.slot)]
    if slot and not newest:
        raise ApiError(404, "not_found", f"The run has no column {slot}.")
    return [
        {
            "slot": call.slot,
            "model": call.model,
            "status": call.status,
            "text": call.text,
            "failure": call.failure.sentence if call.failure else None,
        }
        for call in newest
    ]


def _sources(public_id: str) -> list[dict[str, Any]]:
    sources = Source.objects.filter(run__public_id=public_id).prefetch_related("citations__call")
    return [
        {
            "number": source.number,
            "url": "" if source.size is not None else source.final_url or source.url,
            "title": source.title,
            "fetched_at": source.fetched_at and source.fetched_at.isoformat(),
            "cited_by": sorted({citation.call.slot for citation in source.citations.all()} - {""}),
        }
        for source in sources.order_by("number")
    ]


def _found(request: HttpRequest, run: Run) -> schemas.FoundRun:
    return schemas.FoundRun(
        run=run.public_id,
        url=run_url(request, run.public_id),
        title=run.title,
        status=run.status,
        preset=run.preset,
        created_at=run.created_at,
        agreement=run.agreement,
        cost=documents.known_cost(run.cost, run.cost_is_complete),
    )
