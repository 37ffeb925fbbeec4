"""Neither a start nor a command makes checks that would load all pages; a start checks the database. What needs no
tasks loads no Celery."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core import checks, management
from django.core.checks.registry import registry
from django.test import override_settings

import manage
from apps.accounts.management.commands.login_link import Command
from fusionweb.local import prepare


@pytest.fixture
def pages_loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Return a list that gets an item whenever the checks of addresses are made."""
    loaded: list[bool] = []

    def load_pages(**_: object) -> list[checks.CheckMessage]:
        loaded.append(True)
        return []

    before = set(registry.registered_checks)
    checks.register(load_pages, checks.Tags.urls)  # type: ignore[type-var]  # as all checks, it takes more
    yield loaded
    registry.registered_checks = before


def test_command_makes_no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(management.BaseCommand, "requires_system_checks", "__all__")
    monkeypatch.setattr("fusionweb.local.environment.join_running_stack", lambda: None)
    monkeypatch.setattr(management, "execute_from_command_line", lambda _: made.extend(Command.requires_system_checks))
    monkeypatch.setattr(sys, "argv", ["manage.py", "login_link"])

    manage.main()

    assert made == []


@pytest.mark.django_db
def test_start_loads_no_pages(pages_loaded: list[bool], monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("SITE_URL", "http://here.example")

    prepare.main()

    assert capsys.readouterr().out.splitlines()[-1].startswith("http://here.example/login/")
    assert pages_loaded == []


@pytest.mark.django_db
@override_settings(HISTORY_LANGUAGE="klingon")
def test_start_on_a_database_that_lacks_the_language_ends_with_a_sentence() -> None:
    with pytest.raises(SystemExit, match="HISTORY_LANGUAGE=klingon is not allowed"):
        prepare.main()


def test_process_manager_loads_no_celery() -> None:
    code = "import sys, fusionweb.local.supervisord; sys.exit('celery' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
