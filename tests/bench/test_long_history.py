"""The made-up history that the bench measures: its pages are there, its searches are right, and a vote counts."""

import json

import pytest

from apps.accounts.models import User
from apps.annotations.models import BlindVote
from apps.runs.models import Run
from apps.runs.reading import queries
from bench.long_history import LIBRARIAN, READER, seeded
from tests.factories import make_local_preset


@pytest.mark.django_db
def test_history_has_runs_votes_and_a_late_page(capsys: pytest.CaptureFixture[str]) -> None:
    make_local_preset()

    seeded(150, 3)
    seeded(200, 3)  # of a folder that was kept, only what is missing is made

    found = json.loads(capsys.readouterr().out.rpartition("SEEDED ")[2])
    reader = User.objects.get(username=READER)
    assert [Run.objects.filter(owner__username=name).count() for name in (READER, LIBRARIAN)] == [4, 3]
    assert set(found["runs"]) == set(Run.objects.filter(owner=reader).values_list("public_id", flat=True))
    assert (found["page"], found["logins"].keys()) == (2, {READER, LIBRARIAN})
    assert queries.history(User.objects.get(username=LIBRARIAN), before=found["cursor"]).runs
    assert BlindVote.objects.filter(author=reader).count() == 4
