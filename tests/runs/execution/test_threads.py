"""A worker takes a message for each free thread, prefetches none, and holds no database connection while it waits."""

from apps.fusion.vocabulary import Status
from apps.runs import presence, valkey
from fusionweb.celery import app

THREADS = 3


def test_worker_takes_no_message_beyond_its_threads(bench, own_worker, private_valkey, upstream):
    model = bench.model("a", gate_after=1)
    runs = [bench.start(model) for _ in range(THREADS + 4)]

    own_worker(queues="calls", beat=False, threads=THREADS)
    upstream.wait_for("a", requests=THREADS, events=1)

    assert presence.queue_length("calls") == 4
    upstream.release("a")
    assert [bench.finish(run).status for run in runs] == [Status.DONE] * len(runs)


def test_many_waiting_calls_share_two_connections(bench, own_worker, private_valkey, upstream):
    models = [bench.model(name, gate_after=1) for name in "abcd"]
    runs = [bench.start(*models) for _ in range(6)]

    own_worker(threads=32, DATABASE_POOL="2")
    for name in "abcd":
        upstream.wait_for(name, requests=len(runs), events=1)
        upstream.release(name)

    assert [bench.finish(run).status for run in runs] == [Status.DONE] * len(runs)


def test_message_that_is_taken_is_noted_nowhere(private_valkey):
    app.send_task("runs.perform_call", args=[1], queue="calls")

    with app.connection_for_read() as broker:
        assert broker.default_channel.basic_get("calls")
        left = valkey.client().keys()

    assert [key for key in left if not key.startswith(b"_kombu.")] == []
