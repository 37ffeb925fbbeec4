"""Runs are found by models whose provider was deleted: by a part of the reference that they keep."""

import pytest
from django.utils import timezone

from apps.fusion.vocabulary import Role, Status
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from tests.calls import create_call
from tests.factories import SMOL, make_local_preset, make_run, make_user

GONE = "anthropic/claude-3-opus-20240229"


@pytest.mark.parametrize(
    "text, titles_found",
    [
        ("model:claude", ["Judged by smol"]),
        ("model:claude-3-op", ["Judged by smol"]),
        ("model:CLAUD", ["Judged by smol"]),
        (f"model:{GONE}", ["Judged by smol"]),
        ("model:anthropic/", ["Judged by smol"]),
        ("-model:claude", ["Judged by claude"]),
        ("judge:opus", ["Judged by claude"]),
        ("model:claude-4", []),
        ("model:c.aude", []),
        ("model:claude judge:claude", []),
        ("model:smol", ["Judged by claude"]),
    ],
)
@pytest.mark.django_db
def test_model_that_is_gone_is_found_by_a_part_of_its_reference(text, titles_found):
    make_local_preset()
    alice = make_user("alice")
    for title, panel, judge in (("Judged by claude", SMOL, GONE), ("Judged by smol", GONE, SMOL)):
        run = make_run(alice, title)
        create_call(run, Role.PANEL, "A", model=panel, status=Status.DONE)
        create_call(run, Role.JUDGE, model=judge, status=Status.DONE)

    found = search_runs(alice, RunQuery.parse(text, timezone.localdate()))

    assert [run.title for run in found.runs] == titles_found
