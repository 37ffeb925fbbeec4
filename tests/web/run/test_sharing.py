"""A shared page shows what the dialog names, in no vendor's words, and nothing once its link is revoked."""

import json
import re
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from apps.catalogue.models import Provider
from apps.fusion.values import Attempt, Failure, Message
from apps.fusion.vocabulary import AnswerKind, EarlierAnswers, FailureCode, Role, Status
from apps.markdown.plain import plain_words
from apps.runs import actions
from apps.runs.models import CallOutput, Run
from apps.runs.reading.redaction import PLAIN
from tests.factories import SMOL, make_local_models
from tests.web.run_factories import ANSWERS, make_call, make_finished_run

EARLIER = "What column A said in the run before."
SECRETS = ("org_4Kq", "gpt-prod-eu2", "10.1.2.3", "Payroll Azure", EARLIER)
VENDOR = "Payroll Azure is busy. It said: “Rate limit for org_4Kq on gpt-prod-eu2 at 10.1.2.3”"


@pytest.fixture(autouse=True)
def models(db) -> None:
    make_local_models()


@pytest.fixture
def run(alice) -> Run:
    run = make_finished_run(alice)
    Provider.objects.update(name="Payroll Azure")
    failed = {"status": Status.FAILED, "text": "", "failure_code": FailureCode.RATE_LIMITED}
    attempt = Attempt(model=SMOL, started_at=1, failure=Failure(code=FailureCode.RATE_LIMITED, sentence=VENDOR))
    CallOutput.objects.filter(call__run=run, call__slot="A").update(reasoning="My secret thoughts.")
    make_call(run, slot="D", failure_sentence=VENDOR, attempts=[attempt], **failed)
    timeout = {"failure_code": FailureCode.TIMEOUT, "failure_sentence": "Payroll Azure sent nothing for 60 s."}
    make_call(run, slot="E", status=Status.FAILED, **timeout)
    run.messages = (Message(role="system", text="Obey the hidden rule."), *run.messages)
    run.earlier_answers, run.own_answers = EarlierAnswers.OWN, {"A": (EARLIER, None)}
    run.estimate_low = run.estimate_high = Decimal("0.0777")
    run.save()
    return run


def shared(as_alice: Client, client: Client, run: Run, **chosen: str) -> str:
    """Share as the dialog does; return all that a stranger gets: the page, both exports and the preview."""
    as_alice.post(reverse("web:run_share", args=[run.public_id]), chosen)
    address = run.shares.latest("pk").get_absolute_url()
    pages = [client.get(address), *(client.get(f"{address.rstrip('/')}.{form}") for form in ("md", "json"))]
    assert [page.status_code for page in pages] == [200, 200, 200]
    return "\n".join(page.content.decode() for page in pages)


def test_shared_run_has_no_words_of_vendors(as_alice: Client, client: Client, run: Run):
    text = shared(as_alice, client, run, reasoning="on", system_prompt="on")

    assert [secret for secret in SECRETS if secret in text] == []
    assert "The provider was too busy." in text
    assert "The provider sent nothing for 60 s." in text


@pytest.mark.parametrize("code", PLAIN)
def test_failure_of_every_kind_is_told_in_plain_words(as_alice: Client, client: Client, run: Run, code):
    run.calls.filter(slot="D").update(failure_code=code)
    run.calls.get(slot="D").attempts.all().delete()

    text = shared(as_alice, client, run)

    assert [secret for secret in SECRETS if secret in text] == []
    assert PLAIN[code].replace("'", "&#x27;") in text


@pytest.mark.parametrize(
    ("chosen", "word"),
    [({"reasoning": "on"}, "My secret thoughts."), ({"system_prompt": "on"}, "Obey the hidden rule.")],
)
def test_shared_run_has_what_was_ticked(as_alice: Client, client: Client, run: Run, chosen, word):
    assert word not in shared(as_alice, client, run)
    assert word in shared(as_alice, client, run, **chosen)


def test_shared_run_without_costs_names_none(as_alice: Client, client: Client, run: Run):
    costs = ("0.0105", "0.0021", "0.00210", "0.0777", 'id="bill"', "## Bill", "cost unknown")

    text = shared(as_alice, client, run, without_costs="on")

    assert [cost for cost in costs if cost in text] == []
    assert "0.0105" in shared(as_alice, client, run)


def test_share_of_a_program_shows_no_more_than_the_dialogs(run: Run):
    stored = json.dumps(actions.share_run(run).snapshot)

    assert [word for word in (*SECRETS, "My secret thoughts.", "Obey the hidden rule.") if word in stored] == []


def test_revoked_link_answers_open_pages_that_it_is_gone(as_alice: Client, client: Client, run: Run):
    share = actions.share_run(run)
    address = share.get_absolute_url()

    before = client.head(address)
    actions.revoke_share(share)
    after = client.head(address)

    assert (before.status_code, before.content, after.status_code) == (200, b"", 404)
    assert before["X-Robots-Tag"] == "noindex, nofollow"


def test_shared_page_begins_with_the_question_not_with_its_first_words_only(alice, client: Client):
    question = "How high is the tower? " * 20
    runs = [make_finished_run(alice, prompt=question.strip()) for _ in range(2)]
    for run, title in zip(runs, (question[:199] + "…", "My own"), strict=True):
        run.title = title
        run.save()

    pages = [client.get(actions.share_run(run).get_absolute_url()).content.decode() for run in runs]

    titles = [re.search('<h1 dir="auto">(.*?)</h1>', page).group(1) for page in pages]
    assert titles == [question.strip(), "My own"]


@pytest.mark.parametrize(
    ("kind", "done"),
    [
        (AnswerKind.FUSED, "compared and fused"),
        (AnswerKind.CLOSEST, "compared; the one closest to the others is shown"),
        (AnswerKind.ONLY, "one of them shown as it is"),
    ],
)
def test_preview_is_plain_and_says_what_was_done(alice, client: Client, kind, done):
    run = make_finished_run(alice, {"A": ANSWERS["A"], "B": ANSWERS["B"]})
    CallOutput.objects.filter(call__run=run, call__role=Role.SYNTHESIS).update(
        text="# Heading 1\n\n## Heading 2\n\nIt is **330 m** [high](http://x)."
    )
    run.answer_kind = kind
    run.save()

    page = client.get(actions.share_run(run).get_absolute_url())

    description = page.context["description"]
    assert description.endswith(f", {done}. It is 330 m high.")
    assert description.startswith("2 answers by ")


def test_preview_has_an_image_of_the_run_at_a_whole_address(client: Client, run: Run):
    html = client.get(actions.share_run(run).get_absolute_url()).content.decode()

    image = re.search(r'property="og:image" content="([^"]+)"', html)[1]
    parts = urlsplit(image)
    answer = client.get(parts.path)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    assert answer["Content-Type"] == "image/png"
    assert answer.content[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)  # the size in a PNG's head


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Only\n\n## Titles", "Only Titles"),
        ("a <b>c</b>\n![cat](http://x) `d`", "a c cat d"),
        ("- one\n- two\n\n> three\n\n```\nfour\n```", "one two three four"),
        ("| a | b |\n|---|---|\n| c | d |", "a b c d"),
        ("", ""),
    ],
)
def test_plain_words_are_those_of_the_prose(text, words):
    assert plain_words(text) == words
