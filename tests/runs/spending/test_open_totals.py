"""The cost of attempts without an answer in the totals of their call. The tests play the worker."""

from decimal import Decimal

import pytest

from apps.catalogue.models import Provider
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FailureCode, Status
from apps.providers.dialects import Dialect
from apps.runs import tasks
from apps.runs.spending import ledger


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
        ("nothing", 1, False),
        ("nothing", 0, True),
        ("500", 1, True),
        ("error-200", 1, True),
    ],
)
def test_request_that_brought_nothing_but_may_be_billed_leaves_the_total_open(bench, behaviour, price, is_complete):
    model = bench.model("a", behaviour, times=1, text="Yes.")
    bench.provider.models.filter(name="a").update(price_input=price, price_output=price)

    run = perform(bench.start(model))

    assert (run.status, len(run.calls.get().attempt_values)) == (Status.DONE, 2)
    assert (run.cost is not None, run.cost_is_complete) == (True, is_complete)


def test_silence_that_may_be_billed_is_not_asked_for_again_and_leaves_the_total_open(bench):
    model = bench.model("a", "stall-headers", times=1, text="Yes.")
    bench.provider.models.filter(name="a").update(first_token_s=0.3)

    run = perform(bench.start(model))

    assert (run.status, len(run.calls.get().attempt_values)) == (Status.FAILED, 1)
    assert run.cost_is_complete is False


def of_tokens(read, written):
    """Return USD at the bench's prices: one dollar for a million tokens read, two for a million written."""
    return Decimal(read + 2 * written) / 1_000_000


@pytest.mark.parametrize(
    "dialect, wasted",
    [(Dialect.OPENAI, of_tokens(11, 17)), (Dialect.ANTHROPIC, of_tokens(11, 0)), (Dialect.GEMINI, of_tokens(11, 17))],
)
@pytest.mark.parametrize("times, answered", [(2, of_tokens(11, 17)), (3, 0)])
def test_request_that_was_counted_and_brought_no_word_is_part_of_the_cost(bench, dialect, wasted, times, answered):
    usage = {"prompt_tokens": 11, "completion_tokens": 17}
    model = bench.model("a", "counted-then-overloaded", times=times, text="Yes.", usage=usage)
    Provider.objects.update(dialect=dialect)

    run = perform(bench.start(model))

    call = run.calls.get()
    assert (len(call.attempt_values), call.output.text) == (3, "Yes." if answered else "")
    assert (call.cost, call.cost_source, run.cost_is_complete) == (times * wasted + answered, "computed", True)
    assert call.usage.input_tokens == 11


def test_answer_that_breaks_off_keeps_the_vendors_count(bench):
    usage = {"prompt_tokens": 11, "completion_tokens": 17}

    call = perform(bench.start(bench.model("a", "counted-then-error", usage=usage))).calls.get()

    assert (call.status, call.usage, call.cost) == (
        *(Status.FAILED, Usage(input_tokens=11, output_tokens=17), of_tokens(11, 17)),
    )


def test_request_that_may_be_billed_counts_under_caps_but_not_in_the_cost(bench):
    model = bench.model("a", "nothing", times=1, text="four", usage={"prompt_tokens": 11, "completion_tokens": 17})

    run = perform(bench.start(model, prompt="one " * 1000))

    assert (run.cost, run.cost_is_complete) == (of_tokens(11, 17), False)
    assert ledger.spent_on(run) == of_tokens(11, 17) + of_tokens(1000, 0)


def test_requests_that_may_be_billed_stop_a_call_at_a_cap(bench):
    model = bench.model("a", "nothing", times=2, then="stall-headers")

    run = perform(bench.start(model, prompt="one " * 1000, max_cost=Decimal("0.0015")))

    assert run.failure_code == FailureCode.CAPPED


def test_call_that_comes_back_needs_room_for_what_was_wasted_on_it(bench, upstream):
    run = bench.start(bench.model("a"), prompt="one " * 1000, max_cost=Decimal("0.0015"))
    run.calls.update(possible_extra_cost=Decimal("0.001"))

    run = perform(run)

    assert (run.failure_code, upstream.ledger("a")) == (FailureCode.CAPPED, [])


def test_vendor_that_was_never_reached_leaves_nothing_open(bench):
    bench.provider.base_url = "http://127.0.0.1:9/v1"
    bench.provider.save()

    run = perform(bench.start(bench.model("a")))

    assert (run.status, run.cost_is_complete) == (Status.FAILED, True)


def test_time_to_the_first_token_is_that_of_the_request_that_brought_it(bench):
    usage = {"prompt_tokens": 5, "completion_tokens": 100}
    model = bench.model("a", "429-retry-after", retry_after="1", times=1, text="one two", delay_s=0.1, usage=usage)

    call = perform(bench.start(model)).calls.get()

    assert (call.status, call.ttft_s <= call.duration_s - 1) == (Status.DONE, True)  # the wait is in the duration alone
    assert call.tokens_per_second(call.attempt_values) > 100 / (call.duration_s - call.ttft_s)
