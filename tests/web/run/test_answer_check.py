"""The check of the fused answer on the run page: above the answer where it found something, else one quiet line."""

import pytest

from apps.fusion.judging.check_reply import parse_check
from apps.fusion.values import Failure, Guidance
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.models import Call
from tests.factories import GEMMA, SMOL
from tests.web.run.test_again import page_of
from tests.web.run_factories import ANSWERS, make_call, make_finished_run, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

LETTERS = {"A": "C", "B": "A", "C": "B"}
WARNING = """{"findings": [
  {"fault": "drops_warning", "point": "Its <b>permit</b> ended.", "quote": "", "answer": "A",
   "answer_quote": "its permit ended after twenty years"},
  {"fault": "contradicts", "point": "B disagrees.", "quote": "330 metres high", "answer": "C",
   "answer_quote": "It stands 320 metres tall"}]}"""


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


def make_check(run, reply='{"findings": []}', **values):
    found = parse_check(reply, run.answer_call.output.text, ANSWERS, LETTERS, GEMMA)
    inputs = (*run.answer_call.inputs, run.answer_call_id)
    return make_call(run, Role.CHECK, text=reply, inputs=inputs, analysis=found, **values)


def test_findings_stand_above_the_answer_with_their_quotes(as_alice, run):
    make_check(run, WARNING, model=GEMMA)

    page = page_of(as_alice, run)

    above = page.split(f'data-answer="{run.answer_call_id}"')[1].split("Text of the answer")[0]
    found = above.split('class="answer-check found"')[1]
    assert "The check found 2 things." in found
    assert "Its &lt;b&gt;permit&lt;/b&gt; ended." in found
    assert "drops a warning" in found
    assert 'data-needle="its permit ended after twenty years"' in found
    assert f'data-quote-call="{run.answer_call_id}"' in found
    assert "not found in B" in found  # its quote is made up
    assert found.index("drops a warning") < found.index("contradicts an answer")


def test_check_that_finds_nothing_is_one_quiet_line(as_alice, run):
    make_check(run)

    page = page_of(as_alice, run)

    assert "The check found nothing." in page
    assert "answer-check found" not in page
    assert "Check this answer again" in page


def test_check_that_failed_or_was_of_an_earlier_answer_says_so(as_alice, run):
    assert "Check this answer" in page_of(as_alice, run)
    inputs = run.answer_call.inputs
    failure = Failure(code=FailureCode.BAD_REPLY, sentence="The check's reply could not be read: It is empty.")
    make_call(run, Role.CHECK, status=Status.FAILED, inputs=(*inputs, run.answer_call_id), failure=failure)
    page = page_of(as_alice, run)
    assert "The check&#x27;s reply could not be read: It is empty." in page
    assert "The answer is what it was." in page

    run.answer_call = make_call(run, Role.SYNTHESIS, take=2, text="Another.", inputs=inputs, guidance=Guidance(batch=2))
    run.save()

    assert "This answer has not been checked. The check was of an earlier one." in page_of(as_alice, run)


def test_check_at_work_is_followed_and_cannot_be_asked_for_twice(as_alice, run):
    live = make_live_call(run, role=Role.CHECK, inputs=(*run.answer_call.inputs, run.answer_call_id))

    page = page_of(as_alice, run)

    assert "checks this answer." in page
    assert f'data-call="{live.pk}"' in page
    assert "being checked" in page
    assert "Check this answer" not in page
    url = run.get_absolute_url()
    assert as_alice.post(f"{url}renew/check/price/").content == b"This answer is being checked already."


def test_form_says_the_price_and_asks_one_model(as_alice, run, monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)
    url = run.get_absolute_url()
    form = as_alice.get(f"{url}check/form/").content.decode()
    assert f'name="model" value="{run.recipe.settings.judge}"' in form
    assert as_alice.post(f"{url}renew/check/price/", {"model": SMOL}).content == b"1 call, $0"

    as_alice.post(f"{url}check/", {"model": GEMMA})

    call = Call.objects.get(run=run, status=Status.QUEUED)
    assert (call.role, call.model, call.inputs[-1]) == (Role.CHECK, GEMMA, run.answer_call_id)


def test_findings_are_on_a_shared_page_and_there_is_nothing_to_press(client, as_alice, run):
    make_check(run, WARNING)
    as_alice.post(f"{run.get_absolute_url()}share/")

    page = client.get(run.shares.get().get_absolute_url()).content.decode()

    assert "The check found 2 things." in page
    assert "Check this answer" not in page
