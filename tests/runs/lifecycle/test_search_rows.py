"""A search row never stands in the way of the deletion of its run."""

import threading

import pytest
from django.db import connection, connections, transaction

from apps.runs.lifecycle.search_rows import index_due_runs
from apps.runs.models import Run, SearchRow
from tests.factories import make_local_models, make_run, make_user

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
