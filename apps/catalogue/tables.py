"""Rows that are read and written for every run and call, with SQL that is made once.

Django writes the SQL of a query anew each time. For a row of 45 columns that takes longer than anything the database
does with it, so what every run needs goes through here. Everything else uses querysets.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
        """Write new rows and give them their ids."""
        if not rows:
            return
        names = [name for name, field in self._fields.items() if not field.primary_key]
        columns = ", ".join(f'"{self._fields[name].column}"' for name in names)
        places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(rows))
        values = [value for row in rows for value in self._stored({name: getattr(row, name) for name in names})]
        table = self.model._meta.db_table
        with connection.cursor() as cursor:
            sql = f'INSERT INTO "{table}" ({columns}) VALUES {places} RETURNING id'  # noqa: S608 - names of ours
            cursor.execute(sql, values)
            made = cursor.fetchall()
        for row, (key,) in zip(rows, made, strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, connection.alias

    def _stored(self, values: Mapping[str, Any]) -> list[Any]:
        """Values as the driver takes them."""
        return [self._fields[name].get_db_prep_save(value, connection) for name, value in values.items()]


def joined(tables: Sequence[Table[Any]], rest: str, parameters: Sequence[Any]) -> list[list[Any]]:
    """The rows of a SELECT over several tables, an instance of each (``None`` where an outer join found no row).

    ``rest`` begins with FROM and names the tables by their aliases.
    """
    listed = ", ".join(table.columns for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {listed} {rest}", parameters)
        return [_split(tables, iter(values)) for values in cursor.fetchall()]


def _split(tables: Sequence[Table[Any]], values: Iterator[Any]) -> list[Any]:
    parts = [[*islice(values, table.width)] for table in tables]
    return [None if part[0] is None else table.row(part) for table, part in zip(tables, parts, strict=True)]
