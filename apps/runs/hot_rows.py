"""Statements that every run and every call needs, with SQL that is made once and that the server prepares once.

Django writes the SQL of a query anew each time, and the server reads and plans it anew. For these rows both take longer
than anything else that is done with them. ``tests/runs/test_hot_rows.py`` compares every one of these with the
querysets that it stands for. To switch them off, set ``HOT_ROWS=false``: the querysets then do the work. What is not
done for every run or call does not belong here. ``docs/performance.md`` has the figures.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from pydantic_core import to_jsonable_python

from apps.accounts.models import ApiKey, User
from apps.catalogue.access import is_visible
from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import Status
from apps.runs.models import UNFINISHED, Attempt, Call, CallOutput, Run, SentRequest

LARGE_IN_RUN = ("messages", "own_answers", "prompt", "tools")
"""Columns of a run that no change of status needs: they may hold images."""
LARGE_IN_OUTPUT = ("html",)


class Columns(NamedTuple):
    """The columns of a model in a SELECT, and how their values are read."""

    model: type[models.Model]
    sql: str
    names: list[str]
    readers: list[Any]

    def instance(self, values: Sequence[Any]) -> Any:
        """Return the row of these values, ``None`` where an outer join found none."""
        if values[0] is None:
            return None
        read = zip(self.readers, values, strict=True)
        return self.model.from_db(connection.alias, self.names, [f(v, None, connection) if f else v for f, v in read])


class WholeRun(NamedTuple):
    """The calls of a run, oldest first, with their outputs; their attempts; and models by reference."""

    calls: list[Call]
    attempts: list[Attempt]
    models: dict[str, Model]


@cache
def columns_of(model: type[models.Model], alias: str, without: tuple[str, ...] = ()) -> Columns:
    """Return all columns of a model but those ``without``; the first is the key."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in without]
    sql = ", ".join(f'"{alias}"."{field.column}"' for field in fields)
    readers = [getattr(field, "from_db_value", None) for field in fields]
    return Columns(model, sql, [field.attname for field in fields], readers)


def key_of_digest(digest: str) -> ApiKey | None:
    """Return the key of which this is the hash, with its owner, whether it is valid or not."""
    tables = [columns_of(ApiKey, "key"), columns_of(User, "owner")]
    sql = f"""SELECT {_selected(tables)} FROM accounts_apikey AS key
        JOIN accounts_user AS owner ON owner.id = key.owner_id WHERE key.digest = %s"""
    with _prepared() as cursor:
        cursor.execute(sql, [digest])
        found = cursor.fetchone()
    if found is None:
        return None
    key: ApiKey
    key, key.owner = _split(tables, found)
    return key


def find_models(references: Collection[str], user: User) -> dict[str, Model]:
    """Return the models of these references that a person can ask now."""
    named = _models_called(references)
    can_be_asked = (model for model in named.values() if model.can_be_asked and is_visible(model.provider, user))
    return {model.reference: model for model in can_be_asked}


def count_unfinished(owner: User, key: ApiKey | None, most: int) -> int:
    """Return how many runs of a payer have not ended, ``most`` at most."""
    # By name: of a parameter the server cannot tell that its index holds such runs alone.
    unfinished = ", ".join(f"'{status}'" for status in UNFINISHED)
    sql = f"""SELECT count(*) FROM (SELECT FROM runs_run WHERE owner_id = %s
        AND api_key_id {"= %s" if key else "IS NULL"} AND status IN ({unfinished}) LIMIT %s) AS run"""
    [[[found]]] = _rows_of_each((sql, [owner.pk, *([key.pk] if key else []), most]))
    return int(found)


def insert_run(run: Run, calls: Sequence[Call]) -> None:
    """Write a new run and its calls, at least one, with their outputs; all of them get their ids.

    A run without a team gets its owner's own.
    """
    personal = "COALESCE(given.team_id, (SELECT id FROM accounts_team WHERE personal_of_id = given.owner_id))"
    columns = [column for column in _columns_without_key(Run) if column != "team_id"]
    sql = f"""WITH run AS (INSERT INTO runs_run (team_id, {_listed(columns)})
        SELECT {personal}, {_listed(columns, "given")}
        FROM json_populate_recordset(NULL::runs_run, %s) AS given RETURNING id, team_id),
        {_inserting("SELECT run.id FROM run")}
        SELECT run.id, run.team_id, call.id FROM run, call ORDER BY call.id"""
    with _prepared() as cursor:
        cursor.execute(sql, [_document([run]), *_documents_of(calls)])
        made = cursor.fetchall()
    run.team_id = made[0][1]
    _note_stored(run, made[0][0])
    for call, (_, _, key) in zip(calls, made, strict=True):
        call.run = run
        _note_call_stored(call, key)


