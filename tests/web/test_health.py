"""`/healthz` and `/readyz`: every part there, and each of them away."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import redis
from django.db import connection
from django.test import Client
from pytest_django import Settings

from apps.web import health
from apps.web.health import KEPT_S, WORKER_KEYS

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clear the cached state, so that no test sees that of another, and give parts more than a second to answer."""
    health.kept_parts.forget()
    for limit in ("TIMEOUT_S", "CONNECT_TIMEOUT_S"):
        monkeypatch.setattr(health, limit, 60)


class Healthy(BaseHTTPRequestHandler):
    """A model server that is ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def model_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def valkey_url(settings: Settings) -> str:
    """Return an index of Valkey where no worker of other tests says that it lives."""
    settings.REDIS_URL = re.sub(r"(\d+)$", lambda index: str(4 + int(index[1])), settings.REDIS_URL)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    return settings.REDIS_URL


@pytest.fixture
def workers(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.mset(dict.fromkeys(WORKER_KEYS, "1"))


def test_healthz_answers_without_the_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_says_that_every_part_is_there(db: None, workers: None, model_url: str, settings: Settings) -> None:
    settings.LOCAL_MODELS = f"a={model_url} b={model_url}"

    response = Client().get("/readyz")

    parts = {"postgres": True, "valkey": True, "workers": True, "models": True}
    assert (response.status_code, response.json()) == (200, {"ready": True, "parts": parts})


def test_readyz_without_local_models_is_ready(db: None, workers: None, settings: Settings) -> None:
    settings.LOCAL_MODELS = ""

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["parts"]["models"]) == (200, None)


@pytest.mark.parametrize("missing", WORKER_KEYS)
def test_readyz_reports_that_a_worker_is_missing(
    db: None, workers: None, valkey_url: str, settings: Settings, missing: str
) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.delete(missing)

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["parts"]["workers"]) == (503, False)


def test_readyz_reports_that_valkey_is_missing(db: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    response = Client().get("/readyz")

    parts = {"postgres": True, "valkey": False, "workers": False, "models": None}
    assert (response.status_code, response.json()) == (503, {"ready": False, "parts": parts})


def test_readyz_reports_that_a_model_is_missing(db: None, workers: None, model_url: str, settings: Settings) -> None:
    settings.LOCAL_MODELS = f"a={model_url} b={NOWHERE}"

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["parts"]["models"]) == (503, False)


def test_readyz_reports_that_postgres_is_missing(
    db: None, workers: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", 9)

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["parts"]["postgres"]) == (503, False)


def test_readyz_looks_once_for_all_who_ask_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, looks = [0.0], []
    monkeypatch.setattr(health, "monotonic", lambda: clock[0])
    monkeypatch.setattr(health, "check_parts", lambda: looks.append(clock[0]) or {"postgres": True})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: Client().get("/readyz").json()["ready"], range(8)))
    clock[0] = KEPT_S
    Client().get("/readyz")

    assert (answers, looks) == ([True] * 8, [0.0, KEPT_S])
