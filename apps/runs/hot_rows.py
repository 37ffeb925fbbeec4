"""Statements that every call needs, with SQL that is made once: a call on its way to a worker, and how it ended.

Django writes the SQL of a query anew each time, which for these rows takes longer than anything the database does with
it, and they would need more round trips. ``tests/runs/test_hot_rows.py`` compares every one with the queryset that it
stands for. To switch them off, set ``HOT_ROWS=false``: the querysets then do the work. Nothing else may be added here.

CPU of a worker without and with them, in ms, medians of 200: a call with its run and who pays 2.4 and 0.7, the end of a
panel's call 5.6 and 3.2. A run has five calls, three of which end one after the other.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model
from pydantic_core import to_jsonable_python

from apps.accounts.models import ApiKey, User
from apps.fusion.vocabulary import Status
from apps.runs.models import UNFINISHED, Attempt, Call, CallOutput, Run

LARGE_IN_RUN = ("messages", "prompt")
"""Columns of a run that no change of status needs: they may hold images."""
LARGE_IN_OUTPUT = ("html",)


class Columns(NamedTuple):
    """The columns of a model in a SELECT, and how their values are read."""

    model: type[Model]
    sql: str
    names: list[str]
    readers: list[Any]

    def instance(self, values: Sequence[Any]) -> Any:
        """Return the row of these values, ``None`` where an outer join found none."""
        if values[0] is None:
            return None
        read = zip(self.readers, values, strict=True)
        return self.model.from_db(connection.alias, self.names, [f(v, None, connection) if f else v for f, v in read])


@cache
def columns_of(model: type[Model], alias: str, without: tuple[str, ...] = ()) -> Columns:
    """Return all columns of a model but those ``without``; the first is the key."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in without]
    sql = ", ".join(f'"{alias}"."{field.column}"' for field in fields)
    readers = [getattr(field, "from_db_value", None) for field in fields]
    return Columns(model, sql, [field.attname for field in fields], readers)


def queued_call(call_id: int, now: datetime) -> Call | None:
    """Return a queued call that is due, with its run and who pays for it."""
    tables = [columns_of(Call, "call"), columns_of(Run, "run"), columns_of(User, "owner"), columns_of(ApiKey, "key")]
    sql = f"""SELECT {", ".join(table.sql for table in tables)}
        FROM runs_call AS call JOIN runs_run AS run ON run.id = call.run_id
        JOIN accounts_user AS owner ON owner.id = run.owner_id
        LEFT JOIN accounts_apikey AS key ON key.id = run.api_key_id
        WHERE call.id = %s AND call.status = %s AND (call.not_before IS NULL OR call.not_before <= %s)"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [call_id, str(Status.QUEUED), now])
        found = cursor.fetchone()
    if found is None:
        return None
    call: Call
    call, run, owner, key = _split(tables, found)
    call.run, run.owner, run.api_key = run, owner, key
    return call


def locked_run(run_id: int) -> tuple[Run, list[Call]]:
    """Return a run that is locked until the transaction ends, and its calls as they are then; one round trip.

    Raises ``Run.DoesNotExist``.
    """
    run_columns = columns_of(Run, "run", LARGE_IN_RUN)
    tables = [columns_of(Call, "call"), columns_of(CallOutput, "output", LARGE_IN_OUTPUT)]
    of_run = f"SELECT {run_columns.sql} FROM runs_run AS run WHERE id = %s FOR UPDATE"  # noqa: S608 - names of ours
    of_calls = f"""SELECT {", ".join(table.sql for table in tables)} FROM runs_call AS call
        LEFT JOIN runs_calloutput AS output ON output.call_id = call.id
        WHERE call.run_id = %s ORDER BY call.id"""  # noqa: S608 - names of ours
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        cursors = [connection.cursor() for _ in range(2)]
        for cursor, sql in zip(cursors, (of_run, of_calls), strict=True):
            cursor.execute(sql, [run_id])
    locked, rows = (cursor.fetchall() for cursor in cursors)
    if not locked:
        raise Run.DoesNotExist
    run = run_columns.instance(locked[0])
    calls = []
    for row in rows:
        call, output = _split(tables, row)
        call.run = run
        if output:
            output.call = call
        calls.append(call)
    return run, calls


def write_end(call: Call, ending: dict[str, Any], output: dict[str, Any], attempts: Sequence[Attempt]) -> bool:
    """Write the columns of a call that ended, its output and its attempts; False if it is no longer this claim's."""
    mine = 'WHERE "id" = %s AND "claim" = %s AND "status" = ANY(%s)'
    changes = [_assigned(Call, ending), _assigned(CallOutput, output)]
    columns = [field.column for field in Attempt._meta.concrete_fields if not field.primary_key]
    given = ", ".join(f'given."{column}"' for column in columns)
    replaced = ", ".join(f'"{column}" = EXCLUDED."{column}"' for column in columns[2:])
    stored = f""", stored AS (
        INSERT INTO runs_attempt ({given.replace("given.", "")})
        SELECT {given} FROM mine, json_populate_recordset(NULL::runs_attempt, %s) AS given
        ON CONFLICT (call_id, ordinal) DO UPDATE SET {replaced})"""  # noqa: S608 - names of ours
    rows = [{field.column: getattr(one, field.attname) for field in one._meta.concrete_fields} for one in attempts]
    document = [json.dumps(to_jsonable_python(rows))] if attempts else []
    sql = f"""WITH mine AS (UPDATE runs_call SET {changes[0][0]} {mine} RETURNING "id"),
        output AS (UPDATE runs_calloutput SET {changes[1][0]} FROM mine WHERE call_id = mine.id)
        {stored if attempts else ""} SELECT count(*) FROM mine"""  # noqa: S608 - names of ours
    who = [call.pk, call.claim, [str(status) for status in UNFINISHED]]
    parameters = [*changes[0][1], *who, *changes[1][1], *document]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.fetchone()[0])


def _assigned(model: type[Model], values: dict[str, Any]) -> tuple[str, list[Any]]:
    """Return the assignments of an UPDATE, and their parameters."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    sql = ", ".join(f'"{fields[name].column}" = %s' for name in values)
    return sql, [fields[name].get_db_prep_save(value, connection) for name, value in values.items()]


def _split(tables: Sequence[Columns], values: Sequence[Any]) -> list[Any]:
    parts, at = [], 0
    for table in tables:
        parts.append(table.instance(values[at : at + len(table.names)]))
        at += len(table.names)
    return parts
