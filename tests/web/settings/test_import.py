"""The import page: what it says of an archive, and how imported runs are marked."""

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.archives.importing import LOCK_OF_IMPORTS
from apps.archives.opening import ON_THE_SERVER, Bounds
from apps.runs.models import Run
from apps.web.progress import ProgressLine
from apps.web.settings import import_views
from tests.archives.world import archive_of, changed, empty, make_everything, make_whole_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")
IMPORT = "/settings/import/"


def upload(client: Client, archive: bytes, **data: str) -> str:
    """Send an archive and return the page that comes."""
    file = SimpleUploadedFile("archive.zip", archive, "application/zip")
    return client.post(IMPORT, {"archive": file, **data}, follow=True).content.decode()


def test_page_says_what_was_imported(alice: User, as_alice: Client, as_charlie: Client) -> None:
    make_everything(alice)
    archive = archive_of(alice)

    said = "Imported: 3 runs, 1 template, 1 batch, 1 batch file, 6 things kept under names."
    assert said + " 3 runs got a new id, as the old one was taken." in upload(as_charlie, archive)
    empty(alice)
    assert said in upload(as_alice, archive, progress="abc")
    assert as_alice.get("/progress/abc/").json() == {"text": said, "is_over": True}
    assert Run.objects.filter(owner=alice).count() == 3


def test_second_press_on_the_button_imports_nothing_more(alice: User, as_charlie: Client) -> None:
    make_everything(alice)
    archive = archive_of(alice)

    first, second = (upload(as_charlie, archive, progress="abc") for _ in range(2))

    assert Run.objects.filter(owner__username="charlie").count() == 3
    assert ["Imported: 3 runs" in page for page in (first, second)] == [True] * 2
    upload(as_charlie, archive, progress="def")  # the page was loaded anew
    assert Run.objects.filter(owner__username="charlie").count() == 6


def test_import_waits_for_another_one_of_the_same_person(
    alice: User, as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_whole_run(alice)
    archive = archive_of(alice)
    empty(alice)
    line = ProgressLine(alice, "abc")

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_OF_IMPORTS, alice.pk])
        monkeypatch.setattr(import_views, "LONGEST_S", 0)
        refused = upload(as_alice, archive, progress="abc")

        def end(_seconds: float) -> None:
            line.end("Imported: 1 run.")
            first.execute("SELECT pg_advisory_unlock_all()")

        monkeypatch.setattr(import_views, "LONGEST_S", 60)
        monkeypatch.setattr("time.sleep", end)
        told = upload(as_alice, archive, progress="abc")

    assert "Another import of yours is still under way: wait for its end. Nothing was imported." in refused
    assert "Imported: 1 run." in told
    assert not Run.objects.exists()


def test_page_says_where_an_archive_is_wrong(alice: User, as_alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_whole_run(alice)
    archive = archive_of(alice)
    empty(alice)

    entry = "accounts/1/runs.jsonl"
    page = upload(as_alice, changed(archive, entry, lambda line: line["rows"]["run"].update(title=None)))

    assert f"{entry}, line 1: “rows.run.title” is wrong: Input should be a valid string." in page
    assert "Nothing was imported." in page
    assert "Choose an archive first." in as_alice.post(IMPORT).content.decode()
    assert "no ZIP archive" in upload(as_alice, b"plain")
    assert import_views.ON_THE_PAGE.lines < ON_THE_SERVER.lines
    monkeypatch.setattr(import_views, "ON_THE_PAGE", Bounds(lines=0))
    assert "The archive has more than 0 lines." in upload(as_alice, archive)
    assert not Run.objects.exists()


def test_imported_run_is_marked_where_it_is_shown_and_shows_no_markup_of_the_archive(
    alice: User, as_alice: Client
) -> None:
    run = make_whole_run(alice, prompt="How high?")
    archive = archive_of(alice)
    empty(alice)
    own = make_whole_run(alice, prompt="Made here")
    evil = "<img src=x onerror=alert(1)><script>alert(1)</script>"

    def mark_up(line: dict) -> None:
        rows = line["rows"]
        rows["run"] |= {"title": evil, "tags": [evil[:40]], "note": evil, "preset": evil[:50]}
        rows["sources"][0] |= {"url": "javascript:alert(1)", "final_url": "javascript:alert(1)", "title": evil}
        rows["calls"][0]["output"]["text"] = evil + " [x](javascript:alert(1))"
        rows["calls"][0] |= {"model": evil, "answered_by": evil}
        rows["rulings"][0] |= {"comment": evil, "topic": evil}
        rows["ratings"][0] |= {"comment": evil}

    upload(as_alice, changed(archive, "accounts/1/runs.jsonl", mark_up))

    page = as_alice.get(f"/runs/{run.public_id}/").content.decode()
    assert "It came out of an archive on" in page
    history = as_alice.get("/runs/").content.decode()
    assert history.count(">imported</span>") == 1
    for shown in (page, history, as_alice.get("/leaderboard/").content.decode()):
        assert [word in shown for word in ("<img src=x", "<script>alert", 'href="javascript:')] == [False] * 3
    found = as_alice.get("/runs/?q=is:imported").content.decode()
    assert [run.public_id in found, own.public_id in found] == [True, False]
    assert own.public_id in as_alice.get("/runs/?q=-is:imported").content.decode()
    document = as_alice.get(f"/runs/{run.public_id}/export.json").json()
    assert document["imported_at"]
    assert Rating.objects.get(run__public_id=run.public_id).author == alice
