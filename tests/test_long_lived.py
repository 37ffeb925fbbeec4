"""Objects of the start are left out of later collections of garbage, in web and in workers, which load no pages."""

import gc
import os
from collections.abc import Iterator

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import worker_ready
from daphne import cli, http_protocol
from twisted.internet import reactor

from fusionweb import celery, web_server
from fusionweb.long_lived import keep_out_of_collections


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_later_collections_pass_over_what_was_there() -> None:
    keep_out_of_collections()

    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 10_000


def test_worker_does_it_when_it_is_ready() -> None:
    assert celery._has_started in worker_ready._live_receivers(None)


def test_worker_leaves_checks_and_with_them_the_pages_out(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[bool] = []
    monkeypatch.setattr("django.core.checks.run_checks", lambda: checks.append(True))

    DjangoWorkerFixup(celery.app).validate_models()

    assert checks == []


def test_web_does_it_when_its_loop_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    ends: list[int] = []
    monkeypatch.setattr(reactor, "callWhenRunning", begun.append, raising=False)
    monkeypatch.setattr(cli.CommandLineInterface, "entrypoint", lambda: None)
    monkeypatch.setattr(os, "_exit", ends.append)
    own = (http_protocol, "WebRequest"), (cli, "AccessLogGenerator"), (cli.CommandLineInterface, "server_class")
    for place, name in own:
        monkeypatch.setattr(place, name, getattr(place, name))  # main puts its own there

    web_server.main()

    assert (begun, ends) == ([keep_out_of_collections], [0])
