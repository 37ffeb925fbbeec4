"""Many stored runs at once: copies of the newest run and its calls, made inside the database.

`add` is for the bench; `copy_newest_run` runs in a process of Django's that is joined to the stack.
"""

import subprocess
import sys
from typing import Any

from bench.stack import BASE_DIR, Stack

SECONDS = 1800


def add(stack: Stack, count: int) -> int:
    """Store so many more runs; gives the size of the database afterwards, bytes."""
    code = f"from bench.stored import copy_newest_run; print('SIZE', copy_newest_run({count}))"
    command = [sys.executable, "manage.py", "shell", "-c", code]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=stack.environment, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return int(done.stdout.split("SIZE ")[1])


def copy_newest_run(count: int) -> int:
    """Copy it ``count`` times, a second apart into the past; findings and shares are left out."""
    from django.db import connection  # noqa: PLC0415 - the bench itself lives without Django

    from apps.runs.models import Attempt, Call, CallOutput, Run  # noqa: PLC0415

    run = Run.objects.filter(title="Count.").latest("id")
    own = {
        "public_id": "substr(md5(random()::text), 1, 12)",
        "created_at": "created_at - number * interval '1 second'",
        "answer_call_id": "NULL",
        "analysis_call_id": "NULL",
        "title": "'Stored'",
    }
    with connection.cursor() as cursor:
        newest = Run.objects.latest("id").pk
        cursor.execute(
            f"INSERT INTO runs_run ({_columns(Run)}) SELECT {_columns(Run, own)}"  # noqa: S608 - no input of anybody
            " FROM runs_run, generate_series(1, %s) AS number WHERE id = %s",
            [count, run.pk],
        )
        cursor.execute(
            f"INSERT INTO runs_call ({_columns(Call)}) SELECT {_columns(Call, {'run_id': 'copies.id'}, 'runs_call.')}"  # noqa: S608
            " FROM runs_call, runs_run AS copies WHERE runs_call.run_id = %s AND copies.id > %s",
            [run.pk, newest],
        )
        for part in (CallOutput, Attempt):
            table = part._meta.db_table
            columns = _columns(part, table=f"{table}.")
            names = columns.replace(f"{table}.", "")
            cursor.execute(
                f"INSERT INTO {table} (call_id, {names}) SELECT copy.id, {columns}"  # noqa: S608 - as above
                f" FROM {table} JOIN runs_call AS call ON call.id = {table}.call_id"
                " JOIN runs_call AS copy USING (stage, role, slot, take) WHERE call.run_id = %s AND copy.run_id > %s",
                [run.pk, newest],
            )
        cursor.execute("ANALYZE")
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _columns(model: Any, own: dict[str, str] | None = None, table: str = "") -> str:
    """Return the columns of a model except its id and its call, each as it is or as ``own`` says."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "call"]
    names = [field.column for field in fields]
    return ", ".join((own or {}).get(name, f"{table}{name}") for name in names)
