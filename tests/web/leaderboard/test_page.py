"""The leaderboard's page and the sentence on the home page."""

import re

import pytest

from apps.fusion.blind_votes import FUSED
from tests.factories import GEMMA, SMOL, make_user
from tests.votes import make_vote as vote
from tests.web.run_factories import make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def text_of(client, path="/leaderboard/"):
    page = client.get(path).content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_page_without_votes_leads_to_the_newest_run(as_alice, alice):
    assert "No votes yet" in text_of(as_alice)
    assert "No votes on such runs" in text_of(as_alice, "/leaderboard/?tag=zzz&preset=%00")
    run = make_finished_run(alice)

    assert f"/runs/{run.public_id}/vote/" in as_alice.get("/leaderboard/").content.decode()


def test_few_votes_say_nothing_but_their_counts(as_alice, alice):
    for chosen in (FUSED, FUSED, GEMMA):
        vote(alice, chosen)

    page = text_of(as_alice)

    assert "Too few votes to say: 3 of 10" in page
    assert page.count("too few votes") == 3
    assert "3 votes: 3 with one best answer" in page
    assert "Fused answer too few votes 4 of 5 2 of 3 votes" in page
    assert "The fused answer beat" not in text_of(as_alice, "/")


def test_enough_votes_answer_the_question(as_alice, alice):
    for _ in range(11):
        vote(alice, FUSED, tags=["law"])
    for chosen in ((GEMMA,), (GEMMA,), (GEMMA,), (GEMMA, FUSED), ()):
        vote(alice, *chosen, preset="quality")
    vote(make_user("bob"), GEMMA, tags=["bobs"], preset="foreign")

    page, home = text_of(as_alice), text_of(as_alice, "/")

    sentence = "The fused answer beat your best single model 11 of 14 times (52–92 %)."
    assert sentence in page
    assert sentence in home
    assert "1 tie and 1 vote for neither between these two are left out." in page
    assert "Best single model: Gemma 3 270M (base) (16 times)." in page
    assert "16 votes: 14 with one best answer, 1 ties, 1 all bad" not in page
    assert "16 votes: 14 with one best answer, 1 tie, 1 all bad" in page
    assert re.search(r"1 Fused answer 1\d\d\d 1\d\d\d–1\d\d\d 23.5 of 27 12 of 16 votes", page)
    assert "11 of 11 times (74–100 %)" in text_of(as_alice, "/leaderboard/?tag=law")
    assert "Too few votes to say: 3 of 10" in text_of(as_alice, "/leaderboard/?preset=quality")
    assert not re.search("bobs|foreign", as_alice.get("/leaderboard/").content.decode())


def test_page_of_many_contenders_and_tags_is_light(as_alice, alice):
    for number in range(60):
        chosen = f"vendor-{number % 30}/a-model-with-a-long-name-{number % 30}"
        vote(alice, chosen, others=(GEMMA, SMOL, FUSED), tags=[f"subject-{number}"], preset=f"preset-{number}")

    page = as_alice.get("/leaderboard/")

    assert (page.content.count(b"a-model-with-a-long-name") >= 30, len(page.content) < 150_000) == (True, True)
