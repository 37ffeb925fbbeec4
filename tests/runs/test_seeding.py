"""`manage.py seed_history`: the disk that it says, the question before it fills it, and runs that can be found."""

from contextlib import nullcontext
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.runs.management.commands import seed_history
from apps.runs.measuring import history
from apps.runs.measuring.history import SEED_OF_TEXTS, Texts
from apps.runs.models import Call, Run, SearchRow
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from tests.factories import SMOL, make_local_preset, make_user

pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    said = StringIO()
    call_command("seed_history", *arguments, stdout=said)
    return said.getvalue()


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'runs_searchrow'")
        return {name for (name,) in cursor.fetchall()}


def test_disk_is_said_and_nothing_is_stored_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    make_local_preset()
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "n")

    assert seed("1000000").startswith("1,000,000 runs take about 29.5 GB; on this disk ")
    assert seed("1000000", "--body", "500").startswith("1,000,000 runs take about 11.5 GB; on this disk ")
    assert (len(asked), Run.objects.count(), User.objects.filter(username__startswith="history-").count()) == (2, 0, 0)


def test_runs_are_stored_for_fifty_people_and_can_be_found_and_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    make_local_preset()
    monkeypatch.setattr(seed_history, "PEOPLE", 5)

    first, second = seed("20", "--body", "64", "--yes"), seed("5", "--body", "64", "--yes")

    assert (first.splitlines()[-1], second.splitlines()[-1]) == ("20 runs", "5 runs")
    assert (Run.objects.count(), SearchRow.objects.count(), Call.objects.count()) == (25, 25, 100)
    owner = User.objects.get(username="history-03")
    common = Texts.of(SEED_OF_TEXTS).words[1]
    found = search_runs(owner, RunQuery.parse(common, timezone.localdate()))
    assert 0 < len(found.runs) <= Run.objects.filter(owner=owner).count() == 5


def test_without_a_model_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="Connect a model first"):
        seed("1", "--yes")


@pytest.mark.parametrize("end", [KeyboardInterrupt(), None], ids=["interrupted", "to its end"])
def test_indexes_are_there_however_it_ends(end: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> None:
    make_local_preset()
    monkeypatch.setattr(history, "PART", 2)
    seeding = history.seed_history([make_user("alice")], 4, SMOL, body=64)
    next(seeding)
    with_words = (
        "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = 'search_words'"
    )

    with connection.cursor() as cursor:
        cursor.execute(with_words)
        meanwhile = cursor.fetchone()
        with pytest.raises(type(end)) if end else nullcontext():
            seeding.throw(end) if end else list(seeding)
        cursor.execute(f"{with_words} AND indisvalid")

        assert (meanwhile, cursor.fetchone()) == ((0,), (1,))
    assert Run.objects.count() == (2 if end else 4)


def test_texts_come_again_to_other_people(monkeypatch: pytest.MonkeyPatch) -> None:
    make_local_preset()
    monkeypatch.setattr(history, "DISTINCT", 3)

    list(history.seed_history([make_user("alice"), make_user("bob")], 6, SMOL, body=64))

    runs = Run.objects.values_list("owner__username", "prompt")
    prompts = {name: {prompt for owner, prompt in runs if owner == name} for name in ("alice", "bob")}
    assert len(prompts["alice"]) == 3
    assert prompts["alice"] == prompts["bob"]
