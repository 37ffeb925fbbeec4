"""People and all that Alice owns.

Pytest may load this file before Django is set up, so what needs models is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from apps.accounts.models import User
    from tests.access.world import World


def wake_no_worker(patch: pytest.MonkeyPatch) -> None:
    """Let nothing be sent to a worker, which lives outside the test's transaction."""
    from apps.catalogue import actions as catalogue_actions
    from apps.runs.lifecycle import transitions

    patch.setattr(catalogue_actions, "_send", lambda *_: True)
    patch.setattr(transitions, "enqueue", lambda _: None)


@pytest.fixture
def without_workers(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.runs import valkey

    wake_no_worker(monkeypatch)
    valkey.client.cache_clear()


@pytest.fixture
def people(db: None) -> dict[str, User]:
    from tests.access.world import make_people

    return make_people()


@pytest.fixture
def world(people: dict[str, User], without_workers: None) -> World:
    from tests.access.world import make_world

    return make_world(people["alice"])


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[dict[str, User], World]]:
    """Make people and a world once for a file, whose tests have transactions of their own within this one."""
    from django.db import transaction

    from tests.access.world import make_people, make_world

    with django_db_blocker.unblock(), transaction.atomic():
        people = make_people()
        with pytest.MonkeyPatch.context() as patch:
            wake_no_worker(patch)
            world = make_world(people["alice"])
        yield people, world
        transaction.set_rollback(True)


class KeptWorld(NamedTuple):
    """People and what Alice owns, the keys of the others by name and scope, and a function that puts the rows back."""

    people: dict[str, User]
    world: World
    keys: dict[tuple[str, str], str]
    put_back: Callable[[], None]


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[KeptWorld]:
    """Make people, their keys and a world once for a file whose tests commit: it takes longer than what a test asks."""
    from django.db import connection

    from apps.accounts.api_keys import Scope, make_key
    from tests.access.world import make_people, make_world

    def is_filled(table: str) -> bool:
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        return bool(cursor.fetchone())

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        people = make_people()
        with pytest.MonkeyPatch.context() as patch:
            wake_no_worker(patch)
            world = make_world(people["alice"])
        owners = [(name, scope) for name in people if name != "alice" for scope in Scope]
        keys = {(name, scope): make_key(people[name], scope, [scope])[1] for name, scope in owners}
        tables = [one for one in connection.introspection.django_table_names(only_existing=True) if is_filled(one)]
        copies = "; ".join(f"CREATE TABLE kept.{table} AS TABLE {table}" for table in tables)
        cursor.execute(f"CREATE SCHEMA kept; {copies}")
        again = "; ".join(f"INSERT INTO {one} TABLE kept.{one} ON CONFLICT DO NOTHING" for one in tables)

        def put_back() -> None:
            with connection.cursor() as cursor:  # no foreign key asks for an order, and no trigger adds rows
                cursor.execute(
                    f"SET session_replication_role = replica; {again}; SET session_replication_role = DEFAULT"
                )

        yield KeptWorld(people, world, keys, put_back)
        with connection.cursor() as last:
            last.execute("DROP SCHEMA kept CASCADE")
