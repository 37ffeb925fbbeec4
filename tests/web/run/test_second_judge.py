"""Second judges on the run page: the form, its price, and what the two judges share, in shares too."""

import pytest

from apps.fusion.values import Failure, Guidance
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Call
from tests.factories import GEMMA, SMOL
from tests.web.run.test_order_check import words_of
from tests.web.run.test_page import HTMX
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


def ask_second(run, **values):
    """Create the call of a second judge."""
    values = {"model": GEMMA, "take": 2, "text": "{}", "inputs": run.analysis_call.inputs, **values}
    return make_call(run, Role.JUDGE, guidance=Guidance(batch=2, beside=run.analysis_call_id), **values)


def test_form_offers_other_models_with_their_price_and_asks_one(as_alice, run, monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)
    url = f"{run.get_absolute_url()}second-judge/"
    form = as_alice.get(url).content.decode()
    assert (f'value="{GEMMA}"' in form, f'value="{SMOL}"' in form) == (True, False)
    assert as_alice.post(f"{url}price/", {"judge": GEMMA}).content.decode() == "1 call, $0"
    assert as_alice.post(f"{url}price/", {"judge": SMOL}).content.decode().startswith("A second judge is another model")

    as_alice.post(url, {"judge": GEMMA}, headers=HTMX)

    call = Call.objects.get(run=run, status=Status.QUEUED)
    assert (call.role, call.model, call.guidance.beside) == (Role.JUDGE, GEMMA, run.analysis_call_id)
    assert "Second judge at work" in words_of(as_alice, run.get_absolute_url())


def test_page_and_share_say_what_both_judges_found(as_alice, client, run):
    first = make_analysis(ANSWERS)
    further = first.findings[1].model_copy(update={"id": "c2", "text": "It stands in Paris."})
    ask_second(run, analysis=make_analysis(ANSWERS, model=GEMMA, findings=(*first.findings[:3], further)))
    share = actions.share_run(run)

    for client_of, address in ((as_alice, run.get_absolute_url()), (client, share.get_absolute_url())):
        words = words_of(client_of, address)
        assert "Second judge 3 of 6 shared" in words
        assert "SmolLM2 135M and Gemma 3 270M (base) share 3 of 6 findings (50 %)." in words
        assert "Only SmolLM2 135M Painting Nobody says what is measured" in words
        assert "Only Gemma 3 270M (base) It stands in Paris." in words
    assert "Second judge 3 of 6 shared" in words_of(as_alice, run.get_absolute_url())


def test_second_judge_that_failed_is_said(as_alice, run):
    failure = Failure(code=FailureCode.BAD_REPLY, sentence="The judge's reply could not be read.")
    ask_second(run, status=Status.FAILED, failure=failure)

    words = words_of(as_alice, run.get_absolute_url())

    assert "Second judge failed" in words
    assert "Gemma 3 270M (base) gave no analysis: The judge&#x27;s reply could not be read. What counted" in words
