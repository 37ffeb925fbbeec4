"""Contradictions that one model looks up: its finding with sources is proposed, and a person decides on it."""

import json
import threading
from decimal import Decimal

import pytest
from django.db import connections

from apps.annotations.models import Decision, Ruling
from apps.annotations.rulings import BadRuling
from apps.catalogue.models import Model
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.vocabulary import DecisionKind, QuoteState, Role, Status
from apps.runs import again, settling, tasks
from apps.runs.again import WriterRequest
from apps.runs.models import Call, Citation, LookupStep, Run, Source
from apps.runs.reading.sent import sent_for
from apps.runs.reading.settlements import SettlementState, settlements_of
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.starting import InvalidRun
from tests.factories import make_local_preset
from tests.lookup.web import Answer, fake_web
from tests.services import wait_until
from tests.web.run_factories import make_finished_run

PAGE = "<h1>The tower</h1><p>Since 2022 the Eiffel Tower is exactly 330 metres tall, antennas included.</p>"
FOUND = 'It is 330 metres tall [1: "exactly 330 metres tall"]. It was less before 2022 [1: "312 metres at first"].'


@pytest.fixture
def web(settings, private_valkey):
    settings.RETRY_SECONDS = 0.02
    with fake_web() as running:
        settings.SEARXNG_BASE_URL = running.engine_url("searxng")
        settings.FETCH_ALLOWED_HOSTS = [running.host]
        url = running.page("/tower", PAGE)
        running.results = [{"url": url, "title": "The tower", "content": "How tall it is."}]
        yield running


@pytest.fixture
def run(bench):
    make_local_preset()
    return make_finished_run(bench.owner)


def looker(bench, web, name="looker", text=FOUND, **script):
    """Return a model that searches, reads the page and says ``text``."""
    rounds = [("web_search", {"query": "height of the tower"}), ("web_fetch", {"url": web.url("/tower")})]
    calls = [{"calls": [{"name": tool, "arguments": json.dumps(given)}]} for tool, given in rounds]
    calls[0]["before"] = "Let me look."
    return bench.model(name, "looks-up", rounds=calls, text=text, **script)


def settled(run, model, finding="k1"):
    """Settle a point of a run, playing the worker; return the settlement."""
    call = settling.settle(run, finding, model)
    tasks.perform_call(call.pk)
    return next(one for one in settlements_of(run) if one.call == call.pk)


def test_point_is_looked_up_alone_and_its_finding_is_proposed_with_sources(bench, web, upstream, run):
    model, answer = looker(bench, web), run.answer_call_id
    expected = settling.estimate_settlement(run, "k1", model)

    found = settled(run, model)

    assert (found.state, found.text, found.topic) == (SettlementState.PROPOSED, FOUND, "Height of the tower")
    assert [(one.number, one.url, one.state) for one in found.sources] == [(1, web.url("/tower"), QuoteState.VERIFIED)]
    states = Citation.objects.filter(call=found.call).order_by("start").values_list("state", flat=True)
    assert list(states) == [QuoteState.VERIFIED, QuoteState.UNVERIFIED]
    first = json.dumps(upstream.ledger("looker")[0]["body"], ensure_ascii=False)
    assert [words in first for words in ("Height of the tower", "Position 2: 300 m", "330 metres high")] == [True] * 3
    assert [words in first for words in ("its permit ended", "painted every seven years")] == [False] * 2
    run.refresh_from_db()
    assert (run.status, run.answer_call_id) == (Status.DONE, answer)
    assert (expected.calls, expected.high > expected.low > 0, found.cost > 0) == (1, True, True)
    assert not Ruling.objects.exists()
    assert sent_for(Call.objects.get(pk=found.call)).requests == 3
    snapshot = take_snapshot(run)
    assert [source.cited_by for source in snapshot.sources] == [()]
    assert [call.role for call in snapshot.calls_as(Role.SETTLEMENT)] == [Role.SETTLEMENT]


@pytest.mark.parametrize("text", [None, 'It is 330 m [1: "exactly 330 metres tall"].'])
def test_accepted_proposal_is_a_ruling_that_the_writer_is_told_once(bench, web, upstream, run, text):
    found = settled(run, looker(bench, web))

    settling.decide(run, bench.owner, found.call, DecisionKind.ACCEPTED, text)
    settling.decide(run, bench.owner, found.call, DecisionKind.ACCEPTED, "Pressed twice.")

    ruling = Ruling.objects.get(run=run)
    assert (ruling.finding, ruling.verdict, ruling.text) == ("k1", "statement", text or FOUND)
    assert settlements_of(run)[0].state is SettlementState.ACCEPTED
    with pytest.raises(InvalidRun, match="accepted already"):
        settling.decide(run, bench.owner, found.call, DecisionKind.DROPPED)
    writer = bench.model("writer", text='It is 330 metres tall [1: "exactly 330 metres tall"].')
    (call,) = again.write_run_again(run, WriterRequest([writer], None, again.rulings_for_writer(run)))
    tasks.perform_call(call.pk)
    assert "exactly 330 metres tall" in json.dumps(upstream.ledger("writer")[-1]["body"])
    cited = Citation.objects.get(call=call)
    assert (cited.source.number, cited.state) == (1, QuoteState.VERIFIED)


