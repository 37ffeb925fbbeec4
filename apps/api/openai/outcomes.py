"""How a run that ended is answered: with its text, checked where a form was asked for, or with a refusal."""

from typing import Any

from apps.api import documents
from apps.api.errors import ApiError
from apps.fusion.prompting.answer_format import BadAnswer, checked
from apps.fusion.vocabulary import FailureCode, Status, StrategyName
from apps.runs.reading.snapshot import RunSnapshot

NO_RETRY = {"X-Should-Retry": "false"}
"""OpenAI's clients heed it: asking again would be another run, and would cost again."""
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
"""What the failure of a model that was asked alone means to the one who asked; all others are 502."""


def text_of(run: RunSnapshot, url: str) -> str:
    """The answer of a run that ended; raises :class:`ApiError` if there is none, or it has not the form asked for."""
    if run.status is not Status.DONE or run.answer is None:
        raise refusal(run, url)
    if run.recipe.answer_format is None:
        return run.answer.text
    try:
        return checked(run.answer.text, run.recipe.answer_format)
    except BadAnswer as error:
        sentence = f"The answer has not the form that was asked for. {error} The run keeps the text."
        raise ApiError(502, "invalid_answer_format", sentence, headers=NO_RETRY, **_extra(run, url)) from None


def refusal(run: RunSnapshot, url: str) -> ApiError:
    """Why there is no answer."""
    extra = _extra(run, url)
    if run.status is Status.CANCELLED:
        return ApiError(409, "cancelled", "The run was stopped before it had an answer.", headers=NO_RETRY, **extra)
    failure = run.failure
    if failure and failure.code is FailureCode.CAPPED:
        return ApiError(402, "cap_reached", failure.sentence, headers=NO_RETRY, **extra)
    if failure and failure.code is FailureCode.ALL_PANELS_FAILED and run.recipe.strategy is StrategyName.SINGLE:
        return _of_single(run, extra)
    sentence = failure.sentence if failure else "The run has no answer."
    code = failure.code.value if failure else "no_answer"
    return ApiError(502, code, sentence, headers=NO_RETRY, **extra)


def _of_single(run: RunSnapshot, extra: dict[str, Any]) -> ApiError:
    failure = run.columns[0].newest.failure
    if failure is None:
        return ApiError(502, "empty", "The model gave no answer.", headers=NO_RETRY, **extra)
    status = STATUS_OF_SINGLE.get(failure.code, 502)
    headers = NO_RETRY | ({"Retry-After": "10"} if status in (429, 503) else {})
    return ApiError(status, failure.code.value, failure.sentence, headers=headers, **extra)


def _extra(run: RunSnapshot, url: str) -> dict[str, Any]:
    return {"run_id": run.id, "url": url, "failed_models": documents.failed_models(run)}
