"""Give every test a real PostgreSQL and Valkey, and no way to reach another machine.

The first pytest process starts the servers and puts their addresses into the environment before Django reads it;
parallel workers inherit them, and each has a database and a Valkey index of its own. This file is read before Django is
set up, so fixtures import what needs models where they use it.
"""

from __future__ import annotations

import gc
import ipaddress
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import django
import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected
from pytest_django.plugin import blocking_manager_key

from apps.catalogue.connecting.known_vendors import environment_names
from tests.services import Postgres, Server, Valkey

if TYPE_CHECKING:
    from tests.runs.stack import Bench, SharedWorker, Worker
    from tests.site import Site
    from tests.upstream import Upstream

T = TypeVar("T", bound=Server)
TESTS = Path(__file__).resolve().parent
SEARCH_SETTINGS = ("SEARXNG_BASE_URL", "BRAVE_API_KEY", "TAVILY_API_KEY", "EXA_API_KEY", "SERPER_API_KEY")
SLOWEST_FIRST = ("stack", "runs", "clients", "browser", "api", "bench")
"""The folders whose tests start processes and wait for them. Left to the end, one of them would run alone."""
SHARED_STACK = {"worker", "shared_site"}
"""The fixtures whose processes all tests of a pytest process share."""
WITH_SHARED_STACK: set[Path] = set()
"""The files of which a test needs one of them."""
ends_of_shared: set[Callable[[], None]] = set()
"""Functions that end the processes of the shared stack, of those that live."""
TEMPLATE = "test_template"
"""The database of which those of parallel workers are copies."""
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that are filled by migrating and never by a test."""
EVER_FILLED = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace
    AND relname <> ALL(%s) AND pg_relation_size(oid) > 0 ORDER BY relname
"""


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a script's background job begins
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # or no process that a test starts could be interrupted
    # Or each process that a test starts, and each parallel worker, would compile our modules and tests anew.
    os.environ["PYTHONDONTWRITEBYTECODE"], sys.dont_write_bytecode = "", False
    os.environ["DJANGO_SETTINGS_MODULE"] = "fusionweb.settings"
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] = re.sub(r"\d+$", str(1 + int(worker.removeprefix("gw"))), os.environ["REDIS_URL"])
    elif not config.option.collectonly:
        start_servers(config)
    django.setup()
    gc.disable()  # until all tests are collected: of what that makes, next to nothing is garbage
    if worker:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE
    settings.WHITENOISE_AUTOREFRESH = True  # or each test client would read all static files: 50 ms
    if getattr(config.option, "numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]  # or the workers would read the settings before they have an index


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Generator[None]:
    """Migrate a database while the workers collect. Theirs are copies of it: to migrate takes each 7 s."""
    yield
    option = session.config.option
    if getattr(option, "numprocesses", None) and not option.collectonly:
        settings.DATABASES["default"]["TEST"]["NAME"] = TEMPLATE
        with session.config.stash[blocking_manager_key].unblock():
            connection.creation.create_test_db(verbosity=0, serialize=False)
            connection.close()
            connection.close_pool()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    WITH_SHARED_STACK.update(item.path for item in items if SHARED_STACK.intersection(item.fixturenames))  # type: ignore[attr-defined]
    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """Leave what was collected out of all later searches for garbage: there are millions of objects."""
    gc.freeze()
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """End the shared worker and site where no later test of this process needs them: idle, they cost CPU too."""
    if item.path not in WITH_SHARED_STACK:
        end_shared_stack()


def end_shared_stack() -> None:
    while ends_of_shared:
        ends_of_shared.pop()()


def turn(item: pytest.Item) -> tuple[bool, bool, int, str, bool]:
    """Return the sort key of a test: slow files first, and of these the ones that need the shared stack last.

    In a file, tests without the shared worker come first: tests with workers of their own stop the shared one, so
    mixing the two kinds would start it again and again.
    """
    folder = item.path.relative_to(TESTS).parts[0]
    is_slow, is_shared = folder in SLOWEST_FIRST, item.path in WITH_SHARED_STACK
    rank = SLOWEST_FIRST.index(folder) if is_slow else len(SLOWEST_FIRST)
    needs_worker = "worker" in getattr(item, "fixturenames", ())
    return not (is_slow or is_shared), is_shared, rank, str(item.path), needs_worker


def start_servers(config: pytest.Config) -> None:
    """Start the servers of this test run. They need not survive it, so they do without syncing to disk."""
    database, broker = Postgres(durable=False), Valkey(durable=False)
    for server in (database, broker):
        config.add_cleanup(server.close)
        server.start()
    os.environ["DATABASE_URL"] = database.url
    os.environ["REDIS_URL"] = broker.url
    for name in (*environment_names(), *SEARCH_SETTINGS):
        os.environ[name] = ""
    os.environ["SECRET_KEY"] = "only-for-tests"
    os.environ["HISTORY_SEARCH_TIMEOUT"] = "60"  # or a busy machine would give a search up
    os.environ["FIRST_TOKEN_TIMEOUT"] = os.environ["IDLE_TIMEOUT"] = (
        "280"  # or a call that a test holds would fail there
    )
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # or threads would wait for each other, busily
    os.environ["SSL_CERT_DIR"] = str(TESTS)  # no test speaks TLS, and reading all certificates takes a client 50 ms
    if certificates := os.environ.pop("SSL_CERT_FILE", ""):  # it would be read before the folder
        os.environ.setdefault("PIP_CERT", certificates)  # the clients of other makers may have to be installed


@contextmanager
def suppress_deadlock() -> Iterator[None]:
    """Leave a statement that a deadlock ended undone: whoever asks for it tries it again."""
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise


def empty_the_tables(self: TransactionTestCase) -> None:
    """Delete the rows that a test with transactions left, until none is there: a worker may still write some.

    Django would truncate every table and write the permissions anew: a quarter of a second after each test.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no foreign key asks for an order
        try:
            while left := filled_tables(cursor):
                for table in left:
                    with suppress_deadlock():
                        cursor.execute(f"DELETE FROM {table}")
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def filled_tables(cursor: Any) -> list[str]:
    """Return the tables that have rows. Only those that ever had any are asked: to plan for all takes 4 ms."""
    tables = [table for (table,) in cursor.execute(EVER_FILLED, [[*KEPT]]).fetchall()]
    asked = " UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables)
    return [table for (table,) in cursor.execute(asked).fetchall()] if tables else []


TransactionTestCase._fixture_teardown = empty_the_tables


class OutsideCall(AssertionError):
    """A test tried to reach another machine."""


def is_outside(address: Any) -> bool:
    """Return whether a socket address leaves this machine; names other than localhost count as leaving."""
    host = str(address[0]) if isinstance(address, tuple) else "localhost"
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host != "localhost"


@pytest.fixture(scope="session", autouse=True)
def no_outside_calls() -> Iterator[None]:
    """Raise on any connection to another machine, so that no test can reach a real vendor."""

    def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
        def connect_inside(self: socket.socket, address: Any) -> Any:
            if is_outside(address):
                raise OutsideCall(f"A test tried to connect to {address}.")
            return connect(self, address)

        return connect_inside

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield


@pytest.fixture
def postgres_url() -> str:
    """Return the address of the test run's PostgreSQL server (Django's tests use a database of their own on it)."""
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def valkey_index() -> Iterator[redis.Redis]:
    """Return a client of this worker's index of the test run's Valkey."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture
