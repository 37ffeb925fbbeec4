"""The answer to a request once its run has ended: the text, checked where a form was asked for, or a refusal.

Statuses are chosen by what clients do with them: most ask again by themselves after 408, 409, 429 and everything from
500 on, each time for another run. So a failure that cost money and that asking again would not help is 400, and one
that has to be 5xx all the same is kept for those who ask again (:mod:`apps.api.recent_failures`).
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from apps.api import documents, recent_failures
from apps.api.answer_stream import ToolCallDelta, continued
from apps.api.errors import NO_RETRY, ApiError
from apps.fusion.prompting.answer_format import BadAnswer, checked
from apps.fusion.tools import ToolCall
from apps.fusion.values import Failure
from apps.fusion.vocabulary import FailureCode, FinishReason, Status, StrategyName
from apps.runs.models import Run
from apps.runs.reading.snapshot import RunSnapshot

CHANGED = "The answer was replaced after a part of it had been sent: read it at the run's address."
STATUS_OF_SINGLE = {
    FailureCode.INVALID_REQUEST: 400,
    FailureCode.CONTEXT_TOO_LONG: 400,
    FailureCode.RATE_LIMITED: 429,
    FailureCode.OVERLOADED: 503,
    FailureCode.CIRCUIT_OPEN: 503,
    FailureCode.TIMEOUT: 504,
    FailureCode.TOO_SLOW: 504,
    FailureCode.CAPPED: 402,
}
"""The status for the failure of a model that was asked alone; for all others 502."""
TRANSIENT = frozenset(
    {
        FailureCode.RATE_LIMITED,
        FailureCode.OVERLOADED,
        FailureCode.CIRCUIT_OPEN,
        FailureCode.UPSTREAM_ERROR,
        FailureCode.CONNECTION,
        FailureCode.BAD_STREAM,
        FailureCode.TIMEOUT,
        FailureCode.TOO_SLOW,
        FailureCode.WORKER_LOST,
    }
)
"""Failures that may be over when the request comes again."""


def answer_text(run: Run, snapshot: RunSnapshot, url: str) -> str:
    """Return the text of a run that ended, as :func:`text_of`; a failure that clients would pay again for is kept."""
    try:
        return text_of(snapshot, url)
    except ApiError as refusal:
        if refusal.status >= 500 and "X-Should-Retry" in refusal.headers:
            recent_failures.remember_failure(run)
        raise


def rest_of(run: Run, snapshot: RunSnapshot, sent: str, url: str) -> str:
    """Return the part of an answer that was not sent yet; raise :class:`ApiError` if another answer was begun."""
    text = answer_text(run, snapshot, url)
    if not text.startswith(sent):
        raise ApiError(502, "answer_changed", CHANGED, run_id=snapshot.id, url=url)
    return text[len(sent) :]


def rest_of_calls(snapshot: RunSnapshot, sent: Sequence[ToolCall], url: str) -> list[ToolCallDelta]:
    """Return the parts of an answer's tool calls that were not sent yet; raise as :func:`rest_of`.

    A call that was cut at the limit of tokens is no part of the answer; it was begun, and nothing more of it comes.
    """
    answer = snapshot.answer
    calls, rest = {call.id: call for call in answer.tool_calls} if answer else {}, []
    for place, begun in enumerate(sent):
        call = calls.pop(begun.id, None)
        if call is None and answer and answer.finish_reason is FinishReason.LENGTH:
            continue
        delta = continued(sent, place, call) if call else None
        # What was followed by the next call is over in most forms.
        if delta is None or (delta.arguments and place < len(sent) - 1):
            raise ApiError(502, "answer_changed", CHANGED, run_id=snapshot.id, url=url)
        rest += [delta] if delta.arguments else []
    return rest + [
        ToolCallDelta(place, call.id, call.name, call.arguments, is_first=True)
        for place, call in enumerate(calls.values(), len(sent))
    ]


def note_kind(request: HttpRequest, run: RunSnapshot) -> None:
    """Let headers say of which kind an answer is: most clients show their users nothing of the ``fusion`` object.

    The analysis has a status where there is one. A stream's headers are sent before anybody knows.
    """
    headers = {"X-Answer-Kind": run.answer_kind, "X-Analysis-Status": run.analysis and run.analysis.status}
    named = {name: str(value) for name, value in headers.items() if value}
    request.answer_headers = getattr(request, "answer_headers", {}) | named  # type: ignore[attr-defined]


def text_of(run: RunSnapshot, url: str) -> str:
    """Return the answer of a run that ended.

    Raises :class:`ApiError` if there is none, or if it has not the form that was asked for.
    """
    if run.status is not Status.DONE or run.answer is None:
        raise refusal_of(run, url)
    if run.recipe.answer_format is None or run.answer.tool_calls:
        return run.answer.text
    try:
        return checked(run.answer.text, run.recipe.answer_format)
    except BadAnswer as error:
        sentence = f"The answer does not have the form that was asked for. {error} The run keeps the text."
        raise ApiError(400, "invalid_answer_format", sentence, headers=NO_RETRY, **_extra(run, url)) from None


def refusal_of(run: RunSnapshot, url: str) -> ApiError:
    """Return the reason why there is no answer."""
    extra = _extra(run, url)
    failure = run.failure
    # A cap stops a run as a person does, so the reason is looked at before the status.
    if failure and failure.code is FailureCode.CAPPED:
        return ApiError(402, "cap_reached", failure.sentence, headers=NO_RETRY, **extra)
    if run.status is Status.CANCELLED:
        return ApiError(400, "cancelled", "The run was stopped before it had an answer.", headers=NO_RETRY, **extra)
    if failure and failure.code is FailureCode.ALL_PANELS_FAILED and run.recipe.strategy is StrategyName.SINGLE:
        return _of_single(run, extra)
    sentence = failure.sentence if failure else "The run has no answer."
    code = failure.code.value if failure else "no_answer"
    may_pass = any(_is_transient(column.newest.failure) for column in run.columns)
    return ApiError(502 if may_pass else 400, code, sentence, headers=_retry(run, may_pass), **extra)


def _of_single(run: RunSnapshot, extra: dict[str, Any]) -> ApiError:
    failure = run.columns[0].newest.failure
    may_pass = _is_transient(failure)
    headers = _retry(run, may_pass)
    status = STATUS_OF_SINGLE.get(failure.code, 502) if failure else 502
    # Clients retry a 502 by themselves, and would only pay for the same failure again.
    if status == 502 and not may_pass and _has_cost(run):
        status = 400
    if status in (429, 503):
        headers = headers | {"Retry-After": "10"}
    sentence = failure.sentence if failure else "The model gave no answer."
    return ApiError(status, failure.code.value if failure else "empty", sentence, headers=headers, **extra)


def _retry(run: RunSnapshot, may_pass: bool) -> dict[str, str]:
    """Return the header that forbids to ask again, unless that may help and the first time cost nothing."""
    return {} if may_pass and not _has_cost(run) else dict(NO_RETRY)


def _is_transient(failure: Failure | None) -> bool:
    return failure is not None and failure.code in TRANSIENT


def _has_cost(run: RunSnapshot) -> bool:
    """Return whether a run cost something, or may have: a model wrote, or a request may be on a bill."""
    return any(
        call.cost
        or call.text
        or call.tool_calls
        or call.usage.output_tokens
        or any(one.may_be_billed for one in call.attempts)
        for call in run.calls
    )


def _extra(run: RunSnapshot, url: str) -> dict[str, Any]:
    return {"run_id": run.id, "url": url, "failed_models": documents.failed_models(run)}
