"""Runs of clients that wait for no answer, but have to hear of their run: none is made for one that has gone."""

from django.http import HttpRequest

from apps.api.errors import ApiError
from apps.api.idempotency import IDEMPOTENCY_HEADER
from apps.api.run_requests import GONE, RunRequest, create_run_once
from apps.runs.actions import cancel_run
from apps.runs.models import Run


def create_heard_run(run_request: RunRequest, request: HttpRequest, body: bytes) -> Run:
    """Return the run that :func:`create_run_once` makes, if its client can hear of it.

    No run is made for one that has hung up, or it is stopped, unless it can still be found: under the key of the
    request, or by its webhook. Raises :class:`ApiError` then, beside what is raised there.
    """
    named = run_request.idempotency_key or request.headers.get(IDEMPOTENCY_HEADER)
    is_found = bool(named or run_request.options.webhook)
    _check_client(request, is_found=is_found)
    run = create_run_once(run_request, request, body)
    try:
        _check_client(request, is_found=is_found)
    except ApiError:
        if run.is_live():
            cancel_run(run)
        raise
    return run


def _check_client(request: HttpRequest, *, is_found: bool) -> None:
    # The thread of a request is not cancelled with it, so it looks.
    if GONE in getattr(request, "scope", {}) and not is_found:
        raise ApiError(409, "not_now", "The client hung up before it heard of its run.")
