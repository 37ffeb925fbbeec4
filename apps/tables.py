"""Rows that are read and written for every run and call, with SQL that is made once.

Django writes the SQL of a query anew each time. For a row of 45 columns that takes longer than anything the database
does with it, so what every run needs goes through here. Everything else uses querysets.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import JSONField, Model

M = TypeVar("M", bound=Model)


class Table(Generic[M]):
    """The table of a model. ``columns`` is what a SELECT lists of it under ``alias``, all but those ``without``."""

    def __init__(self, model: type[M], alias: str, without: Iterable[str] = ()) -> None:
        self.model = model
        self.source = f'"{model._meta.db_table}" AS "{alias}"'
        self._fields = {field.attname: field for field in model._meta.concrete_fields}
        read = [field for field in self._fields.values() if field.attname not in set(without)]
        self.columns = ", ".join(f'"{alias}"."{field.column}"' for field in read)
        self.width = len(read)
        self._names = [field.attname for field in read]
        self._documents = [at for at, field in enumerate(read) if isinstance(field, JSONField)]

    def row(self, values: Sequence[Any]) -> M:
        """An instance of what a SELECT of the ``columns`` brought; the first is the id."""
        values = list(values)
        for at in self._documents:
            values[at] = None if values[at] is None else json.loads(values[at])
        return self.model.from_db(connection.alias, self._names, values)

    def selecting(self, rest: str) -> str:
        """The SQL of a SELECT; ``rest`` is what follows FROM."""
        return f"SELECT {self.columns} FROM {self.source} {rest}"  # noqa: S608 - names of ours

    def select(self, rest: str, parameters: Sequence[Any]) -> list[M]:
        """The rows of a SELECT; ``rest`` is what follows FROM."""
        return [row for (row,) in joined([self], f"FROM {self.source} {rest}", parameters)]

    def update(self, values: Mapping[str, Any], rest: str, parameters: Sequence[Any]) -> int:
        """Write these columns of the rows that ``rest``, a WHERE, names; how many they are."""
        written = ", ".join(f'"{self._fields[name].column}" = %s' for name in values)
        with connection.cursor() as cursor:
            sql = f"UPDATE {self.source} SET {written} {rest}"  # noqa: S608 - names of ours
            cursor.execute(sql, [*self._stored(values), *parameters])
            return int(cursor.rowcount)

    def insert(self, rows: Sequence[M]) -> None:
        """Write new rows and give them their ids.

        All go as one JSON document: the driver keeps no SQL with as many parameters as their columns would need, and
        reading it anew took longer than writing the rows.
        """
        if not rows:
            return
        with connection.cursor() as cursor:
            cursor.execute(f"{self._inserting()} RETURNING id", [self._document(rows)])
            made = cursor.fetchall()
        for row, (key,) in zip(rows, made, strict=True):
            _is_stored(row, key)

    def insert_with(self, row: M, children: "Table[Any]", rows: Sequence[Any], link: str) -> None:
        """Write a new row and, in the same statement, at least one child; its foreign key ``link`` is the row."""
        column = f"{link}_id"
        sql = f"""WITH parent AS ({self._inserting()} RETURNING id)
            {children._inserting(column)} RETURNING "{column}", id"""
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._document([row]), children._document(rows)])
            made = cursor.fetchall()
        _is_stored(row, made[0][0])
        for child, (_, key) in zip(rows, made, strict=True):
            _is_stored(child, key)
            setattr(child, link, row)

    def _inserting(self, link: str = "") -> str:
        """The SQL that writes rows that come as JSON; ``link`` is the column that takes the id of ``parent``."""
        columns = [field.column for field in self._fields.values() if not field.primary_key and field.column != link]
        listed = ", ".join(f'"{column}"' for column in columns)
        table = self.model._meta.db_table
        into, parent = (f'"{link}", {listed}', "parent.id, ") if link else (listed, "")
        return f"""INSERT INTO "{table}" ({into}) SELECT {parent}{listed}
            FROM {"parent, " if link else ""}json_populate_recordset(NULL::"{table}", %s)"""  # noqa: S608 - names of ours

    def _document(self, rows: Sequence[M]) -> str:
        written = [{field.column: getattr(row, field.attname) for field in self._fields.values()} for row in rows]
        return json.dumps(written, default=_text, ensure_ascii=False)

    def _stored(self, values: Mapping[str, Any]) -> list[Any]:
        """Values as the driver takes them."""
        return [self._fields[name].get_db_prep_save(value, connection) for name, value in values.items()]


def _text(value: Any) -> str:
    """A value for which JSON has no form, as the database reads it."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is not written as JSON.")


def _is_stored(row: Model, key: int) -> None:
    row.pk = key
    row._state.adding, row._state.db = False, connection.alias


def joined(tables: Sequence[Table[Any]], rest: str, parameters: Sequence[Any]) -> list[list[Any]]:
    """The rows of a SELECT over several tables, an instance of each (``None`` where an outer join found no row).

    ``rest`` begins with FROM and names the tables by their aliases.
    """
    listed = ", ".join(table.columns for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {listed} {rest}", parameters)
        return [_split(tables, iter(values)) for values in cursor.fetchall()]


def together(*queries: tuple[Table[Any], str, Sequence[Any]]) -> list[list[Any]]:
    """The rows of several SELECTs that go to the server at once; each sees what was committed before it began.

    A query is a table, what follows FROM, and the parameters. Errors of the later ones come when all have been sent.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        cursors = [connection.cursor() for _ in queries]
        for cursor, (table, rest, parameters) in zip(cursors, queries, strict=True):
            cursor.execute(table.selecting(rest), parameters)
    return [
        [table.row(values) for values in cursor.fetchall()]
        for cursor, (table, _, _) in zip(cursors, queries, strict=True)
    ]


def _split(tables: Sequence[Table[Any]], values: Iterator[Any]) -> list[Any]:
    parts = [[*islice(values, table.width)] for table in tables]
    return [None if part[0] is None else table.row(part) for table, part in zip(tables, parts, strict=True)]
