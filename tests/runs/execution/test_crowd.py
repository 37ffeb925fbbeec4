"""The crowd of a worker: it leaves threads to others, and what it holds is carried out, whatever becomes of it."""

import threading

import pytest

from apps.accounts.api_keys import Scope, make_key
from apps.fusion.vocabulary import Role, Status
from apps.runs.execution import crowd as module
from apps.runs.execution.crowd import WORKING_AT_ONCE, Crowd, CrowdMember
from apps.runs.models import Call, Run
from apps.runs.starting import ApiClient, start_run
from tests.services import wait_until

THREADS = 8
PLACES = 5


def call_of(pk: int, role: Role = Role.PANEL, *, is_crowded: bool = True) -> Call:
    return Call(pk=pk, role=role, run=Run(is_crowded=is_crowded))


@pytest.fixture
def crowd(monkeypatch) -> Crowd:
    """A crowd with two places."""
    made = Crowd(3)
    monkeypatch.setattr(module, "crowd", lambda: made)
    return made


@pytest.mark.parametrize("threads, places", [(1, 1), (2, 1), (4, 3), (THREADS, PLACES), (128, 80)])
def test_crowd_leaves_threads_to_others(threads: int, places: int) -> None:
    assert Crowd(threads).places == places


def test_call_without_a_place_is_held_by_rank_and_age(crowd: Crowd) -> None:
    first, second = CrowdMember(), CrowdMember()
    assert first.take(call_of(1))
    assert second.take(call_of(2))

    waiting = [(5, Role.PANEL), (4, Role.PANEL), (6, Role.SYNTHESIS), (4, Role.PANEL)]
    assert not any(CrowdMember().take(call_of(pk, role)) for pk, role in waiting)

    assert [first.next_call() for _ in range(4)] == [6, 4, 5, None]
    assert CrowdMember().take(call_of(7))


def test_place_is_kept_for_what_follows_and_given_back(crowd: Crowd) -> None:
    place = CrowdMember()

    assert all(place.take(call_of(pk)) for pk in (1, 2, 3))
    assert CrowdMember().take(call_of(4))
    assert not CrowdMember().take(call_of(5))
    place.release()
    place.release()
    assert CrowdMember().take(call_of(6))
    assert not CrowdMember().take(call_of(7))


def test_call_of_others_needs_no_place(crowd: Crowd) -> None:
    places = [CrowdMember() for _ in range(9)]

    assert all(place.take(call_of(pk, is_crowded=False)) for pk, place in enumerate(places))
    assert {place.next_call() for place in places} == {None}
    assert CrowdMember().take(call_of(10))


def test_few_of_the_crowd_work_at_a_time_and_others_at_once(crowd: Crowd) -> None:
    inside, most, lock, go = [0], [0], threading.Lock(), threading.Event()

    def work(pk: int) -> None:
        with crowd.working(call_of(pk)):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            go.wait(30)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=work, args=(pk,)) for pk in range(2 * WORKING_AT_ONCE)]
    for thread in threads:
        thread.start()
    wait_until(lambda: inside[0] == WORKING_AT_ONCE, "some work")
    with crowd.working(call_of(99, is_crowded=False)):
        go.set()
    for thread in threads:
        thread.join(30)

    assert (most[0], inside[0]) == (WORKING_AT_ONCE, 0)


@pytest.fixture
def crowded_runs(bench, private_valkey) -> list[Run]:
    """Runs whose models say nothing until they are released, more than a worker has threads."""
    runs = [bench.start(bench.model(f"slow{number}", "stall-first")) for number in range(2 * THREADS)]
    Run.objects.update(is_crowded=True)
    return runs


def test_call_of_another_passes_a_crowd_that_streams_for_long(bench, crowded_runs, own_worker) -> None:
    own_worker(WORKER_THREADS=str(THREADS))
    wait_until(lambda: len(bench.upstream.ledger()) == PLACES, "the crowd streams")

    key, _ = make_key(bench.owner, "other", [Scope.RUN])
    recipe = bench.recipe(bench.model("other"))
    other = bench.finish(start_run(bench.owner, [bench.message("Why?")], recipe, client=ApiClient(key)))

    assert other.status == Status.DONE
    assert len(bench.upstream.ledger()) == PLACES + 1
    for number in range(len(crowded_runs)):
        bench.upstream.release(f"slow{number}")
    assert {bench.finish(run).status for run in crowded_runs} == {Status.DONE}
    assert len(bench.upstream.ledger()) == len(crowded_runs) + 1


def test_calls_that_a_lost_worker_held_are_sent_again(bench, crowded_runs, own_worker) -> None:
    lost = own_worker(WORKER_THREADS=str(THREADS))
    wait_until(lambda: len(bench.upstream.ledger()) == PLACES, "the crowd streams")
    lost.kill()
    bench.age_heartbeats()
    for number in range(len(crowded_runs)):
        bench.upstream.release(f"slow{number}")

    own_worker("second", WORKER_THREADS=str(THREADS))

    assert {bench.finish(run).status for run in crowded_runs} == {Status.DONE}


def test_calls_that_a_stopping_worker_held_go_to_others(bench, crowded_runs, own_worker) -> None:
    stopping = own_worker(WORKER_THREADS=str(THREADS), REQUEUE_AFTER_SECONDS="600")
    wait_until(lambda: len(bench.upstream.ledger()) == PLACES, "the crowd streams")
    stopping.stop()
    for number in range(len(crowded_runs)):
        bench.upstream.release(f"slow{number}")

    own_worker("second", WORKER_THREADS=str(THREADS), REQUEUE_AFTER_SECONDS="600")

    assert {bench.finish(run).status for run in crowded_runs} == {Status.DONE}
