"""Runs that have ended, asked for more: another analysis, other fused answers, another column, and which counts."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status as Answered

from apps.api import documents
from apps.api.auth import key_of, may_read, may_run, owner_of
from apps.api.limits import spending_on
from apps.api.runs.routes import RunId, call_reference, find, find_editable, run_document
from apps.api.runs.schemas import (
    AddColumn,
    AnalysisList,
    AnswerList,
    CallList,
    CallRef,
    Current,
    EstimateDocument,
    Rejudge,
    Rewrite,
    RunDocument,
)
from apps.api.schemas import with_errors
from apps.catalogue.recipes.estimates import RunEstimate
from apps.fusion.judging.analysis import wire
from apps.runs import again
from apps.runs.again import JudgeRequest, WriterRequest
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.takes import Take, analyses_of, answers_of

router = Router(tags=["Runs"])


@router.post(
    "/runs/{run_id}/rejudge",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallRef}),
    summary="Judge again",
)
def rejudge(request: HttpRequest, run_id: RunId, body: Rejudge) -> Any:
    """Ask one judge to compare the answers; nothing else is asked. Its analysis counts from then on.

    A reply that cannot be read is not repaired: the call fails, and what counted before stays.
    """
    run = find_editable(request, run_id)
    wanted = JudgeRequest(body.judge or "", body.criteria, body.instructions, body.slots, body.takes)
    if body.dry_run:
        return Answered(200, _estimate(again.estimate_judge(run, wanted)))
    with spending_on(run, key_of(request)):
        return Answered(201, call_reference(again.judge_run_again(run, wanted, owner_of(request))))


@router.post(
    "/runs/{run_id}/rewrite",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallList}),
    summary="Write again",
)
def rewrite(request: HttpRequest, run_id: RunId, body: Rewrite) -> Any:
    """Ask writers for further fused answers; nothing else is asked. The first that is ready counts from then on."""
    run = find_editable(request, run_id)
    wanted = WriterRequest(body.writers, body.instructions)
    if body.dry_run:
        return Answered(200, _estimate(again.estimate_writers(run, wanted)))
    with spending_on(run, key_of(request)):
        calls = again.write_run_again(run, wanted, owner_of(request))
    return Answered(201, {"data": [call_reference(call) for call in calls]})


@router.post("/runs/{run_id}/columns", auth=may_run, response=with_errors({201: CallRef}), summary="Add a model")
def add_column(request: HttpRequest, run_id: RunId, body: AddColumn) -> Any:
    """Ask one more model the run's prompt. Analysis and answer stay, and say that they are older: fuse again."""
    run = find_editable(request, run_id)
    with spending_on(run, key_of(request)):
        return Answered(201, call_reference(again.add_model(run, body.model, owner_of(request))))


@router.post("/runs/{run_id}/current", auth=may_run, response=with_errors({200: RunDocument}), summary="Choose a take")
def choose(request: HttpRequest, run_id: RunId, body: Current) -> Any:
    """Choose which analysis and which fused answer count. It costs nothing."""
    run = find_editable(request, run_id)
    if body.analysis is not None:
        again.choose_analysis(run, body.analysis)
    if body.answer is not None:
        again.choose_answer(run, body.answer)
    return run_document(request, find(request, run_id))


@router.get(
    "/runs/{run_id}/analyses", auth=may_read, response=with_errors({200: AnalysisList}), summary="List analyses"
)
def list_analyses(request: HttpRequest, run_id: RunId) -> Any:
    """Read every analysis of a run, oldest first, with its model, cost and time."""
    takes = analyses_of(take_snapshot(find(request, run_id)))
    return {
        "data": [
            _take(take)
            | {
                "criteria": take.guidance.criteria,
                "analysis": wire(take.call.analysis) if take.call.analysis else None,
            }
            for take in takes
        ]
    }


@router.get("/runs/{run_id}/answers", auth=may_read, response=with_errors({200: AnswerList}), summary="List answers")
def list_answers(request: HttpRequest, run_id: RunId) -> Any:
    """Read every fused answer of a run, oldest first, with its model, cost and time."""
    takes = answers_of(take_snapshot(find(request, run_id)))
    return {
        "data": [
            _take(take)
            | {
                "text": take.call.text,
                "analysis": take.analysis,
                "rulings": [ruling.model_dump(mode="json") for ruling in take.guidance.rulings],
            }
            for take in takes
        ]
    }


def _take(take: Take) -> dict[str, Any]:
    call = take.call
    return {
        "call": call.id,
        "take": call.take,
        "model": call.model,
        "label": call.label,
        "status": call.status,
        "is_current": take.is_current,
        "stale": take.stale,
        "instructions": take.guidance.instructions,
        "cost": documents.dollars(call.cost),
        "duration_s": call.duration_s,
        "failure": call.failure.model_dump(mode="json") if call.failure else None,
    }


def _estimate(expected: RunEstimate) -> dict[str, Any]:
    return {
        "calls": expected.calls,
        "low": documents.dollars(expected.low),
        "high": documents.dollars(expected.high),
        "is_complete": expected.is_complete,
    }
