"""A critique on its page: three columns a round, what was dropped and decided, and what the revision changed."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.fusion.opinions import Decision, Issue, Opinion
from apps.fusion.values import PlainSettings
from apps.fusion.vocabulary import AnswerKind, Role, StrategyName
from apps.runs.reading.export import export_markdown
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import facts, form
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

DRAFT = "The tower is 300 metres high. <b>It</b> opened in 1889."
NEW = "The tower is 330 metres high. <b>It</b> opened in 1889."
ISSUE = Issue(quote="300 metres", problem="It is 330.", severity=3, fix="330 metres", span=(13, 23))


@pytest.fixture
def run(alice: User):
    own = PlainSettings(strategy=StrategyName.CRITIQUE, judge=GEMMA, writer=SMOL)
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA).model_copy(update={"settings": own}))
    draft = make_call(run, slot="A", stage="panel", text=DRAFT)
    review = make_call(run, Role.REVIEW, "B", stage="review", model=GEMMA, inputs=(draft.pk,), text="{}")
    change_output(review, verdict=Opinion(issues=(ISSUE,), dropped=2))
    return run


def test_page_shows_draft_issues_and_revision_with_its_changes(as_alice: Client, run) -> None:
    draft, review = run.calls.order_by("pk")
    inputs = (draft.pk, review.pk)
    revision = make_call(run, Role.REVISION, "A", stage="revision", inputs=inputs, text=NEW)
    decision = Decision(issue=1, accepted=True, reason="I checked.")
    change_output(revision, verdict=Opinion(decisions=(decision,)))
    run.answer_call, run.answer_kind = revision, AnswerKind.REVISED
    run.save()

    response, page = as_alice.get(run.get_absolute_url()), page_of(run)
    words, html = words_of(response), response.content.decode()

    assert [(stop.name, stop.dot, stop.text) for stop in page.rail] == [
        ("Draft", "done", "1 of 1"),
        ("Review", "done", "1 of 1"),
        ("Revision", "done", "1 of 1"),
        ("Answer", "done", ""),
    ]
    assert (page.headline, page.headline_dot) == ("Revised once after a review", "done")
    assert "1 review by another model found 1 issue, of which the author accepted 1." in words
    assert "1 issue found. 2 issues dropped: their quotes are not in the text." in words
    assert "wrong accepted It is 330." in words
    assert "Fix: 330 metres The author: I checked." in words
    assert "<del>300</del>" in html
    assert "<ins>330</ins>" in html
    assert "&lt;b&gt;It&lt;/b&gt;" in html
    assert "- “300 metres” It is 330. *(accepted: I checked.)*" in export_markdown(take_snapshot(run))


def test_page_of_a_draft_that_stands_says_that_it_was_reviewed(as_alice: Client, run) -> None:
    draft, review = run.calls.order_by("pk")
    change_output(review, verdict=Opinion(dropped=1))
    run.answer_call, run.answer_kind = draft, AnswerKind.AS_IS
    run.save()

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "No issue found. 1 issue dropped: its quote is not in the text." in words
    assert "A’s draft as it is, reviewed" in words
    assert "There was nothing to revise." in words


def test_form_offers_it_with_the_calls_that_it_may_make(as_alice: Client) -> None:
    make_hosted_models()
    names = {"model": ["router/anvil-1", "router/birch-1"], "temperature": ["", ""], "kept": ["", ""]}

    told = facts(as_alice.post("/estimate/", form(**names, strategy="critique", judge="router/anvil-1")))

    assert told.startswith("4 calls, 7 if the reviews find something, about $")