def insert_calls(run: Run, calls: Sequence[Call]) -> None:
    """Write new calls of a run that is stored, with their outputs; they get their ids."""
    sql = f"WITH {_inserting('SELECT %s::bigint')} SELECT id FROM call ORDER BY id"
    with _prepared() as cursor:
        cursor.execute(sql, [run.pk, *_documents_of(calls)])
        for call, (key,) in zip(calls, cursor.fetchall(), strict=True):
            _note_call_stored(call, key)


def queued_call(call_id: int, now: datetime) -> Call | None:
    """Return a queued call that is due, with its run and who pays for it, the models that it names and its inputs."""
    tables = [columns_of(Call, "call"), columns_of(Run, "run"), columns_of(User, "owner"), columns_of(ApiKey, "key")]
    of_call = f"""SELECT {_selected(tables)}
        FROM runs_call AS call JOIN runs_run AS run ON run.id = call.run_id
        JOIN accounts_user AS owner ON owner.id = run.owner_id
        LEFT JOIN accounts_apikey AS key ON key.id = run.api_key_id
        WHERE call.id = %s AND call.status = %s AND (call.not_before IS NULL OR call.not_before <= %s)"""
    [found] = _rows_of_each((of_call, [call_id, str(Status.QUEUED), now]))
    if not found:
        return None
    call: Call
    call, run, owner, key = _split(tables, found[0])
    call.run, run.owner, run.api_key = run, owner, key
    call.models_by_reference = _models_called([call.model, call.fallback, call.routed_to])
    of_inputs = f"{_of_calls(LARGE_IN_OUTPUT)} WHERE call.id = ANY(%s) ORDER BY call.id"
    inputs = _rows_of_each((of_inputs, [list(call.inputs)]))[0] if call.inputs else []
    call.input_calls = _with_outputs(inputs, LARGE_IN_OUTPUT)
    return call


def run(run_id: int) -> Run:
    """Return a run as it is now. Raises ``Run.DoesNotExist``."""
    columns = columns_of(Run, "run")
    with _prepared() as cursor:
        cursor.execute(f"SELECT {columns.sql} FROM runs_run AS run WHERE id = %s", [run_id])
        found = cursor.fetchone()
    if found is None:
        raise Run.DoesNotExist
    return columns.instance(found)  # type: ignore[no-any-return]


def locked_run(run_id: int) -> tuple[Run, list[Call]]:
    """Return a run that is locked until the transaction ends, and its calls as they are then.

    Raises ``Run.DoesNotExist``.
    """
    columns = columns_of(Run, "run", LARGE_IN_RUN)
    of_run = f"SELECT {columns.sql} FROM runs_run AS run WHERE id = %s FOR UPDATE"
    of_calls = f"{_of_calls(LARGE_IN_OUTPUT)} WHERE call.run_id = %s ORDER BY call.id"
    locked, rows = _rows_of_each((of_run, [run_id]), (of_calls, [run_id]))
    if not locked:
        raise Run.DoesNotExist
    run = columns.instance(locked[0])
    calls = _with_outputs(rows, LARGE_IN_OUTPUT)
    for call in calls:
        call.run = run
    return run, calls


def whole_run(run_id: int, references: Collection[str]) -> WholeRun:
    """Return the calls of a run with all that belongs to them, and the models of these references and of the calls."""
    attempts = columns_of(Attempt, "attempt")
    of_attempts = f"""SELECT {attempts.sql} FROM runs_attempt AS attempt JOIN runs_call AS call ON call.id = call_id
        WHERE call.run_id = %s ORDER BY call_id, ordinal"""
    of_models = f"""{_of_models()} WHERE model.reference = ANY(%s) OR model.reference IN (
        SELECT unnest(ARRAY[model, routed_to, answered_by]) FROM runs_call WHERE run_id = %s)"""
    rows, attempted, named = _rows_of_each(
        (f"{_of_calls()} WHERE call.run_id = %s ORDER BY call.id", [run_id]),
        (of_attempts, [run_id]),
        (of_models, [list(references), run_id]),
    )
    return WholeRun(_with_outputs(rows), [attempts.instance(values) for values in attempted], _by_reference(named))


