"""The start of a run for a request in a vendor's form, with the notices that its answer has to carry."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.http import HttpRequest

from apps.accounts.models import User
from apps.api.answer_stream import stop
from apps.api.auth import owner_of
from apps.api.idempotency import IDEMPOTENCY_HEADER
from apps.api.run_requests import GONE, UNHEARD, RunRequest, create_run_once, run_url
from apps.catalogue.recipes import presets
from apps.runs.models import Run
from apps.runs.reading import queries

log = logging.getLogger(__name__)

FindRun = Callable[[str], Run | None]
"""Finds a run of the key's owner by its public id."""

WRITER_TAKES_NONE = "Accepted without effect: tools. The writer of this fusion takes none."
OTHER_PRESET = "There is no preset “{}” here; the default preset “{}” was asked instead."
_stopping: set[asyncio.Task[None]] = set()
"""The stops under way: the loop alone keeps no task alive."""


class ModelRequest(Protocol):
    """A request in any form, which names its parameters without effect, and says so in sentences."""

    @property
    def ignored(self) -> tuple[str, ...]: ...
    @property
    def notices(self) -> list[str]: ...
    @property
    def is_detached(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Started:
    """A run, the address of its page, and sentences on what of the request had no effect.

    ``is_detached``: it goes on when its client hangs up, as does one with an idempotency key: others may wait for it,
    and the client may ask for it again. ``scope`` is that of the request, which may hold ``UNHEARD`` and ``GONE``.
    """

    run: Run
    url: str
    notices: list[str]
    is_detached: bool
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def outlasts_client(self) -> bool:
        """Return whether the run goes on when its client hangs up."""
        return bool(self.is_detached or self.run.idempotency_key)


async def start(request: HttpRequest, body: ModelRequest, run_request_of: Callable[[FindRun], RunRequest]) -> Started:
    """Make the run of a request, once; raise :class:`ApiError` or ``UnknownModel``.

    The thread that makes it does not notice that the client hangs up meanwhile, so the run is stopped behind it. A view
    that begins afterwards is not cancelled, so it looks.
    """
    scope = getattr(request, "scope", {})
    if GONE in scope and not (body.is_detached or request.headers.get(IDEMPOTENCY_HEADER)):
        raise asyncio.CancelledError
    making = asyncio.ensure_future(_start(request, body, run_request_of))
    try:
        started: Started = await asyncio.shield(making)
    except asyncio.CancelledError:
        await _stop_behind(making)
        raise
    if GONE in scope:
        await _stop_behind(making)
        raise asyncio.CancelledError
    if not started.outlasts_client:
        started.scope[UNHEARD] = partial(stop, started.run.pk)
    return started


async def _stop_behind(making: asyncio.Future[Started]) -> None:
    """Stop the run of a client that has gone once it is made, also if the wait for that is cancelled."""
    stopping = asyncio.create_task(_stop_once_made(making))
    _stopping.add(stopping)
    stopping.add_done_callback(_stopping.discard)
    await asyncio.shield(stopping)


async def _stop_once_made(making: asyncio.Future[Started]) -> None:
    """Stop a run whose client has gone, unless it goes on all the same."""
    try:
        started = await making
    except Exception:  # noqa: BLE001 - nobody is there to be told
        return
    if started.outlasts_client:
        return
    try:
        await stop(started.run.pk)
    except Exception:
        log.exception("Run %s, whose client has gone, could not be stopped", started.run.public_id)


@database_sync_to_async
def _start(request: HttpRequest, body: ModelRequest, run_request_of: Callable[[FindRun], RunRequest]) -> Started:
    """Make the run. What has no effect is noted at the request: a header names it, whatever comes of it."""
    request.ignored_parameters = body.ignored  # type: ignore[attr-defined]
    owner = owner_of(request)
    run_request, notices = with_a_preset_that_exists(run_request_of(finder(owner)), owner)
    run = create_run_once(run_request, request, request.body)
    request.run_id = run.public_id  # type: ignore[attr-defined]
    if run.tools and run.tools.skips_panel:
        said = getattr(request, "answer_headers", {})
        request.answer_headers = said | {"X-Panel": "skipped"}  # type: ignore[attr-defined]
    if run_request.tools and not (run.tools and run.tools.tools):
        request.ignored_parameters = (*body.ignored, "tools")  # type: ignore[attr-defined]
        notices = [*notices, WRITER_TAKES_NONE]
    scope = getattr(request, "scope", {})
    return Started(run, run_url(request, run.public_id), [*body.notices, *notices], body.is_detached, scope)


def finder(owner: User, look_up: Callable[[User, str], Run] = queries.find_run) -> FindRun:
    """Return the look-up of a run by its public id, among those that its owner may read and wanted to be stored."""

    def find(public_id: str) -> Run | None:
        try:
            run = look_up(owner, public_id)
        except Run.DoesNotExist:
            return None
        return run if run.is_kept else None

    return find


def with_a_preset_that_exists(run_request: RunRequest, owner: User) -> tuple[RunRequest, list[str]]:
    """Return the request with the default preset where a hosted service's has no counterpart here, and a notice."""
    slug = run_request.options.preset
    if not run_request.has_hosted_preset or slug is None:
        return run_request, []
    visible = list(presets.choosable_presets(owner))
    if any(preset.slug == slug for preset in visible) or not visible:
        return run_request, []
    options = run_request.options.model_copy(update={"preset": None})
    return replace(run_request, options=options), [OTHER_PRESET.format(slug, visible[0].slug)]
