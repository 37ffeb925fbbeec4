"""Fifty runs against vendors of which every third request fails, one of them gone for a while: nothing is lost.

What the upstream's ledger says was asked, sent and billed is compared with what the site stored. The upstream bills
whole answers by the usage that it reports, answers that it breaks off by their input and what it has sent of them, and
nothing where it sent neither text nor usage; for what it did not report, it counts tokens as we do. So the costs of all
calls are its bill, to the last digit, but for one rule: text that was sent right before a connection was reset may
never have arrived. There the stored text may be shorter than what was sent, and the stored cost smaller than the bill.
"""

import json
import re
from collections import defaultdict
from decimal import Decimal

import pytest

from apps.catalogue.models import Model, Provider
from apps.fusion.values import SlotSpec
from apps.fusion.vocabulary import FailureCode, Status
from apps.providers.resilience import CircuitState
from apps.runs import actions
from apps.runs.execution.circuits import circuit_of
from apps.runs.models import Call, Run
from tests.services import wait_until

FAILURES = [
    *["429", "500", "529", "stall-first", "cut-mid", "error-mid-stream", "broken-json", "nothing", "error-200"],
    *["counted-then-overloaded", "counted-then-error"],
]
REPLY = json.dumps({"consensus": [{"point": "It is tall.", "support": [{"slot": "A", "quote": "It is tall."}]}]})
STEADY, SHAKY = ["up/a", "up/b", "up/stand-in"], ["shaky/c", "shaky/d"]
QUICK = {"CIRCUIT_OPEN_SECONDS": "1", "FIRST_TOKEN_TIMEOUT": "3", "LOST_AFTER_SECONDS": "30"}


@pytest.fixture
def vendors(bench, upstream):
    """Create two providers whose models fail at random."""
    shaky = Provider.objects.create(slug="shaky", name="Shaky", base_url=upstream.url_of("shaky"))
    for reference in [*STEADY, *SHAKY, "up/judge", "up/writer"]:
        slug, name = reference.split("/")
        provider = shaky if slug == "shaky" else bench.provider
        Model.objects.create(
            reference=reference, provider=provider, name=name, label=name, price_input=1, price_output=2
        )
        text = REPLY if name == "judge" else f"It is tall. So says {name}, and it should know."
        upstream.script(name, "flaky", seed=7, rate=0.3, failures=FAILURES, text=text)
    return upstream


def start(bench, number):
    """Start a run whose prompt tells it from the others; its last slot has a fallback."""
    panel = [SlotSpec(slot=slot, model=model) for slot, model in zip("ABC", ["up/a", "up/b", "shaky/c"], strict=True)]
    panel.append(SlotSpec(slot="D", model="shaky/d", fallback="up/stand-in"))
    recipe = bench.recipe(*(spec.model for spec in panel), judge="up/judge", writer="up/writer", quorum=4)
    recipe = recipe.model_copy(update={"panel": tuple(panel)})
    return actions.start_run(bench.owner, [bench.message(f"Question {number}: how tall is it?")], recipe)


def state_of(model):
    return circuit_of([model])[model].state


@pytest.mark.timeout(300)
def test_fifty_runs_complete_while_vendors_fail_at_random(bench, own_worker, private_valkey, vendors):
    own_worker(**QUICK)

    runs = [start(bench, number) for number in range(15)]
    vendors.down("shaky")
    runs += [start(bench, number) for number in range(15, 30)]
    wait_until(lambda: state_of("shaky/c") is not CircuitState.CLOSED, "a circuit opens")
    vendors.up("shaky")
    runs += start_until_closed(bench, "shaky/c")
    for run in runs:
        bench.finish(run, within_s=120)

    assert len(runs) == 50
    assert all(run.is_final for run in Run.objects.all())
    assert Call.objects.filter(failure_code=FailureCode.CIRCUIT_OPEN).exists()
    assert Call.objects.filter(answered_by="up/stand-in").exists()
    wait_until(lambda: all(entry["ended"] for entry in vendors.ledger()), "the vendor has noted what it bills")
    requests = matched(vendors.ledger())
    assert_texts_are_kept(requests)
    assert_costs_are_the_ledgers(requests)


def start_until_closed(bench, model):
    """Start up to twenty runs until the circuit is closed; those that find it half-open bring probes."""
    runs, was_closed = [], False
    for number in range(30, 50):
        if not was_closed:
            wait_until(lambda: state_of(model) is not CircuitState.OPEN, "a probe is let through")
        runs.append(start(bench, number))
        if not was_closed:
            bench.finish(runs[-1])
            was_closed = state_of(model) is CircuitState.CLOSED
    assert was_closed
    return runs


def matched(ledger):
    """Return every call with its requests in the ledger, oldest first; none may be left over on either side."""
    sent = defaultdict(list)
    for entry in ledger:
        number = re.search(r"Question (\d+):", json.dumps(entry["body"]))[1]
        sent[number, entry["model"]].append(entry)
    requests = {}
    for call in Call.objects.select_related("run").order_by("run", "take"):
        number = re.search(r"\d+", call.run.prompt)[0]
        asked = [
            one for one in call.attempt_values if one.failure is None or one.failure.code != FailureCode.CIRCUIT_OPEN
        ]
        requests[call] = [sent[number, one.model.partition("/")[2]].pop(0) for one in asked]
    assert [entry for entries in sent.values() for entry in entries] == []
    return requests


def assert_texts_are_kept(requests):
    """Assert that a call holds the text of its last request, and that no request was retried after text."""
    for call, entries in requests.items():
        if entries and entries[-1]["behaviour"] == "cut-mid":
            assert entries[-1]["text"].startswith(call.output.text)
        elif entries:
            assert (call.pk, call.output.text) == (call.pk, entries[-1]["text"])
        assert [one["text"] for one in entries[:-1] if one["text"] and one["behaviour"] != "cut-mid"] == []


def assert_costs_are_the_ledgers(requests):
    """Assert that every call costs what the upstream bills; at most that if a connection was reset."""
    whole = {call: bill for call, bill in requests.items() if not has_reset(bill)}
    assert {call: call.cost or 0 for call in whole} == {call: billed(bill) for call, bill in whole.items()}
    for call, bill in requests.items():
        unsure = [entry for entry in bill if entry["behaviour"] == "cut-mid"]
        assert billed(bill) - billed(unsure) <= (call.cost or 0) <= billed(bill)
    assert_kinds_of_bills_are_met(whole)
    for run in Run.objects.all():
        costs = [call.cost for call in run.calls.all() if call.cost is not None]
        assert run.cost == (sum(costs, Decimal(0)) if costs else None)


def assert_kinds_of_bills_are_met(requests):
    """Assert that the calls compared include every kind of bill: whole, broken off, billed without text."""
    ends = [(bill[-1]["behaviour"], call.status) for call, bill in requests.items() if bill]
    assert {("ok", Status.DONE), ("error-mid-stream", Status.FAILED)} <= set(ends)
    assert [bill for bill in requests.values() if any(entry["billed"] for entry in bill[:-1])]


def has_reset(bill):
    return any(entry["behaviour"] == "cut-mid" for entry in bill)


def billed(bill):
    """Return the USD of these requests, at the prices of the models here."""
    usages = [entry["billed"] for entry in bill if entry["billed"]]
    return sum((usage["prompt_tokens"] + 2 * usage["completion_tokens"] for usage in usages), Decimal(0)) / 1_000_000
