"""Contradictions that are settled by looking them up, and what a person decides on what was found."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.annotations.rulings import BadRuling
from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.again_schemas import Decide, Settle, SettlementList
from apps.api.runs.further_calls import estimate_or_ask
from apps.api.runs.routes import CallId, RunId, find, find_editable
from apps.api.runs.schemas import CallRef, EstimateDocument
from apps.api.schemas import with_errors
from apps.runs import settling
from apps.runs.models import Call, Run
from apps.runs.reading.settlements import settlement_document, settlements_of

router = Router(tags=["Runs"])


@router.post(
    "/runs/{run_id}/settle",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallRef}),
    summary="Look a contradiction up",
)
def settle(request: HttpRequest, run_id: RunId, body: Settle) -> Any:
    """Let one model look up a contradiction of the analysis that counts; its finding is a proposed ruling.

    Only this call is made, with web search whether the run had it or not. Nothing of the run changes.
    """
    run, user = find_editable(request, run_id), owner_of(request)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: settling.estimate_settlement(run, body.finding, body.model, user),
        ask=lambda: settling.settle(run, body.finding, body.model, user),
    )


@router.get(
    "/runs/{run_id}/settlements", auth=may_read, response=with_errors({200: SettlementList}), summary="List settlements"
)
def list_settlements(request: HttpRequest, run_id: RunId) -> Any:
    """Read what was looked up of the run's contradictions, oldest first, and what became of it."""
    return _documents(find(request, run_id))


@router.post(
    "/runs/{run_id}/settlements/{call_id}",
    auth=may_run,
    response=with_errors({200: SettlementList}),
    summary="Decide on a settlement",
)
def decide(request: HttpRequest, run_id: RunId, call_id: CallId, body: Decide) -> Any:
    """Accept what a settlement proposes as the ruling on its point, or drop it. It costs nothing."""
    run = find_editable(request, run_id)
    try:
        settling.decide(run, owner_of(request), call_id, body.decision, body.text)
    except Call.DoesNotExist:
        raise not_found("settlement") from None
    except BadRuling as error:
        raise ApiError(400, "invalid_parameter", error.sentence, error.field) from None
    return _documents(run)


def _documents(run: Run) -> dict[str, Any]:
    return {"data": [settlement_document(one) for one in settlements_of(run)]}
