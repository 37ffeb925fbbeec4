"""A worker takes a message for each free thread, prefetches none, and holds no database connection while it waits."""

from apps.fusion.vocabulary import Status
from apps.runs import presence, valkey

THREADS = 3


def in_hand():
    """Return the messages that a worker has taken and not begun with, which acknowledges them."""
    return valkey.client().hlen("unacked")


def test_worker_takes_no_message_beyond_its_threads(bench, own_worker, private_valkey, upstream):
    model = bench.model("a", gate_after=1)
    runs = [bench.start(model) for _ in range(THREADS + 4)]

    own_worker(queues="calls", beat=False, threads=THREADS)
    upstream.wait_for("a", requests=THREADS, events=1)

    assert (in_hand(), presence.queue_length("calls")) == (0, 4)
    upstream.release("a")
    assert [bench.finish(run).status for run in runs] == [Status.DONE] * len(runs)
    assert in_hand() == 0


def test_many_waiting_calls_share_two_connections(bench, own_worker, private_valkey, upstream):
    models = [bench.model(name, gate_after=1) for name in "abcd"]
    runs = [bench.start(*models) for _ in range(6)]

    own_worker(threads=32, DATABASE_POOL="2")
    for name in "abcd":
        upstream.wait_for(name, requests=len(runs), events=1)
        upstream.release(name)

    assert [bench.finish(run).status for run in runs] == [Status.DONE] * len(runs)
