"""Errors of the database: it is away, has no room, or refuses what it was asked."""

from django.db import InterfaceError, OperationalError

MOST_REFUSED = 5
"""Tries after which something that the database refuses, although it answers, is given up."""
_PASSING = ("08", "53", "57P", "58")
"""Beginnings of SQLSTATE: connections, resources such as disk and memory, shutdowns, and the system beneath."""


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of a database error, '' where no database said anything."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_refusal(state: str) -> bool:
    """Return whether a state is about the statement itself, such as a deadlock, a time limit or a size.

    A few more tries tell whether it stays; all others go away by themselves, however long that takes.
    """
    return bool(state) and not state.startswith(_PASSING)


def is_outage(error: BaseException) -> bool:
    """Return whether an error says that the database is away or has no room: then nothing else can be done either."""
    return isinstance(error, OperationalError | InterfaceError) and not is_refusal(state_of(error))
