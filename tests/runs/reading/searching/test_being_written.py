"""A search while another process writes the rows that it reads."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.runs.lifecycle import search_rows
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from tests.factories import make_local_preset, make_run, make_user


@pytest.mark.django_db(transaction=True)
def test_search_waits_for_a_run_whose_row_is_just_being_written(monkeypatch):
    make_local_preset()
    alice = make_user("alice")
    make_run(alice, "Why is the sky blue?")
    written, may_end = threading.Event(), threading.Event()

    def sweep():
        with transaction.atomic():
            search_rows.index_due_runs()
            written.set()
            may_end.wait(60)
        connection.close()

    def pause(_seconds):
        may_end.set()
        other.join()

    other = threading.Thread(target=sweep)
    other.start()
    written.wait(60)
    monkeypatch.setattr(search_rows.time, "sleep", pause)
    try:
        found = search_runs(alice, RunQuery.parse("sky", timezone.localdate()), "", 50)
    finally:
        pause(0)

    assert [run.title for run in found.runs] == ["Why is the sky blue?"]
