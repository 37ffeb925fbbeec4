"""The circuits that all workers share, on a real Valkey."""

import asyncio
from contextlib import aclosing

import pytest

from apps.providers.resilience import CallHealth, Circuit, CircuitState
from apps.runs import valkey
from apps.runs.execution import circuits
from apps.runs.execution.circuits import SharedCircuits, circuit_of
from tests.runs.conftest import use_valkey

MODEL = "up/model"
OPEN_S = 60


@pytest.fixture
def shared(valkey_url, settings):
    settings.CIRCUIT_OPEN_SECONDS = OPEN_S
    return valkey_url


def with_store(work):
    """Let ``work`` use a store of its own."""

    async def using():
        async with aclosing(Store()) as store:
            return await work(store)

    return asyncio.run(using())


class Store(SharedCircuits):
    aclose = SharedCircuits.close


def tell(*verdicts):
    """Tell of one request each."""

    async def work(store):
        for number, health in enumerate(verdicts):
            await store.tell(MODEL, f"{number}-{health}", health)

    with_store(work)


def enter(*requests, patience_s=0):
    """Return the seconds of refusal of simultaneous requests that allow ``patience_s`` for a first token."""

    async def work(store):
        refusals = await asyncio.gather(*(store.enter(MODEL, request, patience_s) for request in requests))
        return [refusal.wait_s if refusal else 0 for refusal in refusals]

    return with_store(work)


def state():
    return circuit_of([MODEL])[MODEL].state


@pytest.mark.parametrize("patience_s, lease_s", [(30, 90), (200, 210), (900, 300)])
def test_probe_holds_the_circuit_for_as_long_as_its_first_word_may_take(private_valkey, settings, patience_s, lease_s):
    settings.CIRCUIT_OPEN_SECONDS = OPEN_S
    tell(*[BAD] * 5)
    let_half_open()

    waits = sorted(enter("probe", "other", patience_s=patience_s))

    assert waits[0] == 0
    assert lease_s - 5 < waits[1] <= lease_s


def let_half_open():
    """Let the time be over for which the circuit is open."""
    valkey.client().hset(circuits.keys_of(MODEL)[0], "opens_until", 1)
    assert state() is CircuitState.HALF_OPEN


GOOD, BAD, NONE = CallHealth.GOOD, CallHealth.BAD, CallHealth.NONE


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([BAD] * 4, CircuitState.CLOSED),
        ([BAD] * 5, CircuitState.OPEN),
        ([GOOD, BAD] * 3, CircuitState.OPEN),
        ([GOOD, GOOD, BAD] * 5, CircuitState.CLOSED),
        ([NONE] * 9, CircuitState.CLOSED),
        ([NONE] * 9 + [BAD] * 4, CircuitState.CLOSED),
    ],
)
def test_circuit_opens_on_the_rate_of_failures(shared, verdicts, expected):
    tell(*verdicts)

    assert state() is expected


def test_failures_older_than_the_window_are_forgotten(shared):
    tell(*[BAD] * 4)
    for key in circuits.keys_of(MODEL)[1:]:
        for request in valkey.client().zrange(key, 0, -1):
            valkey.client().zincrby(key, -1000 * circuits.WINDOW_S, request)

    tell(GOOD, BAD)

    assert circuit_of([MODEL]) == {MODEL: Circuit(CircuitState.CLOSED, failures=1, requests=2)}


def test_open_circuit_refuses_and_says_for_how_long(shared):
    tell(*[BAD] * 5)

    (refused_for,) = enter("late")

    assert 0 < refused_for <= OPEN_S
    assert circuit_of([MODEL])[MODEL].failures == 5


def test_open_circuit_knows_the_failure_that_opened_it_last(shared):
    async def work(store):
        for number in range(5):
            await store.tell(MODEL, str(number), BAD, f"reason {number}")
        opened = await store.enter(MODEL, "late")
        let_half_open()
        await store.enter(MODEL, "probe")
        probing = await store.enter(MODEL, "late")
        await store.tell(MODEL, "probe", BAD, "reason 5")
        return [one.reason for one in (opened, probing, await store.enter(MODEL, "late"))]

    assert with_store(work) == ["reason 4", "reason 4", "reason 5"]


def test_half_open_circuit_lets_exactly_one_probe_pass(shared):
    tell(*[BAD] * 5)
    let_half_open()

    waits = enter(*"abcdefgh")

    assert sorted(wait > 0 for wait in waits) == [False] + [True] * 7


@pytest.mark.parametrize(("health", "expected"), [(GOOD, CircuitState.CLOSED), (BAD, CircuitState.OPEN)])
def test_circuit_closes_or_opens_by_its_probe(shared, health, expected):
    tell(*[BAD] * 5)
    let_half_open()
    enter("0-" + health)

    tell(health)

    assert state() is expected


def test_probe_that_was_stopped_leaves_its_place_to_another(shared):
    tell(*[BAD] * 5)
    let_half_open()
    enter("0-none")

    tell(NONE)

    assert enter("next") == [0]


def test_requests_from_before_it_opened_do_not_close_a_circuit(shared):
    tell(*[BAD] * 5)
    let_half_open()
    enter("probe")

    tell(GOOD)

    assert state() is CircuitState.HALF_OPEN


def test_circuit_stays_open_for_longer_each_time(shared):
    tell(*[BAD] * 5)
    let_half_open()
    enter("0-bad")

    tell(BAD)

    assert enter("late")[0] > OPEN_S


def test_break_after_text_makes_one_request_bad(shared):
    async def work(store):
        for health in (GOOD, BAD):
            await store.tell(MODEL, "same", health)

    with_store(work)

    assert circuit_of([MODEL])[MODEL] == Circuit(CircuitState.CLOSED, failures=1, requests=1)


def test_circuits_count_as_closed_where_valkey_is_away(own_valkey, monkeypatch):
    server = own_valkey(durable=False)
    using = use_valkey(server.url, monkeypatch)
    next(using)
    tell(*[BAD] * 5)
    server.stop()

    waits = enter("request")
    tell(BAD)

    assert (waits, circuit_of([MODEL])) == ([0], {MODEL: Circuit()})
    server.start()
    next(using, None)


def test_call_that_is_stopped_while_the_store_connects_is_stopped(shared):
    async def stopped_after(seconds):
        store = SharedCircuits()
        asking = asyncio.create_task(store.enter(MODEL, "request"))
        await asyncio.sleep(seconds)
        is_stopped = asking.cancel()
        await asyncio.wait([asking])
        await store.settle()
        await store.close()
        return is_stopped == asking.cancelled()

    async def work():
        return [await stopped_after(number / 4000) for number in range(40)]

    assert all(asyncio.run(work()))
