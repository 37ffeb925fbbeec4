"""Judges and peer reviewers beside what counts: the order is checked, another model judges, the panel reviews."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api.auth import may_run, owner_of
from apps.api.runs.again_schemas import AskSecondJudge, OrderCheck, ReviewAnswers
from apps.api.runs.further_calls import estimate_or_ask
from apps.api.runs.routes import RunId, find_editable
from apps.api.runs.schemas import CallList, CallRef, EstimateDocument
from apps.api.schemas import with_errors
from apps.runs import second_opinions

router = Router(tags=["Runs"])


@router.post(
    "/runs/{run_id}/order-check",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallList}),
    summary="Check the order",
)
def check_order(request: HttpRequest, run_id: RunId, body: OrderCheck) -> Any:
    """Let the judge read the same answers in other orders: one more of two answers, two more of three and more.

    Only these judge calls are made. The analysis then has `stability`; a call that fails leaves it as it was.
    """
    run = find_editable(request, run_id)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: second_opinions.estimate_order_check(run, owner_of(request)),
        ask=lambda: second_opinions.check_order(run, owner_of(request)),
    )


@router.post(
    "/runs/{run_id}/second-judge",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallRef}),
    summary="Ask a second judge",
)
def ask_second_judge(request: HttpRequest, run_id: RunId, body: AskSecondJudge) -> Any:
    """Ask another model to judge the same answers; only this call is made. The run then has `second_judges`."""
    run = find_editable(request, run_id)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: second_opinions.estimate_second_judge(run, body.judge, owner_of(request)),
        ask=lambda: second_opinions.ask_second_judge(run, body.judge, owner_of(request)),
    )


@router.post(
    "/runs/{run_id}/peer-review",
    auth=may_run,
    response=with_errors({200: EstimateDocument, 201: CallList}),
    summary="Ask for a peer review",
)
def review_answers(request: HttpRequest, run_id: RunId, body: ReviewAnswers) -> Any:
    """Let each panellist rank the others' answers, and say in both orders whether the fused one is better than its own.

    Three calls a panellist, two where there are only two answers, one where nothing was fused. The run has the result.
    """
    run = find_editable(request, run_id)
    return estimate_or_ask(
        request,
        run,
        dry_run=body.dry_run,
        estimate=lambda: second_opinions.estimate_review(run),
        ask=lambda: second_opinions.review_answers(run),
    )
