"""`manage.py backup FILE` and `manage.py restore FILE`: the database into a file and back, while the site runs.

The file is of PostgreSQL's custom format, made and read by the packaged `pg_dump`, `pg_restore` and `psql`; for an
address with `sslmode` by the system's, since the packaged ones speak no TLS. It holds everything but what encrypts and
signs: `secret_key` stays in the data folder.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import environ

from fusionweb.local.environment import join_running_stack
from fusionweb.local.errors import StackError
from fusionweb.local.postgres import packaged_programs
from fusionweb.setting_rules import given

EMPTY = """
SET client_min_messages = warning;
DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT format('TABLE IF EXISTS %I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'
        UNION ALL SELECT format('ROUTINE IF EXISTS %s', oid::regprocedure) FROM pg_proc AS p
            WHERE pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    LOOP EXECUTE format('DROP %s CASCADE', one); END LOOP;
END $$;
"""
"""Drops the tables and routines of the schema, but for the routines that extensions have brought."""


def main(arguments: Sequence[str]) -> int:
    """Run one of the two commands. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py", description=__doc__)
    parser.add_argument("command", choices=["backup", "restore"])
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    join_running_stack()
    try:
        (save if options.command == "backup" else restore)(options.file, os.environ.get("DATABASE_URL", ""))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def save(file: Path, database_url: str) -> None:
    """Write the database to ``file``, which only its owner can read, all of it or nothing; raises ``StackError``."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as output:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", url=database_url, stdout=output.fileno())
    draft.replace(file)


def restore(file: Path, database_url: str) -> None:
    """Replace the database by what ``file`` holds, all of it or nothing; raises ``StackError``.

    It is emptied first: what a later version has added would stand in the way of the tables that it refers to. In
    between, the file's commands stand in a temporary one (``TMPDIR``).
    """
    as_commands = "--file=- --clean --if-exists --no-owner --no-privileges".split()
    at_once = "--no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1".split()
    with tempfile.TemporaryFile() as script:
        _run("pg_restore", *as_commands, str(file), url=database_url, stdout=script.fileno())
        script.seek(0)
        _run("psql", *at_once, f"--command={EMPTY}", "--file=-", url=database_url, stdin=script.fileno())


def _run(program: str, *options: str, url: str, stdin: int | None = None, stdout: int = subprocess.DEVNULL) -> None:
    """Run a program of PostgreSQL's; the address goes through its environment, as everybody can read a command line."""
    connection = _connection(url)
    command = [_path(program, connection.get("PGSSLMODE", "disable")), *options]
    done = subprocess.run(
        command,
        check=False,
        env=os.environ | connection,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise StackError(f"{program} failed: {done.stderr.strip()}")


def _path(program: str, ssl_mode: str) -> str:
    """Return where a program is that can speak to the database; raises ``StackError`` if there is none."""
    if ssl_mode == "disable":
        return str(packaged_programs() / program)
    if found := shutil.which(program):
        return found
    raise StackError(
        f"The database is reached over TLS, which the packaged {program} does not speak, and the system has none. "
        "Install PostgreSQL's client programs, not older than the server; on Debian: apt-get install postgresql-client"
    )


def _connection(url: str) -> dict[str, str]:
    """The address of a database as libpq's own variables; raises ``StackError`` if there is none."""
    if not url:
        raise StackError("The site does not run, so its database cannot be reached. Start it, or set DATABASE_URL.")
    parts = environ.Env.db_url_config(url)
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    parts["PASSWORD"] = parts.get("PASSWORD") or given(os.environ).get("DATABASE_PASSWORD", "")
    found = {variable: str(parts[name]) for name, variable in names.items() if parts.get(name)}
    options = {f"PG{name.upper()}": str(value) for name, value in parts.get("OPTIONS", {}).items()}
    return options | found