def claim(call: Call, changes: Mapping[str, Any], now: datetime) -> bool:
    """Write the columns of a call that is claimed, and empty its output; False if it is not there to be claimed."""
    assigned, values = _assigned(Call, changes)
    sql = f"""WITH mine AS (UPDATE runs_call SET {assigned}
            WHERE id = %s AND claim = %s AND status = %s AND NOT cancel_requested
            AND (not_before IS NULL OR not_before <= %s) RETURNING id),
        output AS (UPDATE runs_calloutput SET text = '', reasoning = '' FROM mine
            WHERE call_id = mine.id AND (text <> '' OR reasoning <> ''))
        SELECT count(*) FROM mine"""
    with _prepared() as cursor:
        cursor.execute(sql, [*values, call.pk, call.claim, str(Status.QUEUED), now])
        return bool(cursor.fetchone()[0])


def write(
    call: Call, changes: Mapping[str, Any], output: Mapping[str, Any], attempts: Sequence[Attempt]
) -> bool | None:
    """Write columns of a call that a worker holds, of its output, and its attempts over those that are stored.

    Return whether somebody wants it stopped; ``None``, and nothing is written, if it is no longer this claim's.
    """
    of_call, of_output = _assigned(Call, changes), _assigned(CallOutput, output)
    columns = _columns_without_key(Attempt)
    replaced = ", ".join(
        f'"{column}" = EXCLUDED."{column}"' for column in columns if column not in ("call_id", "ordinal")
    )
    stored = f""", stored AS (INSERT INTO runs_attempt ({_listed(columns)})
        SELECT {_listed(columns, "given")} FROM mine, json_populate_recordset(NULL::runs_attempt, %s) AS given
        ON CONFLICT (call_id, ordinal) DO UPDATE SET {replaced})"""
    sql = f"""WITH mine AS (UPDATE runs_call SET {of_call[0]} WHERE id = %s AND claim = %s AND status = ANY(%s)
            RETURNING id, cancel_requested),
        output AS (UPDATE runs_calloutput SET {of_output[0]} FROM mine WHERE call_id = mine.id)
        {stored if attempts else ""} SELECT cancel_requested FROM mine"""
    mine: list[Any] = [call.pk, call.claim, [str(status) for status in UNFINISHED]]
    documents = [_document(attempts)] if attempts else []
    with _prepared() as cursor:
        cursor.execute(sql, [*of_call[1], *mine, *of_output[1], *documents])
        found = cursor.fetchone()
    return bool(found[0]) if found else None


def write_sent(rows: Sequence[SentRequest]) -> None:
    """Write what is sent for a call, over what is stored of an earlier try."""
    columns = _columns_without_key(SentRequest)
    sql = f"""INSERT INTO runs_sentrequest ({_listed(columns)})
        SELECT {_listed(columns, "given")} FROM json_populate_recordset(NULL::runs_sentrequest, %s) AS given
        ON CONFLICT (call_id, model) DO UPDATE SET messages = EXCLUDED.messages, schema = EXCLUDED.schema"""
    with _prepared() as cursor:
        cursor.execute(sql, [_document(rows)])


def write_html(call: Call, html: str) -> None:
    """Write the text of a call as it is shown, unless it was claimed anew."""
    with _prepared() as cursor:
        sql = "UPDATE runs_calloutput SET html = %s FROM runs_call WHERE id = call_id AND id = %s AND claim = %s"
        cursor.execute(sql, [html, call.pk, call.claim])


@cache
def _inserting(run_id: str) -> str:
    """Return the parts of a WITH that insert calls and their outputs, of two documents; ``run_id`` is a SELECT."""
    columns = [column for column in _columns_without_key(Call) if column != "run_id"]
    # Outputs are new, so they hold nothing but what a column's default in Python is.
    outputs = [field.column for field in CallOutput._meta.concrete_fields if not field.primary_key]
    return f"""call AS (INSERT INTO runs_call (run_id, {_listed(columns)})
            SELECT ({run_id}), {_listed(columns, "given")}
            FROM json_populate_recordset(NULL::runs_call, %s) AS given RETURNING id),
        output AS (INSERT INTO runs_calloutput (call_id, {_listed(outputs)})
            SELECT call.id, {_listed(outputs, "given")}
            FROM call, json_populate_record(NULL::runs_calloutput, %s) AS given)"""


