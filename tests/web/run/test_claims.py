"""Claims on their page: those that are denied first, with the words on both sides, and what the figures rest on."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.opinions import Claim, ClaimEvidence, ClaimSource, Opinion
from apps.fusion.values import PlainSettings
from apps.fusion.vocabulary import AnswerKind, ClaimStance, Role, StrategyName
from apps.runs.reading.export import export_markdown
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import facts, form
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

A, B = "It is 330 m high. It opened in 1889.", "It is 300 m high. It opened in 1889."


def said(kind, slot, text, quote, **values):
    return kind(slot=slot, quote=quote, span=(text.index(quote), text.index(quote) + len(quote)), **values)


@pytest.fixture
def run(alice: User):
    own = PlainSettings(strategy=StrategyName.VERIFY, judge=GEMMA, writer=SMOL)
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA, SMOL).model_copy(update={"settings": own}))
    panel = tuple(make_call(run, slot=slot, text=text).pk for slot, text in (("A", A), ("B", B), ("C", "Who knows?")))
    split = make_call(run, Role.CLAIMS, stage="claims", model=GEMMA, inputs=panel, text="{}")
    support = make_call(run, Role.SUPPORT, stage="support", model=GEMMA, inputs=(*panel, split.pk), text="{}")
    denial = said(ClaimEvidence, "B", B, "300 m", stance=ClaimStance.CONTRADICTS)
    claims = (
        Claim(
            text="It opened in 1889.", sources=(said(ClaimSource, "A", A, "1889"), said(ClaimSource, "B", B, "1889"))
        ),
        Claim(text="It is 330 m high.", sources=(said(ClaimSource, "A", A, "330 m"),), evidence=(denial,)),
        Claim(text="It is <b>high</b>.", sources=(said(ClaimSource, "B", B, "high"),)),
    )
    change_output(split, verdict=Opinion(claims=tuple(one.model_copy(update={"evidence": ()}) for one in claims)))
    change_output(support, verdict=Opinion(claims=claims))
    return run


def test_page_shows_claims_by_label_with_the_words_of_both_sides(as_alice: Client, run) -> None:
    response, page = as_alice.get(run.get_absolute_url()), page_of(run)
    words, claims = words_of(response), page.refining.claims

    assert [(stop.name, stop.dot) for stop in page.rail][:3] == [
        ("Panel", "done"),
        ("Claims", "done"),
        ("Support", "done"),
    ]
    assert [(label, len(group)) for label, group in claims.groups] == [
        ("contradicted", 1),
        ("unsupported", 1),
        ("supported", 1),
    ]
    assert "Claims 1 of 3 supported" in words
    assert "3 claims in all. “Supported” means that another answer says the same. No claim was taken from C." in words
    assert "A It is 330 m high. denied by B 300 m" in words
    assert "It is &lt;b&gt;high&lt;/b&gt;." in response.content.decode()
    assert "- It is 330 m high. (A) *contradicted*\n  - B contradicts: “300 m”" in export_markdown(take_snapshot(run))


def test_answer_from_claims_leaves_no_column_out(run) -> None:
    panel = [call.pk for call in run.calls.filter(role=Role.PANEL)]
    inputs = (*panel, run.calls.get(role=Role.SUPPORT).pk)
    html = '<p>It opened in 1889. <a data-slot="A">A</a></p>'
    writer = make_call(run, Role.SYNTHESIS, stage="synthesis", inputs=inputs, text="It opened in 1889.", html=html)
    run.answer_call, run.answer_kind = writer, AnswerKind.FUSED
    run.save()

    page = page_of(run)

    assert (page.run.notices, page.headline, page.headline_dot) == ((), "Fused from all 3", "done")


def test_claims_by_words_say_that_no_model_found_their_support(run) -> None:
    support = run.calls.get(role=Role.SUPPORT)
    claims = tuple(one.model_copy(update={"by_words": True}) for one in support.output.verdict.claims)
    change_output(support, verdict=Opinion(claims=claims))

    assert "found by comparing words, without a model" in page_of(run).refining.claims.meaning


def test_form_offers_it_with_its_calls(as_alice: Client) -> None:
    make_hosted_models()
    names = {"model": ["router/anvil-1", "router/birch-1"], "temperature": ["", ""], "kept": ["", ""]}

    told = facts(as_alice.post("/estimate/", form(**names, strategy="verify", judge="router/anvil-1")))

    assert told.startswith("5 calls, about $")
