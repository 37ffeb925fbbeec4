"""Caps on real parts: a worker, and models over HTTP that bill what they write."""

from decimal import Decimal

import pytest

from apps.catalogue.models import Model
from apps.fusion.values import Usage
from apps.fusion.vocabulary import AnswerKind, CostSource, FailureCode, Status
from apps.runs import actions, tasks
from apps.runs.lifecycle import claims, sweep
from apps.runs.models import Call
from apps.runs.spending import ledger
from apps.runs.starting import InvalidRun
from tests.calls import change_output
from tests.services import wait_until

LONG = "one " * 400
"""400 tokens: $0.40 at a dollar for a thousand."""
AT_THE_GATE = Decimal("0.2995")
"""A cap that is reached with the 300th of these words: a heartbeat may come while those before it arrive."""


@pytest.fixture
def dear(bench):
    """Make models that cost a dollar for each thousand tokens they write, and nothing to read."""

    def make(name, **script):
        reference = bench.model(name, **script)
        Model.objects.filter(reference=reference).update(price_input=0, price_output=1000)
        return reference

    return make


def outcomes(run):
    """Return role and letter, status and failure code of each call."""
    return [f"{c.role}{c.slot}{c.take} {c.status} {c.failure_code or ''}".strip() for c in run.calls.order_by("pk")]


def spent(run):
    return sum(call.cost or 0 for call in run.calls.all())


def test_run_stops_before_the_judge_and_goes_on_when_the_cap_is_raised(bench, worker, dear):
    answer = {"usage": {"prompt_tokens": 5, "completion_tokens": 200}}
    a, b, judge = dear("a", **answer), dear("b", **answer), dear("j", text="Prose, no analysis.", usage=None)
    writer = dear("writer", text="Both.", usage={"prompt_tokens": 9, "completion_tokens": 50})

    run = bench.finish(bench.start(a, b, judge=judge, writer=writer, max_cost=Decimal("0.45")))

    assert outcomes(run) == ["panelA1 done", "panelB1 done", "judge1 cancelled capped"]
    assert (run.status, run.failure_code, run.answer_call) == (Status.CANCELLED, FailureCode.CAPPED, None)
    assert (run.cost, run.cost_is_complete) == (Decimal("0.4"), True)
    assert run.failure_sentence == "Not started: it could exceed a cap. The cap of this run is $0.45."

    actions.continue_run(run, Decimal(2))

    run = bench.finish(run)
    assert outcomes(run)[3:] == [
        "judge2 failed bad_reply", "judge3 failed bad_reply", "judge4 done", "synthesis1 done",
    ]  # fmt: skip
    assert (run.status, run.answer_kind, run.answer_call.output.text) == (Status.DONE, AnswerKind.FUSED, "Both.")
    assert not run.cap_reached


def test_run_stops_in_the_middle_of_a_stream_and_keeps_the_text(bench, worker, dear, upstream):
    a = dear("a", text=LONG, gate_after=300)

    run = bench.finish(bench.start(a, max_cost=AT_THE_GATE))

    call = run.calls.get()
    assert (call.status, call.failure_code) == (Status.CANCELLED, FailureCode.CAPPED)
    assert call.output.text.split() == ["one"] * 300
    assert (call.cost, call.usage.estimated) == (Decimal("0.3"), True)
    assert (run.status, run.failure_code) == (Status.CANCELLED, FailureCode.CAPPED)
    assert upstream.wait_for("a", ended=True)[0]["closed_early"]


def test_writer_that_is_capped_leaves_its_text_as_the_answer(bench, worker, dear):
    writer = dear("writer", text=LONG, gate_after=300)

    run = bench.finish(bench.start(bench.model("a"), bench.model("b"), writer=writer, max_cost=AT_THE_GATE))

    assert (run.status, run.failure_code, run.answer_kind) == ("cancelled", "capped", "fused")
    assert run.answer_call.output.text.split() == ["one"] * 300

    bench.upstream.script("writer", "ok", text="Whole.")
    actions.continue_run(run, Decimal(1))

    run = bench.finish(run)
    assert (run.status, run.answer_call.output.text) == (Status.DONE, "Whole.")
    assert outcomes(run)[-2:] == ["synthesis1 cancelled capped", "synthesis2 done"]


def test_panel_call_that_does_not_fit_is_not_sent(bench, worker, dear, upstream):
    a = dear("a", gate_after=1)

    run = bench.start(a, bench.model("b"), max_cost=Decimal("0.05"))

    run = bench.finish(run)
    assert outcomes(run) == ["panelA1 cancelled capped", "panelB1 done"]
    assert upstream.ledger("a") == []
    assert run.failure_code == FailureCode.CAPPED

    upstream.release("a")
    actions.continue_run(run, Decimal(1))

    run = bench.finish(run)
    assert outcomes(run)[2:4] == ["panelA2 done", "judge1 done"]
    assert run.status == Status.DONE


