"""Pooled connections: an open one is not asked whether it is, one that the server closed is replaced."""

import psycopg
import pytest
from django.db import connection
from psycopg_pool.base import AttemptWithBackoff

from fusionweb import database_pool
from tests.services import wait_until


def backend():
    """Return the server process behind the connection that the pool gives now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    connection.close()
    return pid


@pytest.fixture
def server(transactional_db):
    names = ("host", "port", "user", "password", "dbname")
    given = connection.get_connection_params()
    with psycopg.connect(**{name: given[name] for name in names}, autocommit=True) as server:
        yield server


def test_connection_that_the_server_closed_is_replaced(server):
    pids = list({backend() for _ in range(10)})
    server.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])
    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
    wait_until(lambda: server.execute(alive, [pids]).fetchone() == (0,), "the server has closed them")

    assert backend() not in pids


def test_open_connection_is_not_asked(transactional_db, monkeypatch):
    monkeypatch.setattr(database_pool, "IDLE_S", 3600)
    for _ in range(10):  # the pool gives its connections in turn, and tests before may have left some idle for long
        backend()
    asked = []
    monkeypatch.setattr(psycopg.Connection, "execute", lambda *args: asked.append(args))

    assert backend() > 0
    assert asked == []


def test_connection_that_was_idle_for_long_is_asked(transactional_db, monkeypatch):
    backend()
    asked = []
    monkeypatch.setattr(psycopg.Connection, "execute", lambda *args: asked.append(args[1]))
    monkeypatch.setattr(database_pool, "IDLE_S", 0)

    backend()

    assert asked == [""]


def test_server_that_vanishes_without_a_word_is_noticed(db):
    with connection.cursor():
        asked = connection.connection.info.get_parameters()

    assert {name: asked[name] for name in ("keepalives_idle", "tcp_user_timeout")} == {
        "keepalives_idle": "30",
        "tcp_user_timeout": "30000",
    }


def test_pool_tries_to_reconnect_every_second_however_long_the_server_is_away():
    attempt, waited_s = AttemptWithBackoff(timeout=300), 0.0
    delays = []
    for _ in range(120):
        attempt.update_delay(waited_s)
        waited_s += attempt.delay
        delays.append(attempt.delay)

    assert (min(delays) > 0.8, max(delays) < 1.2) == (True, True)
