"""What can go wrong in a request, in OpenAI's envelope: one class, and the handlers that make all others like it.

    {"error": {"message": …, "type": …, "param": …, "code": …}}

``type`` follows from the status; ``code`` is stable and for programs, ``message`` says what to do.
"""

import logging
from collections.abc import Mapping
from typing import Any

import orjson
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from psycopg.errors import DiskFull

from apps.catalogue.recipes.resolve import UnknownModel
from apps.runs.actions import InvalidRun

log = logging.getLogger(__name__)

TYPES = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    429: "rate_limit_error",
    502: "upstream_error",
    503: "unavailable_error",
    504: "timeout_error",
}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large", 500: "internal_error"}
SENTENCES = {
    404: "There is nothing at this address. The reference page lists what there is.",
    405: "This address does not take that method.",
    413: "The request is too large. Send less text, or smaller images.",
    500: "Something went wrong inside FusionWeb. The log of the server has the details.",
}


NO_KEY = "Send a valid API key as “Authorization: Bearer …”. The settings page makes one."
NO_DATABASE = "The database does not answer. Try again in a moment."
NO_SPACE = "The disk of the database is full, so nothing can be stored. Whoever runs the site has to free some space."


class ApiError(Exception):
    """A refusal: HTTP status, stable code, a sentence, and the parameter that it is about, if it is about one.

    ``extra`` joins the envelope beside ``code``; ``headers`` go with the response.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.status, self.code, self.message, self.param = status, code, message, param
        self.headers, self.extra = headers or {}, extra
        super().__init__(message)

    @property
    def envelope(self) -> dict[str, Any]:
        kind = TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        body = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": body | self.extra}

    def response(self) -> HttpResponse:
        content = orjson.dumps(self.envelope)
        return HttpResponse(content, "application/json", self.status, headers=dict(self.headers))


def not_found(what: str) -> ApiError:
    """The refusal for what does not exist, or not for this key."""
    return ApiError(404, "not_found", f"There is no such {what}.")


def of_status(status: int) -> ApiError:
    """The refusal for a response that Django makes by itself."""
    code = CODES.get(status, "bad_request")
    return ApiError(status, code, SENTENCES.get(status, "The request cannot be understood."))


def of_invalid_run(error: InvalidRun) -> ApiError:
    """A run that cannot be made, or an action that its state does not allow."""
    if error.field == "max_cost":
        return ApiError(402, "cap_reached", error.sentence, error.field)
    if error.field == "prompt":
        return ApiError(422, "invalid_prompt", error.sentence, "messages")
    return ApiError(409, "not_now", error.sentence, error.field)


def of_validation(errors: list[dict[str, Any]]) -> ApiError:
    """The first problem of a request that is not of the form asked for, with the parameter's path."""
    first = errors[0]
    path = [str(part) for part in first["loc"][1:]]
    names = [part for part in path[1:] if not part.startswith(("function-", "tagged-"))] if len(path) > 1 else path
    param = ".".join(names) or None
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return ApiError(400, "unknown_parameter", f"There is no parameter “{param}”. Leave it out.", param)
    if first["type"] == "missing":
        return ApiError(400, "missing_parameter", f"The parameter “{param or 'body'}” is missing.", param)
    code = "unsupported_parameter" if first["type"] == "unsupported" else "invalid_parameter"
    return ApiError(400, code, f"{param}: {message}" if param else message, param)


def of_exception(error: Exception) -> ApiError:
    """Any exception as a refusal; what is nobody's fault but ours is logged."""
    if isinstance(error, HttpError) and isinstance(error.__cause__, Exception):
        return of_exception(error.__cause__)  # what broke while the body was read
    refusal = _of_known(error)
    if refusal is None:
        log.error("A request broke", exc_info=error)
    return refusal or of_status(500)


def _of_known(error: Exception) -> ApiError | None:
    match error:
        case ApiError():
            return error
        case InvalidRun():
            return of_invalid_run(error)
        case UnknownModel():
            return ApiError(404, "model_not_found", error.sentence, "model")
        case ValidationError():
            return of_validation(error.errors)
        case AuthenticationError():
            return ApiError(401, "invalid_api_key", NO_KEY, headers={"WWW-Authenticate": "Bearer"})
        case RequestDataTooBig():
            return of_status(413)
        case Http404() | HttpError():
            return of_status(getattr(error, "status_code", 404))
        case ObjectDoesNotExist():
            return ApiError(404, "not_found", "It is not there any more.")
        case OperationalError() | InterfaceError():
            log.warning("The database does not answer: %s", error)
            sentence = NO_SPACE if is_disk_full(error) else NO_DATABASE
            return ApiError(503, "unavailable", sentence, headers={"Retry-After": "5"})
    return None


def is_disk_full(error: Exception) -> bool:
    """Return whether the database has no space left; it goes on by itself once there is some."""
    return isinstance(error.__cause__, DiskFull) or "No space left on device" in str(error)


def add_handlers(api: NinjaAPI) -> None:
    """Let every failure leave the API in the envelope."""

    def handle(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        return of_exception(error if isinstance(error, Exception) else error()).response()

    for kind in (Exception, Http404, HttpError, ValidationError, AuthenticationError):
        api.add_exception_handler(kind, handle)
