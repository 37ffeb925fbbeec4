"""Runs that have ended, asked for more: another analysis, other fused answers, another column, and which counts."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status as Answered

from apps.annotations.models import Ruling
from apps.annotations.rulings import BadRuling, RulingRequest
from apps.api import documents
from apps.api.auth import key_of, may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.limits import spending_on
from apps.api.runs.again_schemas import (
    AddColumn,
    AnalysisList,
    AnswerList,
    CheckAnswer,
    Current,
    PutRuling,
    Rejudge,
    Rewrite,
    RulingList,
    SentDocument,
)
from apps.api.runs.further_calls import estimate_or_ask
from apps.api.runs.routes import CallId, RunId, call_reference, find, find_editable, run_document
from apps.api.runs.schemas import CallList, CallRef, EstimateDocument, RunDocument
from apps.api.schemas import with_errors
from apps.fusion.judging.analysis import wire
from apps.runs import again
from apps.runs.again import JudgeRequest, WriterRequest
from apps.runs.models import Call
from apps.runs.reading import queries
from apps.runs.reading.sent import sent_for
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
    user = owner_of(request)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: again.estimate_judge(run, wanted, user),
        ask=lambda: again.judge_run_again(run, wanted, user),
    )


@router.post(
    "/runs/{run_id}/rewrite",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallList}),
    summary="Write again",
)
def rewrite(request: HttpRequest, run_id: RunId, body: Rewrite) -> Any:
    """Ask writers for further fused answers; nothing else is asked. The first that is ready counts from then on."""
    run = find_editable(request, run_id)
    told = again.rulings_for_writer(run) if body.rulings else ()
    wanted = WriterRequest(body.writers, body.instructions, told)
    user = owner_of(request)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: again.estimate_writers(run, wanted, user),
        ask=lambda: again.write_run_again(run, wanted, user),
    )


@router.post(
    "/runs/{run_id}/answer-check",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallRef}),
    summary="Check the answer",
)
def check_answer(request: HttpRequest, run_id: RunId, body: CheckAnswer) -> Any:
    """Ask one model whether the fused answer contradicts, leaves out or adds something; the run's `answer_check` says.

    A reply that cannot be read is not repaired: the call fails, and nothing else changes.
    """
    run = find_editable(request, run_id)
    user, model = owner_of(request), body.model or ""
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: again.estimate_check(run, model, user),
        ask=lambda: again.check_answer(run, model, user),
    )


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
    again.choose_takes(run, body.analysis, body.answer)
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
                "order": take.guidance.order,
                "beside": take.guidance.beside,
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


@router.get("/runs/{run_id}/rulings", auth=may_read, response=with_errors({200: RulingList}), summary="List rulings")
def list_rulings(request: HttpRequest, run_id: RunId) -> Any:
    """Read what people ruled on the points of the analyses, oldest first, beside the analysis that counts."""
    rulings = take_snapshot(find(request, run_id)).rulings
    return {"data": [ruling.model_dump(mode="json") for ruling in rulings]}


@router.put("/runs/{run_id}/rulings", auth=may_run, response=with_errors({200: RulingList}), summary="Rule on a point")
def put_ruling(request: HttpRequest, run_id: RunId, body: PutRuling) -> Any:
    """Rule on a point of the analysis that counts, in place of an earlier ruling on it. It costs nothing."""
    run = find_editable(request, run_id)
    wanted = RulingRequest(body.verdict, body.finding, tuple(body.right), body.text, body.comment)
    try:
        again.put_ruling(run, owner_of(request), wanted)
    except BadRuling as error:
        raise ApiError(400, "invalid_parameter", error.sentence, error.field) from None
    return list_rulings(request, run_id)


@router.delete(
    "/runs/{run_id}/rulings/{ruling_id}", auth=may_run, response=with_errors({204: None}), summary="Remove a ruling"
)
def delete_ruling(request: HttpRequest, run_id: RunId, ruling_id: CallId) -> Any:
    """Remove a ruling. Answers that were written with it stay."""
    try:
        again.delete_ruling(find_editable(request, run_id), ruling_id)
    except Ruling.DoesNotExist:
        raise not_found("ruling") from None
    return Answered(204, None)


@router.get("/calls/{call_id}/sent", auth=may_read, response=with_errors({200: SentDocument}), summary="Read a request")
def read_sent(request: HttpRequest, call_id: CallId) -> Any:
    """Read the exact messages and parameters that were sent for a call."""
    try:
        call = queries.find_call(owner_of(request), call_id)
    except Call.DoesNotExist:
        raise not_found("call") from None
    sent = sent_for(call)
    return {
        "call": call.pk,
        "model": sent.model,
        "messages": [message.model_dump(mode="json") for message in sent.messages],
        "parameters": sent.parameters,
        "dropped": list(sent.dropped),
        "json_schema": sent.schema,
        "missing": sent.missing,
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
