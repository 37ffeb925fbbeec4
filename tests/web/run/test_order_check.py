"""The order check on the run page, its price, and in shares."""

import re

import pytest

from apps.fusion.judging.findings import Stability
from apps.fusion.values import Failure, Guidance
from apps.fusion.vocabulary import AnswerOrder, FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Call
from tests.calls import change_output
from tests.web.run.test_page import HTMX
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")
FIGURE = Stability(orders=3, found={"k1": 3, "c1": 3, "u1": 1, "p1": 3, "b1": 2}, further=1)


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)


def words_of(client, address):
    page = re.sub(r"<[^>]+>", " ", client.get(address).content.decode())
    return " ".join(page.split())


def test_order_check_is_offered_with_its_price_and_asks_the_judge(as_alice, run, quiet):
    url = run.get_absolute_url()
    words = words_of(as_alice, url)
    assert "Order check not made" in words
    assert as_alice.get(f"{url}order-check/price/").content.decode() == "2 calls, $0"

    response = as_alice.post(f"{url}order-check/", headers=HTMX)

    asked = Call.objects.filter(run=run, status=Status.QUEUED).order_by("pk")
    assert response.headers["HX-Trigger"] == '{"run-live": {}}'
    assert [(call.role, call.take, call.model) for call in asked] == [
        (Role.JUDGE, 2, run.analysis_call.model),
        (Role.JUDGE, 3, run.analysis_call.model),
    ]
    assert {call.guidance.beside for call in asked} == {run.analysis_call_id}
    assert "Order check at work" in words_of(as_alice, url)
    said = as_alice.post(f"{url}order-check/", headers=HTMX).headers["HX-Trigger"]
    assert "The order is being checked already." in said


def test_findings_say_in_how_many_orders_they_came_up(as_alice, run, client):
    analysis = make_analysis(ANSWERS, stability=FIGURE)
    change_output(run.analysis_call, analysis=analysis)
    share = actions.share_run(run)

    for client_of, address in ((as_alice, run.get_absolute_url()), (client, share.get_absolute_url())):
        words = words_of(client_of, address)
        assert "3 of 5 stable" in words
        assert "3 of 5 findings came up in each of 3 orders of the answers." in words
        assert "1 further finding came up in another order only." in words
        assert words.count("stable, 3 of 3") == 3
        assert (words.count("unstable, 1 of 3"), words.count("unstable, 2 of 3")) == (1, 1)
    assert "Check the order again" in words_of(as_alice, run.get_absolute_url())
    assert "Check the order again" not in words_of(client, share.get_absolute_url())


def test_order_that_failed_is_said_and_what_counted_stays(as_alice, run):
    failure = Failure(code=FailureCode.BAD_REPLY, sentence="The judge's reply could not be read.")
    for take, order in ((2, AnswerOrder.REVERSED), (3, AnswerOrder.ROTATED)):
        guidance = Guidance(batch=2, order=order, beside=run.analysis_call_id)
        inputs = run.analysis_call.inputs
        make_call(run, Role.JUDGE, take=take, status=Status.FAILED, failure=failure, inputs=inputs, guidance=guidance)

    words = words_of(as_alice, run.get_absolute_url())

    assert "Order check failed" in words
    for order in ("reversed", "rotated"):
        assert f"In the {order} order no analysis could be made: The judge&#x27;s reply could not be read." in words
    assert "Height of the tower" in words


def test_word_overlap_has_no_order_to_check(as_alice, run, quiet):
    judge = make_live_call(run, role=Role.JUDGE, take=2, model="builtin/overlap", inputs=run.analysis_call.inputs)
    change_output(judge, analysis=make_analysis(ANSWERS, model="builtin/overlap"))
    Call.objects.filter(pk=judge.pk).update(status=Status.DONE)
    run.analysis_call = judge
    run.save()
    url = run.get_absolute_url()

    assert "Order check" not in words_of(as_alice, url)
    assert as_alice.get(f"{url}order-check/price/").content.decode().startswith("Word overlap made this analysis")
