"""The cost of calls by our own count: if their text is lost, if nobody counts it, and if a fallback may answer."""

from decimal import Decimal

import pytest
from django.utils import timezone

from apps.catalogue.recipes.estimates import tool_tokens
from apps.fusion.cost import INSTRUCTIONS
from apps.fusion.tokens import IMAGE_TOKENS
from apps.fusion.tools import Tool, ToolSet
from apps.fusion.values import Attempt, Failure, Message, Price, Reply, Usage
from apps.fusion.vocabulary import CostSource, FailureCode, Role, Status
from apps.runs.execution import results
from apps.runs.lifecycle import claims
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import Call
from apps.runs.spending.caps import Cap
from apps.runs.spending.metering import meter_of, tokens_read, total_cost, used
from tests.calls import create_call
from tests.factories import SMOL, make_hosted_models, make_local_models, make_run, make_user

FAILURE = Failure(code=FailureCode.INVALID_MODEL, sentence="It is gone.")
ANVIL, CEDAR = "router/anvil-1", "router/cedar-1"
LOST = Attempt(
    model=ANVIL, started_at=1, failure=Failure(code=FailureCode.WORKER_LOST, sentence="The worker was told to stop.")
)
EARLIER = LOST.model_copy(update={"cost": Decimal("0.25")})
"""An attempt whose text is lost, and what it cost."""


@pytest.fixture
def run(db):
    make_local_models()
    make_hosted_models()
    return make_run(make_user("alice"), prompt="word " * 1000, status=Status.RUNNING)


def streaming(run, **values):
    """Create a call of which a worker has stored some text, at a cost so far of $0.25."""
    held = {
        "role": Role.PANEL,
        "model": ANVIL,
        "status": Status.RUNNING,
        "claim": 1,
        "deliveries": 1,
        "text": "It is",
        "cost_so_far": Decimal("0.25"),
        "started_at": timezone.now(),
    }
    return create_call(run, slot="A", **held | values)


def rescued(call):
    with locked_run(call.run_id) as change:
        claims.rescue(change, change.run.calls.select_for_update().get(pk=call.pk))
    call.refresh_from_db()
    return call


@pytest.mark.parametrize("text, cost", [("It is", Decimal("0.25")), ("", None)])
def test_call_whose_worker_is_lost_keeps_what_it_cost_on_its_attempt(run, text, cost):
    call = rescued(streaming(run, text=text))

    (lost,) = call.attempt_values
    assert (call.status, call.cost_so_far, lost.cost) == (Status.QUEUED, None, cost)


@pytest.mark.parametrize("leave", [claims.requeue_on_shutdown, rescued])
def test_call_that_a_cap_stopped_says_so_although_its_worker_left_it(run, leave):
    stop = {"cancel_requested": True, "cancel_code": FailureCode.CAPPED}
    call = streaming(run, failure_sentence="Stopped at a cap; it is $0.20.", **stop)

    leave(call)

    call.refresh_from_db()
    run.refresh_from_db()
    assert (call.failure_code, call.failure_sentence) == (FailureCode.CAPPED, "Stopped at a cap; it is $0.20.")
    assert (call.status, run.cap_reached) == (Status.CANCELLED, True)


@pytest.mark.parametrize(
    "cost, source, usage, whole",
    [
        (Decimal("0.5"), CostSource.REPORTED, Usage(output_tokens=1), (Decimal("0.75"), CostSource.COMPUTED)),
        (None, CostSource.UNKNOWN, Usage(output_tokens=1), (Decimal("0.25"), CostSource.UNKNOWN)),
        (None, CostSource.UNKNOWN, Usage(), (Decimal("0.25"), CostSource.COMPUTED)),
    ],
    ids="known unknown turned-away".split(),
)
def test_cost_of_all_requests_is_known_if_that_of_each_is(run, cost, source, usage, whole):
    assert total_cost([EARLIER], usage, cost, source) == whole


@pytest.mark.parametrize(
    "make", [lambda call: results.unsendable_result(call, FAILURE), lambda call: results.failed_result(call, None)]
)
def test_call_that_breaks_keeps_what_it_cost_before(run, make):
    call = streaming(run, attempts=[EARLIER])

    claims.end(call, make(call))

    run.refresh_from_db()
    assert (run.cost, run.cost_is_complete) == (Decimal("0.25"), True)


def test_total_is_open_while_a_part_of_a_call_is_unknown(run):
    call = streaming(run, attempts=[EARLIER])
    outcome = Outcome(Status.DONE, Reply(text="It is."))

    claims.end(call, Result(outcome, Usage(output_tokens=1), Decimal("0.25"), CostSource.UNKNOWN))

    run.refresh_from_db()
    assert (run.cost, run.cost_is_complete) == (Decimal("0.25"), False)


@pytest.mark.parametrize("text", ["It is", ""])
@pytest.mark.parametrize("model, is_complete", [(ANVIL, False), (SMOL, True)], ids=["paid", "free"])
def test_loss_of_a_worker_leaves_the_total_open(run, text, model, is_complete):
    rescued(streaming(run, text=text, model=model, started_at=timezone.now()))
    Call.objects.update(status=Status.RUNNING, deliveries=3)

    rescued(Call.objects.get())

    run.refresh_from_db()
    assert run.cost_is_complete == is_complete


