"""What is left to do for a call when its run has gone on: in a thread of its own, its text is made into HTML.

Until then, or if its worker dies first, a page renders the text itself.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.db import connection

from apps.runs.claims import keep_html
from apps.runs.models import Call
from apps.runs.rendering import render_markdown

log = logging.getLogger(__name__)

PAUSE_S = 0.3
"""Before that, what follows in the run goes out; a page asks for the text 120 ms after it heard of the end."""


def render_later(call: Call, text: str) -> None:
    """Render the text of a call that ended, and store it, soon."""
    _thread().submit(_render, call, text, time.monotonic() + PAUSE_S)


def _render(call: Call, text: str, due: float) -> None:
    time.sleep(max(0.0, due - time.monotonic()))
    try:
        keep_html(call, render_markdown(text))
    except Exception:  # the boundary of a thread that nobody waits for; the text itself is stored
        log.exception("The text of call %s was not rendered; pages do it", call.pk)
    finally:
        connection.close()


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="html")
