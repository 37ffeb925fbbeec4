"""The cost that a key may add to a run that exists: its own within its limits, others only as an admin."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import ApiKey, User
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.models import Call, Run
from tests.factories import make_recipe, make_run
from tests.web.run_factories import make_call, make_live_call

ANVIL, BIRCH = "router/anvil-1", "router/birch-1"
ACTIONS = ["retry", "fuse-again", "fuse-now", "continue"]


@pytest.fixture
def alice(spender: User) -> User:
    return spender


def make_key(owner: User, scope: Scope = Scope.RUN, **limits: Any) -> tuple[ApiKey, Client]:
    key, secret = api_keys.make_key(owner, scope, [scope], **limits)
    return key, Client(headers={"Authorization": f"Bearer {secret}"})


def make_ended(owner: User, key: ApiKey | None, *models: str, action: str = "") -> Run:
    """A run of two answers that may be retried, fused again, or, if that is the action, continued."""
    capped = {"cap_reached": True, "failure_code": FailureCode.CAPPED} if action == "continue" else {}
    run = make_run(owner, api_key=key, recipe=make_recipe(*(models or (ANVIL, BIRCH)), writer=ANVIL), **capped)
    for slot in "AB":
        make_call(run, slot=slot, text="It is 330 metres high.", model=run.recipe.panel[0].model)
    return run


def act(client: Client, action: str, run: Run) -> tuple[int, str]:
    """The status of the answer and the code of its error."""
    call = run.calls.earliest("pk")
    path = f"/api/v1/calls/{call.pk}/retry" if action == "retry" else f"/api/v1/runs/{run.public_id}/{action}"
    body = {"slots": ["A", "B"]} if action == "fuse-again" else {}
    answer = client.post(path, body, content_type="application/json")
    return answer.status_code, answer.json().get("error", {}).get("code", "")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("payer", ["page", "other key"])
def test_a_run_of_another_payer_needs_an_admin(alice: User, action: str, payer: str) -> None:
    other = make_key(alice)[0] if payer == "other key" else None
    run = make_ended(alice, other, action=action)

    refused = act(make_key(alice)[1], action, run)
    calls = run.calls.count()
    allowed = act(make_key(alice, Scope.ADMIN)[1], action, run)

    assert (refused, calls) == ((403, "missing_scope"), 2)
    assert allowed == (201 if action == "retry" else 200, "")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_key_acts_on_its_own_run(alice: User, action: str) -> None:
    key, client = make_key(alice, concurrent_runs=1, cap_per_day=Decimal(1))

    assert act(client, action, make_ended(alice, key, action=action)) == (201 if action == "retry" else 200, "")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("at_work", ["run", "retried call"])
def test_a_key_at_its_limit_of_runs_lets_no_other_run_work(alice: User, action: str, at_work: str) -> None:
    key, client = make_key(alice, concurrent_runs=1)
    busy = make_ended(alice, key)
    if at_work == "run":
        Run.objects.filter(pk=busy.pk).update(status=Status.RUNNING, ended_at=None)
    else:
        make_live_call(busy, "A", take=2)

    assert act(client, action, make_ended(alice, key, action=action)) == (429, "too_many_runs")


def test_a_retried_call_keeps_a_new_run_out(alice: User) -> None:
    key, client = make_key(alice, concurrent_runs=1)
    make_live_call(make_ended(alice, key), "A", take=2)

    answer = client.post("/api/v1/runs", {"prompt": "How high?"}, content_type="application/json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_runs")


def test_the_run_itself_does_not_count(alice: User) -> None:
    key, client = make_key(alice, concurrent_runs=1)
    run = make_ended(alice, key)
    make_live_call(run, "B", take=2)

    assert act(client, "retry", run) == (201, "")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_used_up_cap_refuses_what_costs(alice: User, action: str) -> None:
    key, client = make_key(alice, cap_per_day=Decimal("0.001"))
    run = make_ended(alice, key, action=action)
    Call.objects.update(cost=Decimal("0.01"))
    Call.objects.update(ended_at=None)

    assert act(client, action, run) == (402, "cap_reached")


def test_an_admin_with_a_used_up_cap_cannot_spend_for_the_page(alice: User) -> None:
    client = make_key(alice, Scope.ADMIN, cap_per_day=Decimal(0))[1]

    assert act(client, "retry", make_ended(alice, None)) == (402, "cap_reached")
