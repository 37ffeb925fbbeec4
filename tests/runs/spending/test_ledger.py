"""The calls that count against a cap, and the actions left once it is reached; rows alone, nothing is sent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.fusion.values import Message
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.spending import caps, ledger
from apps.runs.starting import ApiClient, InvalidRun
from tests.calls import create_call
from tests.factories import make_hosted_models, make_local_models, make_recipe, make_run, make_user

ASKED = [Message(role="user", text="How high is it?")]


@pytest.fixture
def alice(db):
    make_local_models()
    make_hosted_models()
    return make_user("alice")


@pytest.fixture
def key(alice):
    return ApiKey.objects.create(
        owner=alice, team=alice.personal_team, name="nightly", prefix="fw_", digest="d", cap_per_day=Decimal(1)
    )


def add(run, cost, ago=timedelta(), **values):
    """Create a call of a run that ended so long ago."""
    ended = {"status": Status.DONE, "cost": cost, "ended_at": timezone.now() - ago}
    take = run.calls.count() + 1
    return create_call(run, Role.PANEL, "A", take=take, model="router/anvil-1", **ended | values)


def test_key_whose_cap_is_used_up_is_refused(alice, key):
    add(make_run(alice, api_key=key), Decimal(1))

    with pytest.raises(InvalidRun) as refusal:
        actions.start_run(alice, ASKED, make_recipe("router/anvil-1"), client=ApiClient(api_key=key))

    assert (refusal.value.field, refusal.value.sentence) == (
        "max_cost",
        "Nothing is left to spend. The daily cap of the key “nightly” is $1.00. The next day begins at 00:00 UTC. "
        "Raise it to go on now.",
    )
    assert actions.start_run(alice, ASKED, make_recipe("router/anvil-1")).api_key is None


LOST = {"possible_extra_cost": Decimal("0.3")}
RUNNING = {"status": Status.RUNNING, "ended_at": None, "cost_so_far": Decimal("0.5")}


@pytest.mark.parametrize(
    "values, day, month",
    [
        ({}, 1, 1),
        ({"ago": timedelta(days=32)}, 0, 0),
        (RUNNING, Decimal("0.5"), Decimal("0.5")),
        ({**RUNNING, "reserved_cost": Decimal("0.7")}, Decimal("0.7"), Decimal("0.7")),
        (
            {**RUNNING, "reserved_cost": Decimal("0.3"), "possible_extra_cost": Decimal("0.3")},
            Decimal("0.8"),
            Decimal("0.8"),
        ),
        ({**RUNNING, "reserved_cost": Decimal("0.1")}, Decimal("0.5"), Decimal("0.5")),
        ({"status": Status.QUEUED, "ended_at": None}, 0, 0),
        ({"cost": None}, 0, 0),
    ],
    ids="ended long-ago running little-written begun-again past-its-reserve queued unknown".split(),
)
def test_spending_counts_what_ended_in_time_and_what_runs(alice, values, day, month):
    add(make_run(alice), **{"cost": Decimal(1), **values})
    add(make_run(make_user("bob")), Decimal(7))

    assert ledger.spent_by(alice, ledger.start_of_day()) == day
    assert ledger.spent_by(alice, ledger.start_of_month()) == month


def test_spending_of_deleted_runs_is_remembered(alice, key):
    run = make_run(alice, api_key=key)
    add(run, Decimal("0.25"))
    add(run, Decimal("0.5"), ago=timedelta(days=40))
    add(run, None, status=Status.RUNNING, ended_at=None, cost_so_far=Decimal("0.125"))

    actions.delete_run(run)

    assert Run.objects.count() == 0
    assert ledger.spent_by(alice, ledger.start_of_day()) == Decimal("0.375")
    assert ledger.spent_by(key, ledger.start_of_day()) == Decimal("0.375")


def make_capped(alice, **values):
    """Create a run whose only call was stopped at $0.40 by its cap of the same amount."""
    recipe = make_recipe("router/anvil-1", max_cost=Decimal("0.4"))
    capped = {"status": Status.CANCELLED, "failure_code": FailureCode.CAPPED}
    run = make_run(alice, recipe=recipe, cap_reached=True, **capped | values)
    add(run, Decimal("0.4"), **capped)
    return run


def test_run_goes_on_with_new_takes_of_what_was_capped(alice):
    run = make_capped(alice)

    actions.continue_run(run, Decimal("0.5"))

    run.refresh_from_db()
    assert (run.status, run.failure_code, run.cap_reached) == (Status.RUNNING, None, False)
    assert run.recipe.max_cost == Decimal("0.5")
    assert list(run.calls.values_list("slot", "take", "status")) == [("A", 1, "cancelled"), ("A", 2, "queued")]


@pytest.mark.parametrize("cap", ["0.40", "0.39", "-1", "NaN", "Infinity", "10001"])
def test_run_goes_on_only_under_a_higher_cap(alice, cap):
    run = make_capped(alice)

    with pytest.raises(InvalidRun) as refusal:
        actions.continue_run(run, Decimal(cap))

    run.refresh_from_db()
    assert refusal.value.sentence == "$0.40 is spent already. Enter a higher cap, at most $10000.00."
    assert (run.cap_reached, run.recipe.max_cost, run.calls.count()) == (True, Decimal("0.4"), 1)


def test_run_goes_on_only_while_there_is_room_under_the_other_caps(alice):
    run = make_capped(alice)
    alice.cap_per_month = Decimal("0.4")
    alice.save()

    with pytest.raises(InvalidRun, match="Your monthly cap is"):
        actions.continue_run(run, Decimal(2))

    run.refresh_from_db()
    assert (run.status, run.recipe.max_cost) == (Status.CANCELLED, Decimal("0.4"))


def test_run_that_no_cap_stopped_cannot_go_on(alice):
    with pytest.raises(InvalidRun, match="No cap has stopped this run"):
        actions.continue_run(make_run(alice), Decimal(1))


@pytest.mark.parametrize(
    "amount, written",
    [("1", "$1.00"), ("0.05", "$0.05"), ("0.001500", "$0.0015"), ("100", "$100.00"), ("0.000001", "$0.000001")],
)
def test_amounts_are_written_as_they_were_set(amount, written):
    assert caps.usd(Decimal(amount)) == written