def test_calls_side_by_side_share_a_cap(bench, worker, dear):
    names = "abcd"
    models = [dear(name, text=LONG, gate_after=300) for name in names]

    run = bench.finish(bench.start(*models, max_cost=Decimal("0.25")))

    assert [line.split(" ", 1)[1] for line in outcomes(run)] == ["cancelled capped"] * 4
    started = run.calls.filter(claim__gt=0).count()
    assert started == 2  # each reserves a short answer, $0.10
    assert spent(run) <= started * Decimal("0.3")


@pytest.mark.parametrize("earlier", [Decimal(0), Decimal("0.2")])
def test_call_that_could_not_be_claimed_holds_no_room(bench, private_valkey, dear, monkeypatch, earlier):
    call = bench.start(dear("a"), max_cost=Decimal(1)).calls.get()
    Call.objects.update(possible_extra_cost=earlier, reserved_cost=Decimal("0.1"))
    monkeypatch.setattr(claims, "claim", lambda _: None)

    tasks.perform_call(call.pk)

    call.refresh_from_db()
    assert (call.status, ledger.spent_on(call.run)) == (Status.QUEUED, earlier)


def test_call_whose_worker_was_lost_holds_no_room_while_it_waits(bench, private_valkey, dear):
    call = bench.claimed(bench.start(dear("a"), max_cost=Decimal(1)))
    Call.objects.update(reserved_cost=Decimal("0.1"), cost_so_far=Decimal("0.04"), heartbeat_at="2000-01-01T00:00Z")
    change_output(call, text="It is")

    sweep.sweep()

    call = Call.objects.get()
    assert (call.status, ledger.spent_on(call.run)) == (Status.QUEUED, Decimal("0.04"))


def test_daily_cap_holds_all_runs_of_a_person(bench, worker, dear):
    a = dear("a", usage={"prompt_tokens": 5, "completion_tokens": 460})
    bench.owner.cap_per_day = Decimal(1)
    bench.owner.save()

    runs = [bench.finish(bench.start(a)) for _ in range(3)]

    assert [outcomes(run) for run in runs] == [["panelA1 done"], ["panelA1 done"], ["panelA1 cancelled capped"]]
    assert runs[2].failure_sentence == (
        "Not started: it could exceed a cap. Your daily cap is $1.00. The next day begins at 00:00 UTC."
    )


def test_run_is_refused_when_the_daily_cap_is_used_up(bench, worker):
    a = bench.model("a")
    bench.owner.cap_per_day = Decimal(1)
    bench.owner.save()
    bench.finish(bench.start(a)).calls.update(cost=1)

    with pytest.raises(InvalidRun) as refusal:
        bench.start(a)

    assert (refusal.value.field, refusal.value.sentence) == (
        "max_cost",
        "Nothing is left to spend. Your daily cap is $1.00. The next day begins at 00:00 UTC. Raise it to go on now.",
    )
    assert bench.finish(bench.start(free(bench, "f"), writer=free(bench, "w"))).status == Status.DONE


def free(bench, name):
    reference = bench.model(name)
    Model.objects.filter(reference=reference).update(price_input=0, price_output=0)
    return reference


def test_model_without_a_price_is_not_stopped_by_a_cap(bench, worker):
    a = bench.model("a", text=LONG)
    Model.objects.filter(reference=a).update(price_input=None, price_output=None)

    run = bench.finish(bench.start(a, max_cost=Decimal("0.000001")))

    assert (run.status, run.cost, run.cost_is_complete) == (Status.DONE, None, False)


def test_cancelled_call_counts_what_was_used(bench, worker, upstream):
    prompt = "one " * 1000
    run = bench.start(bench.model("a", text="one two three four", gate_after=2), prompt=prompt)
    bench.wait_for_text(run, "one two")

    actions.cancel_run(run)

    call = bench.finish(run).calls.get()
    assert call.usage == Usage(input_tokens=1000, output_tokens=2, estimated=True)
    assert (call.cost, call.cost_source) == (Decimal("0.001004"), CostSource.COMPUTED)


def test_call_that_is_cancelled_before_a_word_came_counts_its_input(bench, worker, upstream):
    run = bench.start(bench.model("a", gate_after=0), prompt="one " * 1000)
    upstream.wait_for("a", events=0)

    actions.cancel_run(run)

    call = bench.finish(run).calls.get()
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.estimated) == (1000, 0, True)
    assert call.cost == Decimal("0.001")


def test_running_call_stores_what_it_has_cost_so_far(bench, worker, dear, upstream):
    run = bench.start(dear("a", text=LONG, gate_after=100))

    wait_until(lambda: run.calls.filter(cost_so_far=Decimal("0.1")).exists(), "the cost so far is stored")
    actions.cancel_run(run)

    assert bench.finish(run).cost == Decimal("0.1")
