"""A search row never stands in the way of the deletion of its run."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.runs.lifecycle import search_rows
from apps.runs.lifecycle.search_rows import index_due_runs
from apps.runs.models import Evidence, Finding, Run, SearchRow
from tests.factories import make_local_models, make_run, make_user
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_row_that_is_written_while_its_run_is_deleted_goes_with_it():
    make_local_models()
    run = make_run(make_user("alice"))
    Run.objects.update(needs_indexing=True, status="done")
    has_deleted_row, may_go_on = threading.Event(), threading.Event()

    def delete() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                SearchRow.objects.filter(run=run).delete()
                has_deleted_row.set()
                may_go_on.wait(60)
                cursor.execute("DELETE FROM runs_run WHERE id = %s", [run.pk])
        finally:
            connections.close_all()

    deleting = threading.Thread(target=delete)
    deleting.start()
    has_deleted_row.wait(60)
    written = index_due_runs()
    may_go_on.set()
    deleting.join(60)

    assert written == 1
    assert not Run.objects.exists()
    assert not SearchRow.objects.exists()


def test_texts_are_cut_before_they_are_read(monkeypatch):
    make_local_models()
    run = make_finished_run(make_user("alice"), prompt="How high is the tower?")
    judge = run.calls.get(role="judge")
    finding = Finding.objects.create(call=judge, name="k9", kind="consensus", ordinal=9, text="Quite high")
    Evidence.objects.create(finding=finding, slot="A", stance="Above all")
    Run.objects.update(needs_indexing=True, note="Measure again", analysis_call=judge)
    monkeypatch.setattr(search_rows, "LONGEST_PROMPT", 8)
    monkeypatch.setattr(search_rows, "LONGEST_TEXT", 9)

    with CaptureQueriesContext(connection) as asked:
        assert index_due_runs() == 1

    statements = [one["sql"] for one in asked if one["sql"].startswith("SELECT")]
    for column in (
        '"runs_run"."prompt"',
        '"runs_run"."note"',
        '"runs_calloutput"."text"',
        '"runs_finding"."text"',
        '"runs_evidence"."stance"',
    ):
        named = sum(sql.count(column) for sql in statements)
        assert named == sum(sql.count(f"LEFT({column}, ") for sql in statements) > 0, column
    assert '"runs_evidence"."quote"' not in " ".join(statements)
    assert "high" in SearchRow.objects.get().words
