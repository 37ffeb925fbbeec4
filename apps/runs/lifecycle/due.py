"""Work that comes due by itself, found by looking: one query a look, since most of the time nothing is due."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from apps.runs.lifecycle.outages import is_outage

log = logging.getLogger(__name__)


class Work(NamedTuple):
    """Work that ``do`` does, and the rows of which there is at least one while it is due."""

    due: Callable[[], QuerySet[Any]]
    do: Callable[[], Any]


def look(works: Sequence[Work]) -> list[bool]:
    """Return for each work whether it is due."""
    parts = [work.due().order_by().query.exists().sql_with_params() for work in works]
    sql = "SELECT " + ", ".join(f"EXISTS ({of_rows})" for of_rows, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, values in parts for value in values])
        return list(cursor.fetchone())


def _do(work: Work) -> None:
    try:
        work.do()
    except Exception as error:  # the boundary of a work
        if is_outage(error):
            raise
        log.exception("Work that is due broke, and is tried again in the next round")


def do_what_is_due(works: Sequence[Work], lock: int) -> None:
    """Do what is due, in its order; nothing while another process with this lock does.

    What follows work that was done may have become due by it, so it is done without another look. Work that breaks
    does not keep what follows from being done.
    """
    is_due = look(works)
    if not any(is_due):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            return
    try:
        for work in works[is_due.index(True) :]:
            _do(work)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
