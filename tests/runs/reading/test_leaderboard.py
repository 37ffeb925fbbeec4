"""A person's leaderboard: whose votes count, on which runs, under which names; and the pairs that they give."""

import pytest
from django.utils import timezone

from apps.annotations.models import BlindVote
from apps.annotations.rulings import RulingRequest
from apps.fusion.blind_votes import FUSED, BlindVerdict, VotedAnswer
from apps.fusion.caching import CacheHit
from apps.fusion.vocabulary import RulingKind
from apps.runs import again
from apps.runs.reading.leaderboard import VoteFilter, leaderboard, presets_voted_on, record_of
from apps.runs.reading.preference_pairs import PairOrigin, preference_pairs
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import GEMMA, SMOL, make_local_preset, make_run, make_user
from tests.votes import make_vote as vote
from tests.web.run_factories import ANSWERS, make_call, make_finished_run


@pytest.fixture
def alice(db, valkey_url):
    make_local_preset()
    return make_user("alice")


def test_own_votes_on_runs_that_are_there_count(alice, django_assert_num_queries):
    for _ in range(11):
        vote(alice, FUSED)
    for chosen in ((GEMMA,), (GEMMA,), (GEMMA,), (GEMMA, FUSED), ()):
        vote(alice, *chosen)
    vote(make_user("bob"), SMOL)
    vote(alice, SMOL, binned_at=timezone.now())
    vote(alice, SMOL, cache_hit=CacheHit(run="first"))
    vote(make_user("carol"), SMOL, run=make_run(alice))

    with django_assert_num_queries(2):
        board = leaderboard(alice)

    assert (board.votes, board.is_cut) == (16, False)
    assert board.verdicts == {BlindVerdict.BEST: 14, BlindVerdict.TIE: 1, BlindVerdict.ALL_BAD: 1}
    assert [row.name for row in board.standings] == [FUSED, GEMMA, SMOL]
    assert [(row.votes, row.chosen, row.wins, row.comparisons) for row in board.standings] == [
        (16, 12, 23.5, 27),
        (16, 4, 7.5, 19),
        (16, 0, 0, 16),
    ]
    assert board.labels == {FUSED: "Fused answer", GEMMA: "Gemma 3 270M (base)", SMOL: "SmolLM2 135M"}
    assert board.record[:4] == (11, 3, 1, 1)
    assert board.record.rivals == {GEMMA: 16}
    assert record_of(alice) == board.record
    assert leaderboard(alice) == board


def test_votes_of_a_tag_or_a_preset_alone(alice):
    vote(alice, FUSED, preset="quality", tags=["law"])
    vote(alice, GEMMA, preset="quality")
    vote(alice, GEMMA, preset="fast", tags=["law", "work"])

    assert leaderboard(alice, VoteFilter(tag="law")).votes == 2
    assert leaderboard(alice, VoteFilter(preset="Quality")).votes == 2
    assert leaderboard(alice, VoteFilter(tag="law", preset="quality")).votes == 1
    nothing = leaderboard(alice, VoteFilter(tag="zzz"))
    assert (nothing.votes, nothing.standings, nothing.record.n) == (0, (), 0)
    assert presets_voted_on(alice) == ["fast", "quality"]


def test_variants_and_models_that_are_gone_have_names(alice):
    run = make_run(alice)
    answers = (
        VotedAnswer(call=1, model=SMOL, variant="short", is_chosen=True),
        VotedAnswer(call=2, model=SMOL),
        VotedAnswer(call=3, model="gone/model"),
    )
    BlindVote.objects.create(run=run, author=alice, verdict=BlindVerdict.BEST, answers=answers)

    board = leaderboard(alice)

    assert board.labels[f"{SMOL} · short"] == "SmolLM2 135M · short"
    assert board.labels["gone/model"] == "gone/model"
    assert [(row.name, row.points) for row in board.standings] == [
        (f"{SMOL} · short", None),
        ("gone/model", None),
        (SMOL, None),
    ]


def test_pairs_come_from_votes_and_rulings(alice):
    run = make_finished_run(alice)
    a, b, c = (run.calls.get(slot=slot) for slot in "ABC")
    fused = run.answer_call
    again.put_ruling(run, alice, RulingRequest(RulingKind.SIDE, "k1", right=("A", "C")))
    BlindVote.objects.create(
        run=run,
        author=alice,
        verdict=BlindVerdict.TIE,
        answers=(
            VotedAnswer(call=fused.pk, model=SMOL, is_fused=True, is_chosen=True),
            VotedAnswer(call=a.pk, slot="A", model=a.model, is_chosen=True),
            VotedAnswer(call=b.pk, slot="B", model=b.model),
            VotedAnswer(call=10**9, slot="C", model=c.model),
        ),
    )
    silent = make_finished_run(alice)

    pairs = list(preference_pairs([take_snapshot(run), take_snapshot(silent)]))

    assert [(one.origin, one.chosen, one.rejected) for one in pairs] == [
        (PairOrigin.VOTE, fused.output.text, ANSWERS["B"]),
        (PairOrigin.VOTE, ANSWERS["A"], ANSWERS["B"]),
        (PairOrigin.RULING, ANSWERS["C"], ANSWERS["B"]),
    ]
    assert {(one.run, one.prompt, one.rejected_model) for one in pairs} == {(run.public_id, run.prompt, b.model)}


def test_pairs_that_contradict_each_other_or_say_nothing_are_left_out(alice):
    run = make_finished_run(alice)
    a, b, c = (run.calls.get(slot=slot) for slot in "ABC")
    again.put_ruling(run, alice, RulingRequest(RulingKind.SIDE, "k1", right=("B",)))
    same = make_call(run, slot="C", take=2, text=f" {ANSWERS['A']}")
    answers = (
        VotedAnswer(call=a.pk, slot="A", model=SMOL, is_chosen=True),
        VotedAnswer(call=b.pk, slot="B", model=GEMMA),
        VotedAnswer(call=same.pk, slot="C", model=SMOL),
    )
    BlindVote.objects.create(run=run, author=alice, verdict=BlindVerdict.BEST, answers=answers)

    pairs = list(preference_pairs([take_snapshot(run)]))

    # A over B says the vote, B over A the ruling; C's new answer is A's, and its old one is still on a wrong side.
    assert [(one.origin, one.chosen, one.rejected) for one in pairs] == [
        (PairOrigin.RULING, ANSWERS["B"], ANSWERS["C"])
    ]
    assert c.output.text == ANSWERS["C"]