def _documents_of(calls: Sequence[Call]) -> list[str]:
    """Return the documents of new calls: their rows, and the one row that all their outputs are like."""
    return [_document(calls), json.dumps(_row(CallOutput()))]


def _document(rows: Sequence[models.Model]) -> str:
    """Return rows as one parameter: with one for each of their columns the driver would keep no statement of it."""
    return json.dumps([_row(row) for row in rows])


def _row(row: models.Model) -> dict[str, Any]:
    values = {field.column: getattr(row, field.attname) for field in row._meta.concrete_fields}
    jsonable: dict[str, Any] = to_jsonable_python(values)
    return jsonable


def _note_call_stored(call: Call, key: int) -> None:
    _note_stored(call, key)
    call.output.call = call
    _note_stored(call.output, key)


def _note_stored(row: models.Model, key: int) -> None:
    """Let a row in memory be as it is now in the database."""
    row.pk = key
    row._state.adding, row._state.db = False, connection.alias


@cache
def _columns_without_key(model: type[models.Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if not field.primary_key]


def _listed(columns: Sequence[str], table: str = "") -> str:
    return ", ".join(f'{table}."{column}"' if table else f'"{column}"' for column in columns)


def _selected(tables: Sequence[Columns]) -> str:
    return ", ".join(table.sql for table in tables)


def _of_calls(without: tuple[str, ...] = ()) -> str:
    """Return a SELECT of calls and their outputs up to its WHERE."""
    tables = (columns_of(Call, "call"), columns_of(CallOutput, "output", without))
    return f"""SELECT {_selected(tables)} FROM runs_call AS call
        LEFT JOIN runs_calloutput AS output ON output.call_id = call.id"""


def _of_models() -> str:
    """Return a SELECT of models and their providers up to its WHERE."""
    tables = (columns_of(Model, "model"), columns_of(Provider, "provider"))
    return f"""SELECT {_selected(tables)} FROM catalogue_model AS model
        JOIN catalogue_provider AS provider ON provider.id = model.provider_id"""


def _models_called(references: Collection[str]) -> dict[str, Model]:
    """Return the models of these references, whether they can be asked or not."""
    return _by_reference(_rows_of_each((f"{_of_models()} WHERE model.reference = ANY(%s)", [list(references)]))[0])


def _with_outputs(rows: Sequence[Sequence[Any]], without: tuple[str, ...] = ()) -> list[Call]:
    """Return the calls of the rows of :func:`_of_calls`."""
    calls = []
    for row in rows:
        call, output = _split([columns_of(Call, "call"), columns_of(CallOutput, "output", without)], row)
        if output:
            output.call = call
        calls.append(call)
    return calls


def _by_reference(rows: Sequence[Sequence[Any]]) -> dict[str, Model]:
    """Return the models of the rows of :func:`_of_models`."""
    found = {}
    for row in rows:
        model, model.provider = _split([columns_of(Model, "model"), columns_of(Provider, "provider")], row)
        found[model.reference] = model
    return found


def _rows_of_each(*statements: tuple[str, Sequence[Any]]) -> list[list[Any]]:
    """Return the rows of several statements."""
    found = []
    with _prepared() as cursor:
        for sql, given in statements:
            cursor.execute(sql, given)
            found.append(cursor.fetchall())
    return found


@contextmanager
def _prepared() -> Iterator[CursorWrapper]:
    """Give a cursor whose statements the server reads and plans once for each connection, and not each time.

    Only these are: what querysets make is hardly ever the same twice, and the driver would keep it all.
    """
    connection.ensure_connection()
    driver = connection.connection
    usual = driver.cursor_factory, driver.prepare_threshold
    driver.cursor_factory, driver.prepare_threshold = Cursor, 0
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        driver.cursor_factory, driver.prepare_threshold = usual


def _assigned(model: type[models.Model], values: Mapping[str, Any]) -> tuple[str, list[Any]]:
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
