"""What requests that brought nothing leave behind in the figures of their call. The tests play the worker."""

import pytest

from apps.fusion.vocabulary import Status
from apps.runs import tasks


@pytest.fixture(autouse=True)
def quick(settings, private_valkey):
    settings.RETRY_SECONDS = 0.02


def perform(run):
    tasks.perform_call(run.calls.get().pk)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    "behaviour, price, is_complete",
    [
        ("stall-headers", 1, False),
        ("nothing", 1, False),
        ("nothing", 0, True),
        ("500", 1, True),
        ("error-200", 1, True),
    ],
)
def test_request_that_brought_nothing_but_may_be_billed_leaves_the_total_open(bench, behaviour, price, is_complete):
    model = bench.model("a", behaviour, times=1, text="Yes.")
    bench.provider.models.filter(name="a").update(first_token_s=0.3, price_input=price, price_output=price)

    run = perform(bench.start(model))

    assert (run.status, len(run.calls.get().requests)) == (Status.DONE, 2)
    assert (run.cost is not None, run.cost_is_complete) == (True, is_complete)


def test_vendor_that_was_never_reached_leaves_nothing_open(bench):
    bench.provider.base_url = "http://127.0.0.1:9/v1"
    bench.provider.save()

    run = perform(bench.start(bench.model("a")))

    assert (run.status, run.cost_is_complete) == (Status.FAILED, True)


def test_time_to_the_first_token_is_that_of_the_request_that_brought_it(bench):
    usage = {"prompt_tokens": 5, "completion_tokens": 100}
    model = bench.model("a", "429-retry-after", retry_after="1", times=1, text="one two", delay_s=0.1, usage=usage)

    call = perform(bench.start(model)).calls.get()

    assert (call.status, call.ttft_s < 1 < call.duration_s) == (Status.DONE, True)
    assert call.tokens_per_second > 100 / (call.duration_s - call.ttft_s)
