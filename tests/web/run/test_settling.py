"""Settling a contradiction on the run page: the form with its price, the proposal with its sources, the decision."""

import pytest

from apps.annotations.models import Decision, Ruling
from apps.catalogue.models import Model
from apps.fusion.values import Failure, Guidance
from apps.fusion.vocabulary import CitationOrigin, FailureCode, QuoteState, Role, Status
from apps.runs.models import Call, Citation, Source
from tests.factories import GEMMA
from tests.web.run.test_page import HTMX
from tests.web.run_factories import make_call, make_finished_run, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

FOUND = 'It is <b>330</b> metres tall [1: "330 metres"].'


@pytest.fixture
def run(alice, settings, monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)
    settings.SEARXNG_BASE_URL = "http://127.0.0.1:9"
    return make_finished_run(alice)


@pytest.fixture
def model(factories):
    """Return a model that takes tools."""
    return factories.make_hosted_models()[0].reference


def settlement(run, make=make_call, **values):
    wish = Guidance(finding="k1")
    return make(
        run,
        role=Role.SETTLEMENT,
        stage="settlement",
        inputs=(run.analysis_call_id,),
        guidance=wish,
        model=GEMMA,
        **values,
    )


def proposal(run, url="https://tower.test/", text=FOUND):
    """Make a settlement that cites one source."""
    call = settlement(run, text=text)
    source = Source.objects.create(run=run, number=1, url=url, title="The <tower>", text="330 metres")
    origin = {"origin": CitationOrigin.TEXT, "state": QuoteState.VERIFIED}
    Citation.objects.create(call=call, source=source, number=1, start=30, end=40, quote="330 metres", **origin)
    return call


def form_of(client, run):
    return client.get(f"{run.get_absolute_url()}rulings/").content.decode()


def test_button_opens_a_form_with_a_price_and_asks_one_model_once(as_alice, run, model):
    url = f"{run.get_absolute_url()}settle/"
    assert form_of(as_alice, run).count("Settle this") == 1
    form = as_alice.get(f"{url}?finding=k1").content.decode()
    assert (f'value="{model}"' in form, "Height of the tower" in form) == (True, True)
    wanted = {"finding": "k1", "model": model}
    assert as_alice.post(f"{url}price/", wanted).content.decode().startswith("1 call, ")

    shown = as_alice.post(url, wanted, headers=HTMX).content.decode()

    call = Call.objects.get(run=run, role=Role.SETTLEMENT)
    assert (call.status, call.model, call.guidance.finding) == (Status.QUEUED, model, "k1")
    assert "looks this point up" in shown
    assert 'hx-trigger="every 2s"' in shown
    again = as_alice.post(url, wanted, headers=HTMX)
    assert "being looked up already" in again.headers["HX-Trigger"]
    assert Call.objects.filter(run=run, role=Role.SETTLEMENT).count() == 1
    assert "a point is being looked up" in as_alice.get(run.get_absolute_url()).content.decode()


def test_where_search_is_off_the_form_says_how_to_turn_it_on(as_alice, run, model, settings):
    settings.SEARXNG_BASE_URL = ""

    form = as_alice.get(f"{run.get_absolute_url()}settle/?finding=k1").content.decode()

    assert "Web search is off." in form
    assert "Models, Web search" in form
    assert "Look it up" not in form
    price = as_alice.post(f"{run.get_absolute_url()}settle/price/", {"finding": "k1", "model": model})
    assert price.content.decode().startswith("Web search is off.")


def test_where_only_a_vendor_searches_its_models_are_offered(as_alice, run, model, settings):
    settings.SEARXNG_BASE_URL = ""
    Model.objects.filter(reference=model).update(search="native")
    assert Model.objects.get(reference=model).searches_natively

    form = as_alice.get(f"{run.get_absolute_url()}settle/?finding=k1").content.decode()

    assert "by its vendor’s own search" in form
    assert f'data-only="{model}&#10;"' in form
    assert form.count(f'value="{model}"') == 1
    price = as_alice.post(f"{run.get_absolute_url()}settle/price/", {"finding": "k1", "model": model})
    assert price.content.decode().startswith("1 call, ")


def test_only_models_that_can_look_things_up_are_offered(as_alice, run, model):
    Model.objects.filter(reference=model).update(search="off")

    form = as_alice.get(f"{run.get_absolute_url()}settle/?finding=k1").content.decode()

    assert f'value="{model}"' not in form
    assert as_alice.get(f"{run.get_absolute_url()}settle/?finding=none").status_code == 404


def test_proposal_is_shown_with_its_sources_edited_and_accepted_once(as_alice, run):
    call = proposal(run)
    form = form_of(as_alice, run)
    assert "It is &lt;b&gt;330&lt;/b&gt; metres tall" in form
    assert 'href="https://tower.test/"' in form
    assert "The &lt;tower&gt;" in form
    assert "words found there" in form
    url = f"{run.get_absolute_url()}settlements/{call.pk}/"

    shown = [as_alice.post(url, {"decision": "accepted", "text": "It is 330 m."}, headers=HTMX) for _ in range(2)]

    assert [answer.status_code for answer in shown] == [200, 200]
    assert "Accepted as a ruling" in shown[1].content.decode()
    assert 'value="It is 330 m."' in shown[1].content.decode()
    assert [(one.finding, one.text) for one in Ruling.objects.all()] == [("k1", "It is 330 m.")]


def test_proposal_is_dropped_and_makes_no_ruling(as_alice, run):
    call = proposal(run)
    url = f"{run.get_absolute_url()}settlements/{call.pk}/"
    assert as_alice.post(url, {"decision": "perhaps"}).status_code == 404

    assert "Dropped:" in as_alice.post(url, {"decision": "dropped"}, headers=HTMX).content.decode()

    assert (Decision.objects.count(), Ruling.objects.count()) == (1, 0)
    assert as_alice.post(f"{run.get_absolute_url()}settlements/1/", {"decision": "dropped"}).status_code == 404


def test_what_proposes_nothing_cannot_be_accepted_and_says_why(as_alice, run):
    failure = Failure(code=FailureCode.TIMEOUT, sentence="It took too long.")
    settlement(run, status=Status.FAILED, failure=failure)
    settlement(run, take=2, text="It is 330 metres tall.")
    settlement(run, take=3, text="UNSETTLED: nobody says.")
    settlement(run, make_live_call, take=4)

    form = form_of(as_alice, run)

    for words in ("It took too long.", "names no source", "found nothing that decides", "looks this point up"):
        assert words in form
    assert 'value="accepted"' not in form


def test_source_with_an_address_that_is_none_is_no_link(as_alice, run):
    proposal(run, url="javascript:alert(1)")

    assert 'href="javascript' not in form_of(as_alice, run)
