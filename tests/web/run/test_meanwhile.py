"""Presses and pages that meet what another one has changed or deleted meanwhile, and fields that no page sends."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from apps.annotations.models import Ruling
from apps.annotations.rulings import MOST_RULINGS
from apps.fusion.vocabulary import RulingKind
from apps.runs.models import Alignment, Call, Run
from apps.runs.reading.snapshot import take_snapshot
from tests.web.run.test_page import HTMX
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)


def test_press_on_a_run_that_is_deleted_meanwhile_is_404(as_alice, run, monkeypatch):
    find = Run.objects.get

    def deleted(other):
        Run.objects.filter(pk=other.pk).delete()
        find(pk=other.pk)

    monkeypatch.setattr("apps.runs.actions.fuse_now", deleted)

    assert as_alice.post(f"{run.get_absolute_url()}fuse-now/").status_code == 404


def test_what_else_a_view_does_not_find_is_a_fault(as_alice, run, monkeypatch):
    monkeypatch.setattr("apps.runs.actions.fuse_now", lambda _: Call.objects.get(pk=0))

    with pytest.raises(Call.DoesNotExist):
        as_alice.post(f"{run.get_absolute_url()}fuse-now/")


def test_rows_of_a_run_that_is_deleted_meanwhile_are_shown_all_the_same(as_alice, run, monkeypatch):
    def refused(*_, **__):
        raise IntegrityError

    monkeypatch.setattr(Alignment.objects, "update_or_create", refused)

    assert as_alice.get(f"{run.get_absolute_url()}aligned/").status_code == 200


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "٣", "x", ""])
def test_numbers_of_calls_that_are_none_choose_nothing(as_alice, run, quiet, number):
    again = as_alice.post(f"{run.get_absolute_url()}fuse-again/", {"slot": ["A", "B"], "take": number})
    chosen = as_alice.post(f"{run.get_absolute_url()}choose/", {"analysis": number, "answer": number})

    assert (again.status_code, chosen.status_code) == (302, 302)


def test_lines_of_instructions_count_as_the_page_counts_them(as_alice, run, quiet):
    lines = "a\r\n" * 1_999  # as a form sends 3,998 characters

    as_alice.post(f"{run.get_absolute_url()}rejudge/", {"judge": "builtin/overlap", "instructions": lines})

    assert run.calls.last().guidance.instructions == ("a\n" * 1_999).strip()


def test_form_of_rulings_that_another_press_has_emptied_is_saved(as_alice, run, monkeypatch):
    Ruling.objects.create(run=run, author=run.owner, verdict=RulingKind.ADD, text="It sways.")
    snapshot = take_snapshot(run)
    Ruling.objects.all().delete()
    monkeypatch.setattr("apps.web.run.ruling_views.take_snapshot", lambda _: snapshot)

    page = as_alice.post(f"{run.get_absolute_url()}rulings/save/", {"judge": run.analysis_call_id}, headers=HTMX)

    assert page.status_code == 200


def test_more_points_than_fit_are_refused_at_once(as_alice, run):
    form = {"judge": run.analysis_call_id, "added": "\n".join(map(str, range(MOST_RULINGS + 1)))}

    with CaptureQueriesContext(connection) as queries:
        said = as_alice.post(f"{run.get_absolute_url()}rulings/save/", form, headers=HTMX)

    assert (said.content.decode(), Ruling.objects.count()) == ("A run has at most 60 rulings. Add fewer points.", 0)
    assert len(queries) < 30
