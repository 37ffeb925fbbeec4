"""Objects of the start are left out of later collections of garbage, in web and in workers, which load no pages."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import worker_ready
from daphne import cli, http_protocol
from twisted.internet import reactor

from fusionweb import celery, web_server
from fusionweb.long_lived import keep_out_of_collections
from tests.warm_python import start_python


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_later_collections_pass_over_what_was_there() -> None:
    keep_out_of_collections()

    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 10_000


def test_nothing_is_collected_while_applications_are_loaded(tmp_path: Path) -> None:
    code = """
import gc
import django
import fusionweb.settings
print(gc.isenabled())
django.setup()
print(gc.isenabled())
"""
    log = tmp_path / "log"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "fusionweb.settings"}

    assert start_python(["-c", code], environment, log).wait(60) == 0

    assert log.read_text() == "False\nTrue\n"


def test_worker_does_it_when_it_is_ready() -> None:
    assert celery._has_started in worker_ready._live_receivers(None)


def test_worker_leaves_checks_and_with_them_the_pages_out(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[bool] = []
    monkeypatch.setattr("django.core.checks.run_checks", lambda: checks.append(True))

    DjangoWorkerFixup(celery.app).validate_models()

    assert checks == []


def test_tasks_load_neither_pages_nor_the_api(tmp_path: Path) -> None:
    code = """
import sys
from fusionweb.celery import app
app.loader.import_default_modules()
print(sorted({"apps.runs.tasks", "apps.api.tasks", "apps.web.urls", "ninja", "apps.api.errors"} & sys.modules.keys()))
"""
    log = tmp_path / "log"

    assert start_python(["-c", code], dict(os.environ), log).wait(60) == 0

    assert log.read_text() == "['apps.api.tasks', 'apps.runs.tasks']\n"


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
