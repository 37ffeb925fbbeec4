"""Refusals in OpenAI's envelope: one class, and the handlers that make every other exception one.

    {"error": {"message": …, "type": …, "param": …, "code": …}}

``type`` follows from the status; ``code`` is stable and for programs, ``message`` says what to do.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from psycopg.errors import DiskFull

from apps.catalogue.recipes.resolve import UnknownModel
from apps.runs.starting import InvalidRun

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


NO_RETRY = {"X-Should-Retry": "false"}
"""Heeded by OpenAI's clients: asking again would not help, or would cost again."""
NO_KEY = "Send a valid API key as “Authorization: Bearer …”. The settings page makes one."
NO_DATABASE = "The database does not answer. Try again in a moment."
NO_SPACE = "The disk of the database is full, so nothing can be stored. Whoever runs the site has to free some space."


NO_OBJECT = ("model_type", "model_attributes_type", "dataclass_type", "dict_type", "mapping_type")
"""Pydantic's errors for what should be an object of JSON; its words for them are of Python's types."""
ANTHROPIC_PATHS = ("/v1/messages",)
ANTHROPIC_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
BUSY = ("overloaded", "circuit_open")
"""Codes of a vendor that takes no more now, for which Anthropic has a status of its own."""


def speaks_anthropic(request: HttpRequest) -> bool:
    """Return whether a request is in Anthropic's form, by its address or its headers."""
    return request.path.startswith(ANTHROPIC_PATHS) or "anthropic-version" in request.headers


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

    def response(self, request: HttpRequest | None = None) -> HttpResponse:
        """Return the refusal in the form of the ``request``."""
        status, envelope = self.status, self.envelope
        if request is not None and speaks_anthropic(request):
            status, envelope = self.in_anthropics_form(getattr(request, "run_id", ""))
        return HttpResponse(orjson.dumps(envelope), "application/json", status, headers=dict(self.headers))

    def in_anthropics_form(self, request_id: str = "") -> tuple[int, dict[str, Any]]:
        """Return the status and the envelope as Anthropic has them, with our own code beside."""
        status = 529 if self.status == 503 and self.code in BUSY else self.status
        kind = ANTHROPIC_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
        error = {"type": kind, "message": self.message, "param": self.param, "code": self.code}
        return status, {"type": "error", "error": error | self.extra, "request_id": request_id or None}


def not_found(what: str) -> ApiError:
    """Return the refusal for something that does not exist, or not for this key."""
    return ApiError(404, "not_found", f"There is no such {what}.")


def of_status(status: int) -> ApiError:
    """Return the refusal for a response that Django makes by itself."""
    code = CODES.get(status, "bad_request")
    return ApiError(status, code, SENTENCES.get(status, "The request cannot be understood."))


def of_invalid_run(error: InvalidRun) -> ApiError:
    """Return the refusal for a run that cannot be made, or for an action that its state does not allow."""
    if error.field == "max_cost":
        return ApiError(402, "cap_reached", error.sentence, error.field)
    if error.field == "prompt":
        return ApiError(400, "invalid_prompt", error.sentence, "messages")
    if error.field == "panel":
        return ApiError(400, "invalid_parameter", error.sentence, "panel")
    return ApiError(409, "not_now", error.sentence, error.field, headers=NO_RETRY)


def of_validation(errors: list[dict[str, Any]], body: Any = None) -> ApiError:
    """Return the refusal for the first problem of a request, with the path of the parameter in the ``body``."""
    # One is enough: pydantic has an error for every form that it tried.
    first = errors[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] in NO_OBJECT:
        message = "Send an object."
    is_missing = first["type"] == "missing"
    param = _path(first["loc"], body, is_missing)
    if first["type"] == "extra_forbidden":
        return ApiError(400, "unknown_parameter", f"There is no parameter “{param}”. Leave it out.", param)
    if is_missing:
        return ApiError(400, "missing_parameter", f"The parameter “{param or 'body'}” is missing.", param)
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        param, message = _of_tag(first, param)
    code = "unsupported_parameter" if first["type"] == "unsupported" else "invalid_parameter"
    return ApiError(400, code, f"{param}: {message}" if param else message, param)


def _path(location: Sequence[int | str], body: Any, is_missing: bool) -> str | None:
    """Return the path of a parameter: the parts of a pydantic location that lead through the body.

    The others name the member of a union that was tried, which means nothing to a client.
    """
    source, *parts = location
    if source != "body" or len(parts) < 2:
        return ".".join(map(str, parts)) or None
    names: list[str] = []
    value: Any = body
    for at, part in enumerate(parts[1:], 2):
        is_index = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if is_index or (isinstance(value, dict) and part in value):
            value = value[part]
        elif not (is_missing and at == len(parts)):
            continue
        names.append(str(part))
    return ".".join(names) or None


def _of_tag(error: Mapping[str, Any], param: str | None) -> tuple[str | None, str]:
    """Return the path and the sentence for an object whose kind is missing, or is none of those that are taken."""
    context = error.get("ctx", {})
    key = str(context.get("discriminator", "")).strip("'")
    key = key if key.isidentifier() else "type"
    path = f"{param}.{key}" if param else key
    taken = str(context.get("expected_tags", "")).replace("'", "")
    if error["type"] == "union_tag_not_found":
        return path, f"It is missing, and says of which kind this is.{f' Taken are {taken}.' if taken else ''}"
    return path, f"“{str(context.get('tag'))[:100]}” is not taken here. Taken are {taken}."


def of_exception(error: Exception, body: Any = None) -> ApiError:
    """Return any exception as a refusal, and log those that are nobody's fault but ours."""
    if isinstance(error, HttpError) and isinstance(error.__cause__, Exception):
        return of_exception(error.__cause__, body)  # it broke while the body was read
    refusal = _of_known(error, body)
    if refusal is None:
        log.error("A request broke", exc_info=error)
    return refusal or of_status(500)


def _of_known(error: Exception, body: Any) -> ApiError | None:
    match error:
        case ApiError():
            return error
        case InvalidRun():
            return of_invalid_run(error)
        case UnknownModel():
            return ApiError(404, "model_not_found", error.sentence, "model")
        case ValidationError():
            return of_validation(error.errors, body)
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

    def handle(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        body = _body_of(request) if isinstance(error, ValidationError) else None
        return of_exception(error if isinstance(error, Exception) else error(), body).response(request)

    for kind in (Exception, Http404, HttpError, ValidationError, AuthenticationError):
        api.add_exception_handler(kind, handle)


def _body_of(request: HttpRequest) -> Any:
    """Return the JSON of a body that was read before, ``None`` for any other."""
    try:
        return orjson.loads(request.body)
    except (orjson.JSONDecodeError, RequestDataTooBig, RawPostDataException):  # the last one of a form with files
        return None
