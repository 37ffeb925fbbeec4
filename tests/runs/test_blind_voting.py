"""Blind votes: what the sheet tells, who may vote when, and what is kept of a vote."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from apps.annotations.models import BlindVote
from apps.fusion.blind_votes import FUSED, BlindVerdict, VotedAnswer
from apps.fusion.vocabulary import AnswerKind, Role
from apps.runs import blind_voting
from apps.runs.blind_voting import CannotVote, next_to_vote_on
from apps.runs.models import Run
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.redaction import Shown, for_strangers
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import GEMMA, SMOL, make_local_preset, make_user
from tests.web.run_factories import ANSWERS, make_call, make_finished_run, make_live_call, make_live_run


@pytest.fixture
def run(db, valkey_url):
    make_local_preset()
    return make_finished_run(make_user("alice"))


def sheet(run, voter=None):
    return blind_voting.sheet_of(take_snapshot(run), voter or run.owner)


def cast(run, *texts, voter=None):
    """Vote for the answers that begin so."""
    voter = voter or run.owner
    found = sheet(run, voter)
    chosen = [card.id for card in found.cards if card.text.startswith(texts)] if texts else []
    return blind_voting.cast(run, take_snapshot(run), voter, found.token, chosen)


def test_sheet_has_every_answer_once_in_an_order_of_each_voters_own(run):
    bob = make_user("bob")
    mine, again = sheet(run), sheet(run)

    assert mine == again
    assert sorted(card.text for card in mine.cards) == sorted([*ANSWERS.values(), take_snapshot(run).answer.text])
    assert not {card.id for card in mine.cards} & {card.id for card in sheet(run, bob).cards}
    assert all(len(card.id) == 20 for card in mine.cards)
    # Over many runs each place has each answer; with one order for all this would be 1.
    first = {sheet(make_finished_run(run.owner)).cards[0].text for _ in range(12)}
    assert len(first) > 1


def test_newest_usable_take_stands_and_equal_texts_are_one_card(run):
    make_call(run, slot="A", take=2, text=f"{ANSWERS['B']}\n")
    make_call(run, slot="C", take=2, text="")

    cards = {card.text.strip(): [call.slot for call in card.calls] for card in sheet(run).cards}
    assert cards == {ANSWERS["B"]: ["A", "B"], ANSWERS["C"]: ["C"], "The tower is 330 metres high; B says 300.": [""]}

    vote = cast(run, "It stands")
    assert vote.verdict is BlindVerdict.BEST
    assert [one.slot for one in vote.answers if one.is_chosen] == ["A", "B"]


def test_answer_of_the_panel_is_no_candidate_of_its_own(run):
    run.answer_call, run.answer_kind = run.calls.get(slot="B"), AnswerKind.VOTED
    run.save()

    vote = cast(run, "It stands")

    assert [(one.slot, one.is_answer, one.is_fused) for one in sorted(vote.answers, key=lambda one: one.slot)] == [
        ("A", False, False),
        ("B", True, False),
        ("C", False, False),
    ]


def test_vote_keeps_what_stood_in_it(run):
    run.calls.filter(slot="B").update(answered_by=SMOL)

    vote = cast(run, "The tower is 330 metres high;", "It stands")

    found = {one.contender if one.is_fused else one.slot: one for one in BlindVote.objects.get().answers}
    assert vote.verdict is BlindVerdict.TIE
    assert {name: (one.model, one.is_chosen, one.is_answer) for name, one in found.items()} == {
        "A": (SMOL, False, False),
        "B": (SMOL, True, False),
        "C": (SMOL, False, False),
        FUSED: (run.answer_call.model, True, True),
    }
    assert VotedAnswer(call=1, model="m", variant="short").contender == "m · short"


def test_vote_is_final_and_one_for_each_person(run):
    cast(run)
    with pytest.raises(CannotVote, match="final"):
        cast(run, "It")
    cast(run, "It", voter=make_user("bob"))

    assert list(BlindVote.objects.values_list("author__username", "verdict")) == [("alice", "all_bad"), ("bob", "best")]


@pytest.mark.django_db(transaction=True)
def test_votes_at_the_same_time_leave_one(valkey_url):
    make_local_preset()
    run = make_finished_run(make_user("alice"))
    found, snapshot, results = sheet(run), take_snapshot(run), []

    def vote(number: int) -> None:
        try:
            chosen = [found.cards[number].id]
            results.append(blind_voting.cast(run, snapshot, run.owner, found.token, chosen))
        except CannotVote:
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(vote, range(4)))

    assert (len(results), BlindVote.objects.count()) == (1, 1)


def test_what_cannot_be_voted_on_is_refused(run):
    alone = make_finished_run(run.owner, {"A": "Yes."})
    alone.calls.filter(role=Role.SYNTHESIS).delete()
    Run.objects.filter(pk=alone.pk).update(answer_call=None)
    for other in (make_live_run(run.owner, ANSWERS), Run.objects.get(pk=alone.pk)):
        with pytest.raises(CannotVote):
            sheet(other)

    before = sheet(run)
    for token, chosen in ((sheet(run, make_user("bob")).token, []), (before.token, ["0" * 20])):
        with pytest.raises(CannotVote, match="changed"):
            blind_voting.cast(run, take_snapshot(run), run.owner, token, chosen)
    again = make_live_call(run, "A", take=2)
    with pytest.raises(CannotVote, match="at work"):
        sheet(run)
    again.delete()
    make_call(run, slot="A", take=2, text="Another.", model=GEMMA)
    with pytest.raises(CannotVote, match="changed"):
        blind_voting.cast(run, take_snapshot(run), run.owner, before.token, [])
    assert not BlindVote.objects.exists()


def test_next_run_is_the_newest_own_one_without_a_vote(run):
    newest, bob = make_finished_run(run.owner), make_user("bob")
    make_finished_run(bob)
    make_live_run(run.owner)

    assert next_to_vote_on(run.owner) == newest
    cast(newest)
    assert next_to_vote_on(run.owner) == run
    Run.objects.filter(pk=run.pk).update(binned_at=timezone.now())
    assert next_to_vote_on(run.owner) is None


def test_vote_is_found_and_exported_and_shared_only_if_chosen(run):
    def found(text: str) -> bool:
        return run in search_runs(run.owner, RunQuery.parse(text, timezone.localdate())).runs

    assert (found("-has:blind-vote"), found("has:blind-vote")) == (True, False)
    cast(run, "The tower is 330 metres high;")
    assert (found("-has:blind-vote"), found("has:blind-vote")) == (False, True)

    snapshot = take_snapshot(run)
    (exported,) = json.loads(export_json(snapshot))["blind_votes"]
    assert (exported["verdict"], exported["author"], len(exported["answers"])) == ("best", "alice", 4)
    assert "- Best: the fused answer, of " in export_markdown(snapshot)
    assert for_strangers(snapshot).blind_votes == ()
    assert [one.author for one in for_strangers(snapshot, Shown(ratings=True)).blind_votes] == [""]


def test_next_run_to_vote_on_is_among_the_newest(run, monkeypatch):
    make_live_run(run.owner)
    assert next_to_vote_on(run.owner) == run
    monkeypatch.setattr("apps.runs.blind_voting.NEWEST", 1)

    assert next_to_vote_on(run.owner) is None
