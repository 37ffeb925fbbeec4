"""A full disk is named as what it is."""

import orjson
import pytest
from django.db import OperationalError
from psycopg import errors

from apps.api.errors import of_exception

EXTEND = 'could not extend file "base/1/2": No space left on device\nHINT: Check free disk space.'


@pytest.mark.parametrize(
    "cause, words",
    [
        (errors.DiskFull(EXTEND), "The disk of the database is full"),
        (errors.IoError("could not write to file: No space left on device"), "The disk of the database is full"),
        (errors.AdminShutdown("terminating connection"), "The database does not answer"),
    ],
)
def test_failure_of_the_database_is_named(cause: Exception, words: str) -> None:
    error = OperationalError(str(cause))
    error.__cause__ = cause

    answer = of_exception(error).response()

    assert answer.status_code == 503
    assert orjson.loads(answer.content)["error"]["message"].startswith(words)
    assert answer["Retry-After"] == "5"
