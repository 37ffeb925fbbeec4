"""Backups as docs/operations.md describes them: a copy of the data folder, and a dump of a database that is in use."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fusionweb.local import backup, postgres
from fusionweb.local.errors import StackError
from fusionweb.local.folders import SERVER_USER, repair_owner
from tests.services import PASSWORD, Postgres

ROOT = Path(__file__).resolve().parents[2]
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def fill(server: Postgres, *values: int) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int PRIMARY KEY)")
        connection.cursor().executemany("INSERT INTO kept VALUES (%s)", [(value,) for value in values])


def kept(server: Postgres) -> list[int]:
    with psycopg.connect(server.url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


@pytest.fixture(scope="module")
def running() -> Iterator[Postgres]:
    """Start a server for all who keep something in it."""
    server = Postgres(durable=False)
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(running: Postgres) -> Postgres:
    """Return the server with nothing kept."""
    with psycopg.connect(running.url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
    return running


@pytest.mark.parametrize("options", ["-a", pytest.param("-r", marks=ROOT_ONLY)])
def test_copy_of_a_stopped_data_folder_starts_and_holds_everything(server: Postgres, options: str) -> None:
    copy = Postgres(durable=False)
    fill(server, 1, 2)
    server.stop()
    shutil.rmtree(copy.folder)

    subprocess.run(["cp", options, server.folder, copy.folder], check=True)
    server.start()
    try:
        copy.start()

        assert kept(copy) == [1, 2]
    finally:
        copy.close()


@ROOT_ONLY
def test_owner_is_repaired_for_all_files_and_for_no_target_of_a_link(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    (data / "base").mkdir(parents=True, mode=0o755)
    outside.write_text("")
    (data / "base" / "1").write_text("")
    (data / "link").symlink_to(outside)

    postgres.server_user()
    repair_owner(data, SERVER_USER)

    owners = {path.relative_to(tmp_path).as_posix(): path.owner() for path in (data, *data.rglob("*"))}
    assert owners == {"data": SERVER_USER, "data/base": SERVER_USER, "data/base/1": SERVER_USER, "data/link": "root"}
    assert outside.owner() == "root"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def manage(*arguments: str, url: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"DATABASE_URL": url}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_dump_of_a_database_in_use_is_private_and_restores_it_twice_over(server: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "fusionweb.dump"
    fill(server, 1, 2)
    with psycopg.connect(server.url) as reader:
        reader.execute("SELECT count(*) FROM kept")  # and its transaction stays open
        saved = manage("backup", str(file), url=server.url)
    fill(server, 3)

    assert (saved.returncode, saved.stderr) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for _ in range(2):
        restored = manage("restore", str(file), url=server.url)
        assert (restored.returncode, restored.stderr) == (0, "")
        assert kept(server) == [1, 2]


def test_dump_of_an_earlier_version_replaces_what_a_later_one_has_added(server: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "fusionweb.dump"
    fill(server, 1)
    backup.save(file, server.url)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE added (kept int REFERENCES kept)")
        connection.execute("CREATE FUNCTION newer() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute("INSERT INTO added VALUES (1)")

    for _ in range(2):  # the second time, the later version has come back
        backup.restore(file, server.url)

        assert kept(server) == [1]
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE added (kept int REFERENCES kept)")
            connection.execute("CREATE FUNCTION newer() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    backup.restore(file, server.url)


def test_dump_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "fusionweb.dump"
    file.write_text("the one before")

    failed = manage("backup", str(file), url="postgres://fusionweb:secret@127.0.0.1:9/fusionweb")

    assert (failed.returncode, failed.stderr.startswith("pg_dump failed: ")) == (1, True)
    assert "secret" not in failed.stderr
    assert file.read_text() == "the one before"


def test_restore_of_a_broken_file_changes_nothing(server: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "fusionweb.dump"
    fill(server, 1)
    backup.save(file, server.url)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    assert manage("restore", str(file), url=server.url).returncode == 1
    assert kept(server) == [1]


def test_backup_without_a_running_site_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError, match="The site does not run"):
        backup.save(tmp_path / "fusionweb.dump", "")


def test_options_of_an_address_reach_the_programs() -> None:
    found = backup._connection("postgres://me:p%40ss@db.example:6432/site?sslmode=require")

    assert found == {
        "PGHOST": "db.example", "PGPORT": "6432", "PGUSER": "me", "PGPASSWORD": "p@ss", "PGDATABASE": "site",
        "PGSSLMODE": "require",
    }  # fmt: skip


def test_database_over_tls_is_dumped_by_a_program_that_speaks_it(tmp_path: Path, monkeypatch) -> None:
    url, folder = "postgres://fusionweb:secret@127.0.0.1:9/fusionweb?sslmode=require", tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(StackError, match=r"over TLS, which the packaged pg_dump does not speak.*postgresql-client"):
        backup.save(tmp_path / "dump", url)
    program = folder / "pg_dump"
    program.write_text('#!/bin/sh\necho "$PGSSLMODE $PGHOST"\n')
    program.chmod(0o755)

    backup.save(tmp_path / "dump", url)

    assert (tmp_path / "dump").read_text() == "require 127.0.0.1\n"


@pytest.mark.parametrize("password", ["another", ""])
def test_password_that_postgres_refuses_is_told_at_once(server: Postgres, password: str) -> None:
    began = time.monotonic()

    with pytest.raises(StackError, match="PostgreSQL refuses the password that the data folder keeps"):
        postgres.is_ready(server.port, password)

    assert time.monotonic() - began < 20
    assert postgres.is_ready(server.port, PASSWORD)