def valkey_url(valkey_index: redis.Redis) -> str:
    """Empty this worker's index of the test run's Valkey, and return its address."""
    valkey_index.flushdb()
    return os.environ["REDIS_URL"]


@pytest.fixture
def own_postgres() -> Iterator[Callable[[], Postgres]]:
    """Make PostgreSQL servers that belong to the test alone: stop, kill and restart them at will."""
    yield from own(Postgres)


@pytest.fixture
def own_valkey() -> Iterator[Callable[..., Valkey]]:
    """Make Valkey servers that belong to the test alone; ``durable=False`` forgets at a restart."""
    yield from own(Valkey)


def own(kind: type[T]) -> Iterator[Callable[..., T]]:
    servers: list[T] = []

    def make(durable: bool = True) -> T:
        server = kind(durable)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def upstream_server() -> Iterator[Upstream]:
    """Start the scriptable vendor of this pytest process."""
    from tests.upstream import Upstream

    upstream = Upstream()
    upstream.start()
    yield upstream
    upstream.stop()


@pytest.fixture
def upstream(upstream_server: Upstream) -> Upstream:
    """Return the vendor without scripts and without requests."""
    upstream_server.reset()
    return upstream_server


@pytest.fixture
def bench(transactional_db: None, upstream: Upstream, valkey_url: str) -> Iterator[Bench]:
    """Return Alice and models on the vendor; starts runs and waits for them."""
    from apps.runs.execution import background
    from tests.factories import make_user
    from tests.runs.stack import Bench

    yield Bench(make_user("alice"), upstream)
    background._thread().submit(int).result()  # waits until what runs left to do is done


@pytest.fixture(scope="session")
def shared_stack(django_db_setup: None) -> Iterator[set[Callable[[], None]]]:
    """Return where to put the ends of processes that tests share: at the latest, they end before their database."""
    yield ends_of_shared
    end_shared_stack()


@pytest.fixture(scope="session")
def shared_worker() -> SharedWorker:
    from tests.runs.stack import SharedWorker

    return SharedWorker()


@pytest.fixture
def worker(bench: Bench, shared_worker: SharedWorker, shared_stack: set[Callable[[], None]]) -> Worker:
    """Return the Celery worker that tests of this process share; start it if a test stopped it."""
    shared_stack.add(shared_worker.step_aside)
    return shared_worker.get()


@pytest.fixture
def shared_site(transactional_db: None, shared_stack: set[Callable[[], None]]) -> Site:
    """Return the site that tests of this process share, a process of its own; start it if it does not live."""
    from tests.site import running_site

    site = running_site()
    shared_stack.add(site.stop)
    return site