def test_total_stays_open_when_the_next_delivery_ends_well(run):
    call = rescued(streaming(run, started_at=timezone.now()))
    Call.objects.update(status=Status.RUNNING, deliveries=2, claim=2)
    call.refresh_from_db()
    outcome = Outcome(Status.DONE, Reply(text="It is."), attempts=call.attempt_values)

    claims.end(call, Result(outcome, Usage(output_tokens=1), Decimal("0.5"), CostSource.REPORTED))

    run.refresh_from_db()
    assert (run.cost, run.cost_is_complete) == (Decimal("0.5"), False)


def test_call_whose_worker_is_lost_for_good_counts_every_time(run):
    earlier = EARLIER.model_copy(update={"cost": Decimal("0.2")})
    call = rescued(streaming(run, deliveries=3, attempts=[earlier], cost_so_far=Decimal("0.05")))

    assert (call.status, call.cost, call.usage.output_tokens) == (Status.FAILED, Decimal("0.25"), 2)
    run.refresh_from_db()
    assert run.cost == Decimal("0.25")


@pytest.mark.parametrize(
    "model, fallback, price",
    [(ANVIL, "", 15), (ANVIL, CEDAR, 15), (CEDAR, ANVIL, 15), (CEDAR, "router/gone", 12), ("router/gone", CEDAR, 12)],
)
def test_meter_reckons_with_the_dearer_of_a_model_and_its_fallback(run, model, fallback, price):
    assert meter_of(streaming(run, model=model, fallback=fallback)).price.output == price


def test_meter_reckons_with_the_fallback_once_it_is_its_turn(run):
    call = streaming(run, model=ANVIL, fallback=CEDAR, routed_to=CEDAR)

    assert meter_of(call).price.output == 12


def test_meter_reckons_at_the_price_of_who_answers(run):
    meter = meter_of(streaming(run, model=ANVIL, fallback=CEDAR))

    assert meter.so_far("x" * 4_000_000, "", Price(input=0, output=12)) == 12


@pytest.mark.parametrize(
    "said, text, was_answered, usage",
    [
        (Usage(input_tokens=7, output_tokens=8), "It is", True, Usage(input_tokens=7, output_tokens=8)),
        (Usage(), "It is", True, Usage(input_tokens=1250, output_tokens=2, estimated=True)),
        (Usage(), "It is", False, Usage(input_tokens=1250, output_tokens=2, estimated=True)),
        (Usage(), "", True, Usage(input_tokens=1250, output_tokens=0, estimated=True)),
        (Usage(), "", False, Usage()),
        (Usage(output_tokens=8), "It is", True, Usage(input_tokens=1250, output_tokens=8, estimated=True)),
        (Usage(input_tokens=7), "It is", True, Usage(input_tokens=7, output_tokens=2, estimated=True)),
    ],
    ids="vendor nobody cut stopped refused no-input no-output".split(),
)
def test_tokens_are_the_vendors_and_ours_where_it_sent_none(run, said, text, was_answered, usage):
    assert used(streaming(run), Reply(text=text, usage=said), was_answered=was_answered) == usage


def test_input_is_counted_from_what_was_sent_where_that_is_known(run):
    sent = [Message(role="system", text="Be brief. "), Message(role="user", text="four", images=("data:,",))]

    usage = used(streaming(run), Reply(text="It is"), was_answered=True, sent=sent)

    assert usage.input_tokens == 3 + 1 + IMAGE_TOKENS


def test_images_of_earlier_turns_are_read_by_calls_that_read_no_others(run):
    turns = [Message(role="user", text="four", images=("data:,",)), Message(role="user", text="four")]
    run.messages = tuple(turns)

    answer = streaming(run)
    writer = streaming(run, role=Role.SYNTHESIS, inputs=(answer.pk,))
    writer.run = answer.run

    assert tokens_read(answer) == 2 + IMAGE_TOKENS
    assert tokens_read(writer) == 2 + INSTRUCTIONS + 2


def test_tools_are_read_by_the_call_that_may_ask_for_them(run):
    answer, tool = streaming(run), Tool(name="weather", description="word" * 100)
    writer = streaming(run, role=Role.SYNTHESIS, inputs=(answer.pk,))
    before = tokens_read(answer), tokens_read(writer)

    writer.run = answer.run
    answer.run.tools = ToolSet(tools=(tool,))

    assert tokens_read(answer) == before[0]
    assert tokens_read(writer) == before[1] + tool_tokens([tool.model_dump(exclude_none=True)])


@pytest.mark.parametrize("leave", [rescued, lambda call: claims.requeue_on_shutdown(call, call.attempt_values)])
def test_requeued_call_keeps_the_cost_of_failed_attempts(run, leave):
    wasted = [
        Attempt(model=ANVIL, started_at=1, cost=Decimal("0.2")),
        Attempt(model=ANVIL, started_at=2, possible_cost=Decimal("0.1")),
        *([LOST] if leave is not rescued else []),
    ]
    call = streaming(run, attempts=wasted)

    leave(call)

    call.refresh_from_db()
    lost = call.attempt_values[-1]
    assert (call.status, call.possible_extra_cost, lost.cost) == (Status.QUEUED, Decimal("0.55"), Decimal("0.25"))


@pytest.mark.parametrize(
    "spent, amount, takes",
    [
        ("0.9", "0.1", True),
        ("0.9", "0.100001", False),
        ("1", "0", True),
        ("1.2", "0", False),
        ("0.999999", None, True),
        ("1", None, False),
    ],
)
def test_cap_reserves_calls_that_fit_and_admits_unknown_prices_while_there_is_room(spent, amount, takes):
    cap = Cap("The cap", Decimal(1), Decimal(spent))

    assert cap.takes(None if amount is None else Decimal(amount)) == takes
