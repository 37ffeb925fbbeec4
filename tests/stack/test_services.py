"""The servers of the tests themselves."""

import socket

import psycopg
import pytest
import redis

from tests.conftest import OutsideCall


def test_own_postgres_killed_keeps_committed_rows(own_postgres):
    server = own_postgres()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (value int)")
        connection.execute("INSERT INTO kept VALUES (7)")

    server.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url)
    server.start()

    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(7,)]


@pytest.mark.parametrize("durable, expected", [(True, b"kept"), (False, None)])
def test_own_valkey_keeps_its_data_over_a_restart_only_if_durable(own_valkey, durable, expected):
    server = own_valkey(durable=durable)
    with redis.Redis.from_url(server.url) as client:
        client.set("key", "kept")

        server.restart()

        assert client.get("key") == expected


def test_valkey_url_is_empty_at_first(valkey_url):
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443), ("vendor.example", 443)])
def test_outside_call_raises(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET

    with socket.socket(family) as client, pytest.raises(OutsideCall):
        client.connect(address)
