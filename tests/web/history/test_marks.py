"""Marks of runs: tags, star, archive and bin, on one, on a selection and on a whole search, and back again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.fusion.vocabulary import MarkKind, Role, Status
from apps.runs import actions, marks
from apps.runs.lifecycle import deletion
from apps.runs.lifecycle import marks as setting
from apps.runs.lifecycle.search_rows import index_own_runs
from apps.runs.models import BulkChange, Run, SavedSearch, SearchRow
from apps.runs.reading import queries
from apps.runs.spending import ledger
from tests.calls import create_call
from tests.factories import SMOL, make_run

pytestmark = pytest.mark.usefixtures("local")
MARKS = "/history/marks/"
HTMX = {"HX-Request": "true"}


def found(client: Client, search: str) -> list[str]:
    return [run.title for run in client.get("/runs/", {"q": search}).context["runs"]]


def post(client: Client, **data) -> str:
    return client.post(MARKS, data, headers=HTMX).content.decode()


def test_selection_is_tagged_and_freed_again(as_alice, alice):
    one, two, _ = (make_run(alice, title) for title in ("One", "Two", "Three"))
    index_own_runs(alice)
    Run.objects.filter(pk=two.pk).update(tags=["old"])

    html = post(as_alice, kind="tag", tag=" Rate  Limit, ", run=[one.public_id, two.public_id])

    assert "2 runs are tagged “rate-limit”." in html
    assert found(as_alice, "tag:rate-limit") == ["Two", "One"]
    assert found(as_alice, "-tag:rate-limit") == ["Three"]
    assert list(Run.objects.get(pk=two.pk).tags) == ["old", "rate-limit"]
    assert 'href="/runs/?q=tag:rate-limit"' in as_alice.get("/runs/").content.decode()
    assert "Nothing had to change." in post(as_alice, kind="tag", tag="rate limit", run=[one.public_id])
    assert "The run is no longer tagged" in post(as_alice, kind="untag", tag="rate-limit", run=[two.public_id])
    assert found(as_alice, "tag:rate-limit") == ["One"]


@pytest.mark.parametrize("tag", ["", " , ", "x" * 51])
def test_tag_that_is_none_is_refused(as_alice, alice, tag):
    run = make_run(alice)

    assert "A tag has 1 to 50 characters." in post(as_alice, kind="tag", tag=tag, run=[run.public_id])

    assert Run.objects.get().tags == []
    assert "Choose what to do" in post(as_alice, kind="explode", run=[run.public_id])


@pytest.mark.parametrize("data", [{"star": "a\0b"}, {"kind": "star", "run": ["a\0b"]}])
def test_run_that_no_database_could_hold_is_none(as_alice, data):
    assert "No run was chosen." in post(as_alice, **data)


def test_tag_with_markup_is_text(as_alice, alice):
    run = make_run(alice)

    post(as_alice, kind="tag", tag="<script>alert(1)</script>&'x", run=[run.public_id])

    html = as_alice.get("/runs/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#x27;x" in html


def test_whole_search_is_changed_part_by_part_and_undone(as_alice, alice, monkeypatch):
    monkeypatch.setattr(setting, "PART", 2)
    for number in range(5):
        make_run(alice, f"day {number}", age_s=number)
    starred = make_run(alice, "day starred", is_starred=True, age_s=9)
    make_run(alice, "night")

    html = post(as_alice, kind="star", scope="search", q="day", run=[])
    assert "2 of 6 runs" in html
    change = BulkChange.objects.get()
    assert f'hx-get="/history/marks/{change.pk}/"' in html
    assert len(found(as_alice, "starred day")) == 3
    for _ in range(3):
        setting.carry_on_changes()

    assert "5 runs are starred." in as_alice.get(f"{MARKS}{change.pk}/", headers=HTMX).content.decode()
    assert len(found(as_alice, "starred")) == 6
    html = as_alice.post(f"{MARKS}{change.pk}/undo/", headers=HTMX).content.decode()
    assert "2 of 5 runs" in html
    setting.carry_on_changes()
    setting.carry_on_changes()
    assert found(as_alice, "is:starred") == [starred.title]
    as_alice.post(f"{MARKS}{change.pk}/undo/", headers=HTMX)
    assert BulkChange.objects.count() == 2


def test_undo_in_the_middle_leaves_the_rest_as_it_is(as_alice, alice, monkeypatch):
    monkeypatch.setattr(setting, "PART", 2)
    runs = [make_run(alice, "day") for _ in range(5)]
    change = marks.change_marks(alice, MarkKind.ARCHIVE, public_ids=[run.public_id for run in runs])

    marks.undo(alice, change.pk)
    setting.carry_on_changes()

    assert not Run.objects.filter(is_archived=True).exists()
    assert not BulkChange.objects.filter(ended_at=None).exists()


def test_wrong_or_broad_search_changes_nothing(as_alice, alice):
    make_run(alice, "day")

    assert "Did you mean “agreement”?" in post(as_alice, kind="bin", scope="search", q="agremeent<1")
    assert "No run was chosen." in post(as_alice, kind="bin", scope="search", q="the")

    assert Run.objects.filter(binned_at=None).count() == 1


def test_nobody_changes_the_runs_of_others(as_charlie, alice):
    run = make_run(alice)
    change = marks.change_marks(alice, MarkKind.STAR, public_ids=[run.public_id])

    for kind in MarkKind:
        post(as_charlie, kind=kind, tag="x", run=[run.public_id])
        post(as_charlie, **{kind: run.public_id})

    assert as_charlie.post(f"{MARKS}{change.pk}/undo/").status_code == 404
    row = Run.objects.get()
    assert (row.is_starred, row.is_archived, row.tags, row.binned_at) == (True, False, [], None)


def test_archived_runs_are_found_only_when_asked_for(as_alice, alice):
    make_run(alice, "Kept")
    run = make_run(alice, "Put away")

    post(as_alice, kind="archive", run=[run.public_id])

    assert found(as_alice, "") == ["Kept"]
    assert found(as_alice, "status:done") == ["Kept"]
    assert found(as_alice, "archived") == ["Put away"]
    assert as_alice.get(run.get_absolute_url()).status_code == 200


def test_run_in_the_bin_is_nowhere_but_there(as_alice, as_charlie, alice):
    run = make_run(alice, "Quince")
    share = actions.share_run(run)
    assert found(as_alice, "quince") == ["Quince"]

    html = post(as_alice, bin=run.public_id)

    assert "The run is in the bin for 30 days." in html
    assert found(as_alice, "quince") == found(as_alice, "") == []
    assert as_alice.get(run.get_absolute_url()).status_code == 404
    assert Client().get(share.get_absolute_url()).status_code == 404
    assert "Quince" in as_alice.get("/history/bin/").content.decode()
    assert "Quince" not in as_charlie.get("/history/bin/").content.decode()
    as_alice.post(f"{MARKS}{BulkChange.objects.get().pk}/undo/")
    assert found(as_alice, "quince") == found(as_alice, "") == ["Quince"]
    assert Client().get(share.get_absolute_url()).status_code == 404
    assert found(as_alice, "is:shared") == []


def test_live_run_is_stopped_before_it_goes_into_the_bin(as_alice, alice):
    run = make_run(alice, status=Status.RUNNING, ended_at=None)
    create_call(run, Role.PANEL, "A", model=SMOL, status=Status.QUEUED)

    post(as_alice, bin=run.public_id)

    assert not Run.objects.live().exists()
    assert Run.objects.get().binned_at


def test_bin_is_emptied_after_thirty_days_and_spending_stays(alice):
    old, young = make_run(alice, "Old"), make_run(alice, "Young")
    create_call(old, Role.PANEL, "A", model=SMOL, status=Status.DONE, cost="0.5", claim=1, ended_at=timezone.now())
    spent = ledger.spent_by(alice, ledger.start_of_month())
    marks.change_marks(alice, MarkKind.BIN, public_ids=[old.public_id, young.public_id])
    Run.objects.filter(pk=old.pk).update(binned_at=timezone.now() - timedelta(days=30, minutes=1))

    deletion.empty_bins()

    assert list(Run.objects.all()) == [young]
    assert ledger.spent_by(alice, ledger.start_of_month()) == spent > 0


def test_title_note_and_tags_are_edited_and_found(as_alice, alice):
    run = make_run(alice, "Why?")
    address = f"/runs/{run.public_id}/details/"
    assert "Run details" in as_alice.get(address).content.decode()

    answer = as_alice.post(address, {"title": "Fruit", "note": "Compare with quinces", "tags": "A b, c,,"})

    assert answer.url == run.get_absolute_url()
    assert list(Run.objects.get().tags) == ["a-b", "c"]
    for search in ("fruit", "quince", "has:note tag:a-b", "has:tag"):
        assert found(as_alice, search) == ["Fruit"]
    refused = as_alice.post(address, {"title": " ", "note": "<b>", "tags": ""})
    assert (refused.status_code, Run.objects.get().title) == (422, "Fruit")
    assert "A title has 1 to 200 characters." in refused.content.decode()


def test_searches_are_saved_renamed_pinned_and_dropped(as_alice, as_charlie, alice):
    make_run(alice)
    saved = "/history/searches/"

    answer = as_alice.post(saved, {"q": "has:contradiction cost>0.05", "name": "Dear & <b>split</b>"})
    as_alice.post(saved, {"q": "starred", "name": ""})

    assert answer.url == "/runs/?q=has%3Acontradiction+cost%3E0.05"
    html = as_alice.get("/runs/").content.decode()
    assert '<a class="tag" href="/runs/?q=starred">starred</a>' in html
    assert "Dear &amp; &lt;b&gt;split&lt;/b&gt;" in html
    first, second = SavedSearch.objects.order_by("pk")
    assert as_charlie.post(f"{saved}{first.pk}/pin/").status_code == 404
    assert as_charlie.post(f"{saved}{first.pk}/delete/").status_code == 404
    assert as_charlie.post(f"{saved}{first.pk}/rename/", {"name": "Mine"}).status_code == 404
    for name, sentence in (("starred", "is called “starred”"), (" ", "A name has 1 to 60"), ("Split  runs", "now.")):
        assert sentence in as_alice.post(f"{saved}{first.pk}/rename/", {"name": name}, follow=True).content.decode()
    first.refresh_from_db()
    assert (first.name, first.query) == ("Split runs", "has:contradiction cost>0.05")
    as_alice.post(f"{saved}{second.pk}/pin/")
    assert '<a class="tag" href="/runs/?q=starred">' not in as_alice.get("/runs/").content.decode()
    as_alice.post(f"{saved}{second.pk}/delete/")
    as_alice.post(saved, {"q": "agremeent<1", "name": "Wrong"})
    as_alice.post(saved, {"q": "", "name": "Empty"})
    assert list(SavedSearch.objects.all()) == [first]


def test_marks_take_as_many_queries_for_many_runs_as_for_one(alice):
    def count(runs: list[Run]) -> int:
        with CaptureQueriesContext(connection) as captured:
            marks.change_marks(alice, MarkKind.TAG, "x", [run.public_id for run in runs])
        return len(captured)

    once = count([make_run(alice)])

    assert count([make_run(alice) for _ in range(9)]) == once
    queries.history(alice)
    assert SearchRow.objects.count() == 0
