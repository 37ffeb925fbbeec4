"""Work beside the calls of a worker, in one thread of its own, for which no run waits.

The text of a panel call is made into HTML when its run has gone on; until then, or if its worker dies first, a page
renders the text itself. The answers that a writer's text will be compared with are read while it writes.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import TypeVar

from django.db import connection

from apps.markdown.rendering import render_markdown
from apps.runs.execution.roles import role_of
from apps.runs.execution.roles.role import Ahead
from apps.runs.lifecycle.claims import keep_html
from apps.runs.models import Call

log = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE_S = 0.1
"""Before a text is rendered, what follows in the run goes out; a page asks for it 120 ms after it heard of the end."""


def render_later(call: Call, text: str) -> None:
    """Render the text of a call that this worker has ended, and store it soon, if its role leaves that to later."""
    if text and role_of(call).renders_later:
        _thread().submit(_guarded, partial(_render, call, text, time.monotonic() + PAUSE_S), call)


def read_ahead(call: Call) -> "Future[Ahead] | None":
    """While a call streams, do what its role can do for its conclusion; ``None`` if that is nothing."""
    prepare = role_of(call).read_ahead
    # The thread's own connection: it outlives the work, and must not hold one of the database's while it is idle.
    return _thread().submit(_guarded, partial(prepare, call), call) if prepare else None


def read_so_far(ahead: "Future[Ahead] | None") -> Ahead | None:
    """Return what was prepared, ``None`` if it is not ready or could not be made."""
    return ahead.result() if ahead and ahead.done() and ahead.exception() is None else None


def _render(call: Call, text: str, due: float) -> None:
    time.sleep(max(0.0, due - time.monotonic()))
    keep_html(call, render_markdown(text))


def _guarded(do: Callable[[], T], call: Call) -> T:
    try:
        return do()
    except Exception:  # the boundary of a thread that nobody waits for: whoever needs the result makes it
        log.exception("Work beside call %s failed", call.pk)
        raise
    finally:
        connection.close()


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")
