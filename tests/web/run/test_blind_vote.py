"""The page of the blind vote: nothing in it names an author before the vote, and everything does after it."""

import re

import pytest

from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import BlindVerdict
from apps.fusion.vocabulary import Role
from apps.runs import blind_voting
from apps.runs.models import CallOutput, Citation, Run, Source
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import GEMMA, SMOL
from tests.web.run_factories import ANSWERS, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    run = make_finished_run(alice)
    run.preset = "gemma only"
    run.save()
    return run


def page_of(client, run):
    return client.get(f"{run.get_absolute_url()}vote/").content.decode()


def vote(client, run, *texts, **data):
    sheet = blind_voting.sheet_of(take_snapshot(run), run.owner)
    chosen = [card.id for card in sheet.cards if texts and card.text.startswith(texts)]
    return client.post(f"{run.get_absolute_url()}vote/", {"sheet": sheet.token, "best": chosen, **data}, follow=True)


def test_page_names_nobody_before_the_vote(as_alice, run):
    source = Source.objects.create(run=run, number=7, url="https://cited.test/", title="Cited", text="330 metres")
    origin = {"origin": "text", "state": "verified"}
    Citation.objects.create(call=run.calls.get(slot="A"), source=source, number=7, start=0, end=3, quote="x", **origin)

    remark = '<p>330 <span class="chips"><a class="chip" href="#slot-B">B</a> sides with B</span></p>'
    CallOutput.objects.filter(call__run=run).update(html=remark)

    main = page_of(as_alice, run).partition("<main")[2].partition("</main>")[0]

    assert all(text[:20] in re.sub(r"<[^>]+>", "", main) for text in ANSWERS.values())
    calls = [str(pk) for pk in run.calls.values_list("pk", flat=True)]
    attributes = re.findall(r'[\w-]+="([^"]*)"', main)
    said = " ".join(attributes)
    for name in (
        SMOL,
        GEMMA,
        "SmolLM2",
        "Gemma",
        "gemma only",
        "cited.test",
        "data-slot",
        "written",
        "sides with",
        "$",
    ):
        assert name not in main, name
    assert not set(attributes) & {*"ABC", *calls}
    assert not re.search(r"chip|dot |call|slot|take|judge|writer|panel|timer|cost", said), said
    assert re.findall(r"<(?:article|input)[^>]*class=\"([^\"]*)\"", main) == ["card"] * 4
    assert re.findall(r">Answer (\d)<", main) == ["1", "2", "3", "4"]
    order = re.findall(r'name="best" value="(\w+)"', main)
    assert (len(order), re.findall(r'name="best" value="(\w+)"', page_of(as_alice, run))) == (4, order)


def test_vote_reveals_and_is_final(as_alice, run):
    older = make_finished_run(run.owner)
    Run.objects.filter(pk=older.pk).update(created_at="2026-01-01T00:00Z")

    revealed = vote(as_alice, run, "The tower is 330 metres high;").content.decode()

    assert BlindVote.objects.get().verdict is BlindVerdict.BEST
    assert re.search(r"You found answer \d best", revealed)
    assert "the fused answer, by SmolLM2 135M" in re.sub(r"\s+", " ", revealed)
    assert revealed.count("your choice") == 1
    assert revealed.count("chip solid") == 3
    assert f"/runs/{older.public_id}/vote/" in revealed
    before = BlindVote.objects.get().answers
    assert as_alice.post(f"{run.get_absolute_url()}vote/", {"all_bad": "yes"}).status_code == 302
    assert BlindVote.objects.get().answers == before


def test_ties_and_bad_ones_and_mistakes(as_alice, run):
    nothing = vote(as_alice, run).content.decode()
    assert "Choose the best answer, or several that are equally good." in nothing
    stale = as_alice.post(f"{run.get_absolute_url()}vote/", {"sheet": "x", "all_bad": "yes"}).content.decode()
    assert "have changed since" in stale
    assert not BlindVote.objects.exists()

    other = make_finished_run(run.owner)
    assert re.search(r"answers \d and \d equally good", vote(as_alice, other, "It", "The Eiffel").content.decode())
    assert "You found all of them bad." in vote(as_alice, run, "It", all_bad="yes").content.decode()
    assert list(BlindVote.objects.order_by("pk").values_list("verdict", flat=True)) == ["tie", "all_bad"]


def test_run_without_a_choice_says_so(as_alice, run):
    run.answer_call = run.calls.get(slot="A")
    run.save()
    run.calls.filter(slot="C").delete()
    run.calls.filter(role=Role.SYNTHESIS).delete()
    call = run.calls.get(slot="B")
    call.output.text = ANSWERS["A"]
    call.output.save()

    assert "none to choose between" in page_of(as_alice, run)