def test_vendor_settles_a_point_where_the_site_has_no_engine(bench, private_valkey, upstream, run):
    cited = [["It is 330 metres tall.", [{"url": "https://tower.test/", "title": "Height"}]]]
    model = bench.model("seeker", "searches", cited=cited)
    with pytest.raises(InvalidRun, match="vendor’s own search"):
        settling.settle(run, "k1", model)
    Model.objects.filter(reference=model).update(search="native")

    found = settled(run, model)

    assert (found.state, found.text) == (SettlementState.PROPOSED, "It is 330 metres tall. [1]")
    assert [(one.url, one.words) for one in found.sources] == [
        ("https://tower.test/", "named by the model’s vendor, not read here")
    ]
    assert upstream.ledger("seeker")[0]["body"]["web_search_options"] == {}
    settling.decide(run, bench.owner, found.call, DecisionKind.ACCEPTED)
    assert Ruling.objects.get(run=run).text == "It is 330 metres tall. [1]"


def test_dropped_proposal_makes_no_ruling_and_the_point_can_be_looked_up_again(bench, web, run):
    found = settled(run, looker(bench, web))

    settling.decide(run, bench.owner, found.call, DecisionKind.DROPPED)

    assert not Ruling.objects.exists()
    assert settlements_of(run)[0].state is SettlementState.DROPPED
    assert settled(run, "up/looker").state is SettlementState.PROPOSED


def test_ruling_that_cannot_be_made_leaves_the_proposal_open(bench, web, run):
    found = settled(run, looker(bench, web))

    with pytest.raises(BadRuling):
        settling.decide(run, bench.owner, found.call, DecisionKind.ACCEPTED, " ")

    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "text, state",
    [
        ("UNSETTLED: the pages say different things [1].", SettlementState.UNSETTLED),
        ("It is 330 metres tall, as everybody knows.", SettlementState.UNSOURCED),
        ("It is 330 metres tall [7].", SettlementState.UNSOURCED),
    ],
)
def test_reply_that_decides_nothing_or_names_no_source_is_not_proposed(bench, web, run, text, state):
    found = settled(run, looker(bench, web, text=text))

    assert found.state is state
    with pytest.raises(InvalidRun, match="proposes nothing"):
        settling.decide(run, bench.owner, found.call, DecisionKind.ACCEPTED)


def test_engine_over_its_quota_is_said_beside_what_the_model_knows(bench, web, run):
    web.engine_answers = [Answer(status=429)]
    text = "UNSETTLED: nothing could be looked up."
    calls = [{"calls": [{"name": "web_search", "arguments": '{"query": "tower"}'}]}]

    found = settled(run, bench.model("looker", "looks-up", rounds=calls, text=text))

    assert found.state is SettlementState.UNSETTLED
    assert len(found.faults) == 1
    assert found.faults[0]


def test_what_cannot_be_settled_is_refused_before_anything_is_paid(bench, web, upstream, run, settings):
    model, toolless = looker(bench, web), bench.model("toolless")
    Model.objects.filter(reference=toolless).update(search="off")
    for finding, reference, words in (
        ("nothing", model, "no such finding"),
        ("c1", model, "Only a contradiction"),
        ("k1", toolless, "cannot look things up"),
        ("k1", "builtin/overlap", "connected"),
    ):
        for ask in (settling.settle, settling.estimate_settlement):
            with pytest.raises(InvalidRun, match=words):
                ask(run, finding, reference)
    with pytest.raises(UnknownModel):
        settling.settle(run, "k1", "up/nobody", bench.owner)
    settling.settle(run, "k1", model)
    with pytest.raises(InvalidRun, match="already"):
        settling.settle(run, "k1", model)
    settings.SEARXNG_BASE_URL = ""
    with pytest.raises(InvalidRun, match="Web search is off"):
        settling.settle(run, "k1", model)
    assert run.calls.filter(role=Role.SETTLEMENT).count() == 1
    assert upstream.ledger() == []


def test_settlement_of_another_run_is_none_of_this_one(bench, web, run):
    found = settled(run, looker(bench, web))
    other = make_finished_run(bench.owner)

    with pytest.raises(Call.DoesNotExist):
        settling.decide(other, bench.owner, found.call, DecisionKind.ACCEPTED)


def test_run_that_is_deleted_while_a_point_is_looked_up_leaves_nothing(bench, web, run):
    call = settling.settle(run, "k1", looker(bench, web))
    web.gate.clear()

    def work():
        tasks.perform_call(call.pk)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: web.asked, "the engine is asked")
    Run.objects.filter(pk=run.pk).delete()
    web.gate.set()
    thread.join(60)

    assert not thread.is_alive()
    assert [kind.objects.count() for kind in (Call, LookupStep, Source, Citation)] == [0] * 4
    with pytest.raises(Run.DoesNotExist):
        settling.decide(run, bench.owner, call.pk, DecisionKind.DROPPED)


def test_cap_that_is_reached_stops_the_settlement_and_keeps_the_run(bench, web, run):
    recipe = run.recipe.model_copy(update={"max_cost": Decimal("0.000001")})
    Run.objects.filter(pk=run.pk).update(recipe=recipe)
    run.refresh_from_db()

    found = settled(run, looker(bench, web))

    run.refresh_from_db()
    assert (found.state, run.status, run.cap_reached) == (SettlementState.FAILED, Status.DONE, False)
    assert "cap" in found.sentence.lower()
