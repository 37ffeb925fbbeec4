"""Usage and cost of calls that look things up. The tests play the worker."""

from decimal import Decimal

import pytest

from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.execution import executor as executor_module
from apps.runs.execution.executor import executor
from apps.runs.models import Call, ToolUse
from tests.runs.fake_lookups import FakeLookups, fetch, looking_up, perform, performing, search
from tests.services import wait_until


@pytest.fixture(autouse=True)
def site_with_an_engine(settings, private_valkey):
    settings.SEARXNG_BASE_URL = "http://127.0.0.1:9"


@pytest.fixture
def web(monkeypatch):
    fake = FakeLookups()
    monkeypatch.setattr(executor_module, "lookup_client", lambda: fake)
    return fake


def test_usage_and_cost_of_all_steps_add_up(bench, upstream, web):
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100}
    run = looking_up(bench, [search("a"), search("b")], [fetch()], usage=usage)

    call = perform(run)

    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.estimated) == (3_000, 300, False)
    # Three requests at 1 and 2 USD per million tokens, and two searches at half a cent.
    assert call.cost == Decimal("0.0136")
    run.refresh_from_db()
    assert (run.cost, run.cost_is_complete) == (Decimal("0.0136"), True)
    assert [attempt.failure for attempt in call.attempt_values] == [None] * 3


def test_search_of_unknown_price_leaves_the_cost_incomplete(bench, web):
    web.price = None

    run = looking_up(bench, [search()])
    perform(run)

    run.refresh_from_db()
    assert run.cost_is_complete is False


def test_vendor_that_counts_nothing_is_counted_step_by_step(bench, web):
    run = looking_up(bench, {"before": "Let me look.", "calls": [search()]}, usage=None)

    call = perform(run)

    steps = [attempt.usage.output_tokens for attempt in call.attempt_values if attempt.usage]
    assert call.usage.estimated
    assert steps[0] < call.usage.output_tokens < 60


def test_searches_count_under_a_cap_while_the_next_one_is_under_way(bench, upstream, web):
    web.is_open = lambda: len(web.asked) < 3
    rounds = [search("a")], [search("b")], [search("c")]
    run = looking_up(bench, *rounds, max_cost=Decimal("0.009"))

    call = perform(run)

    assert (call.status, call.failure_code) == (Status.CANCELLED, FailureCode.CAPPED)
    # Wherever the next beat found it: at its third request, or at the third search, which never ends.
    assert len(web.asked) >= 2
    assert Decimal("0.010") <= call.cost < Decimal("0.011")


def test_call_stopped_within_a_step_costs_what_it_had_and_no_request_that_was_not_sent(bench, upstream, web):
    web.is_open = lambda: web.asked[-1][0] == "search"  # the page never comes
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100}
    run = looking_up(bench, [search("a")], [search("b"), fetch()], usage=usage)
    thread = performing(run)
    wait_until(lambda: ToolUse.objects.filter(status=Status.DONE).count() == 2, "both searches are over")
    wait_until(lambda: web.asked[-1][0] == "fetch", "the page is fetched")

    call = run.calls.get()
    Call.objects.filter(pk=call.pk).update(cancel_requested=True)
    executor()._loop.call_soon_threadsafe(executor()._cancel, call.pk)
    thread.join(60)

    call = run.calls.get()
    assert (call.status, call.usage.input_tokens, len(upstream.ledger("elm"))) == (Status.CANCELLED, 2_000, 2)
    # Two requests at 1 and 2 USD per million tokens, and two searches at half a cent.
    assert call.cost == Decimal("0.0124")
