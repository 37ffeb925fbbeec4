"""Answers that a vendor pauses amid its searches: each request has its cost at once, for caps and for those stopped."""

from decimal import Decimal

import pytest

from apps.catalogue.models import Model, Provider
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.tokens import count_tokens
from apps.fusion.vocabulary import FailureCode, Status
from apps.providers.dialects import Dialect
from apps.runs import actions
from apps.runs.models import ToolUse
from apps.runs.reading.snapshot import take_snapshot
from tests.services import wait_until

MODEL = "claude-opus-4-1"
CITED = [["I looked. ", []], ["It is 330 metres tall. ", [{"url": "https://tower.test/", "title": "Tower"}]]]
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100}
SEARCH = Decimal("0.01")
WORDS = count_tokens("one two three")


@pytest.fixture
def paused(bench, worker, upstream):
    """Start a run of a model whose first request is paused after a search, and whose second answers as scripted."""

    def start(then="ok", *, price=(1, 2), cited=CITED, max_cost=None, **script):
        Provider.objects.update(dialect=Dialect.ANTHROPIC)
        given = {"cited": cited, "finish": "pause_turn", "times": 1, "usage": USAGE, "text": "one two three four"}
        reference = bench.model(MODEL, "searches", **given | {"then": then} | script)
        read, written = price
        Model.objects.filter(reference=reference).update(search="native", price_input=read, price_output=written)
        return bench.start(reference, web=LookupSettings(), max_cost=max_cost)

    return start


def two_under_way(upstream):
    entries = upstream.ledger(MODEL)
    return len(entries) == 2 and entries[1]["events"] == 3


def test_cancelled_answer_costs_what_its_finished_requests_cost(bench, paused, upstream):
    run = paused(gate_after=3)
    bench.wait_for_text(run, "I looked. It is 330 metres tall. one two three")

    actions.cancel_run(run)

    run = bench.finish(run)
    call = run.calls.with_output().get()
    assert (call.status, call.output.text) == (Status.CANCELLED, "I looked. It is 330 metres tall. one two three")
    first, stopped = call.attempt_values
    assert (first.failure, first.usage.input_tokens, first.cost) == (None, 1_000, Decimal("0.0012") + SEARCH)
    assert stopped.failure.code is FailureCode.CANCELLED
    # The second request has read what the first one read and wrote.
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.estimated) == (2_100, 100 + WORDS, True)
    assert call.cost == first.cost + Decimal("0.0011") + WORDS * Decimal("0.000002")
    # What was searched for is kept and shown as of an answer that is whole.
    assert [(use.arguments, use.cost) for use in ToolUse.objects.filter(call=call)] == [
        ('{"query": "height of the tower"}', SEARCH)
    ]
    assert [one.number for one in call.citations.all()] == [1]


def test_cap_holds_over_all_requests_of_an_answer(bench, paused, upstream):
    # By its words alone the second request would be far below the cap: it reads what the first one read. With the last
    # of them it is reached: a heartbeat may come while those before it arrive.
    run = bench.finish(paused(gate_after=3, price=(100, 100), max_cost=Decimal("0.23025")))

    call = run.calls.get()
    assert (call.status, call.failure_code) == (Status.CANCELLED, FailureCode.CAPPED)
    assert call.cost == Decimal("0.11") + SEARCH + Decimal("0.11") + WORDS * Decimal("0.0001")
    assert upstream.wait_for(MODEL, requests=2, ended=True)[1]["closed_early"]


def test_running_answer_says_what_all_its_requests_cost(bench, paused, upstream):
    run = paused(gate_after=3)
    wait_until(lambda: two_under_way(upstream), "the answer goes on")

    def shown():
        (call,) = take_snapshot(run).calls
        return call.cost_so_far

    cost = Decimal("0.0012") + SEARCH + Decimal("0.0011") + WORDS * Decimal("0.000002")
    wait_until(lambda: shown() == cost, "the cost is told")
    upstream.release(MODEL)
    bench.finish(run)


def test_failure_of_a_later_request_leaves_the_cost_of_the_earlier(bench, paused):
    run = bench.finish(paused("500"))

    call = run.calls.with_output().get()
    assert (call.status, call.output.text) == (Status.FAILED, "I looked. It is 330 metres tall. ")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (1_000, 100)
    assert call.cost == Decimal("0.0012") + SEARCH
    assert [use.cost for use in ToolUse.objects.filter(call=call)] == [SEARCH]


def test_request_without_a_word_is_paid_also_where_all_is_asked_anew(bench, paused, upstream):
    run = bench.finish(paused("500", cited=[]))

    call = run.calls.get()
    assert call.status is Status.FAILED
    assert len(upstream.ledger(MODEL)) > 2
    assert [one.cost for one in call.attempt_values if one.failure is None] == [Decimal("0.0012") + SEARCH]
    assert (call.cost, call.usage.input_tokens) == (Decimal("0.0012") + SEARCH, 1_000)


def test_answer_that_goes_on_to_its_end_costs_all_requests_and_searches_once(bench, paused, upstream):
    run = bench.finish(paused(text=" Five."))

    call = run.calls.with_output().get()
    assert len(upstream.ledger(MODEL)) == 5  # paused again each time, as often as it may be
    assert call.output.text == "I looked. It is 330 metres tall. " + " Five." * 4
    assert (call.usage.input_tokens, call.usage.output_tokens) == (5_000, 500)
    assert [one.cost for one in call.attempt_values] == [Decimal("0.0012") + SEARCH, *[Decimal("0.0012")] * 3, None]
    assert (call.cost, run.cost_is_complete) == (5 * Decimal("0.0012") + SEARCH, True)
