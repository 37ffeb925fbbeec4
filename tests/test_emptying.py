"""Tables are emptied after a test although somebody writes there meanwhile."""

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError, connection
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected, DiskFull

from apps.accounts.models import User
from apps.runs.models import Call, Run
from tests.conftest import empty_the_tables, suppress_deadlock
from tests.factories import make_local_preset, make_user
from tests.web.run_factories import make_finished_run


@pytest.mark.django_db(transaction=True)
def test_rows_go_whatever_refers_to_them_and_permissions_stay():
    make_local_preset()
    make_finished_run(make_user("alice"))
    before = Permission.objects.count()

    empty_the_tables(TransactionTestCase())

    assert (User.objects.count(), Run.objects.count(), Call.objects.count()) == (0, 0, 0)
    assert Permission.objects.count() == before > 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


@pytest.mark.django_db(transaction=True)
def test_rows_that_are_written_meanwhile_go_too(monkeypatch):
    made = []

    def write_once(execute, sql, *rest):
        if sql.startswith("DELETE") and not made:
            made.append(1)
            execute("INSERT INTO accounts_team (name, created_at) VALUES ('late', now())", (), *rest[1:])
        return execute(sql, *rest)

    make_user("alice")
    with connection.execute_wrapper(write_once):
        empty_the_tables(TransactionTestCase())

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_team")
        assert (made, cursor.fetchone()) == ([1], (0,))


@pytest.mark.parametrize("cause, is_tried_again", [(DeadlockDetected(), True), (DiskFull(), False)])
def test_only_a_deadlock_is_tried_again(cause, is_tried_again):
    def delete():
        with suppress_deadlock():
            raise OperationalError from cause

    if is_tried_again:
        delete()
    else:
        with pytest.raises(OperationalError):
            delete()
