"""Ratings: of which answers, by whom, in place of which, and where they are found again."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from apps.annotations.models import BlindVote, Rating
from apps.annotations.ratings import BadRating, RatingRequest
from apps.fusion.blind_votes import BlindVerdict
from apps.fusion.ratings import REASONS, RatingReason, Thumb, fitting
from apps.fusion.sharing import Shown
from apps.fusion.vocabulary import Role
from apps.runs import rating
from apps.runs.lifecycle.search_rows import index_due_runs
from apps.runs.models import Call, Run, SearchRow
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.history_columns import attach_ratings
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import make_local_preset, make_user
from tests.web.run_factories import make_call, make_finished_run, make_live_call

UP, DOWN = RatingRequest(Thumb.UP), RatingRequest(Thumb.DOWN)


@pytest.fixture
def run(db, valkey_url):
    make_local_preset()
    return make_finished_run(make_user("alice"))


def found_by(run: Run, text: str) -> bool:
    query = RunQuery.parse(text, timezone.localdate())
    return run in search_runs(run.owner, query).runs


def test_every_reason_goes_with_one_thumb():
    assert sorted(sum(REASONS.values(), ())) == sorted(RatingReason)
    assert fitting(Thumb.UP, [RatingReason.CLEAR, RatingReason.WRONG, RatingReason.CORRECT, RatingReason.CLEAR]) == (
        RatingReason.CORRECT,
        RatingReason.CLEAR,
    )


def test_each_person_has_one_rating_of_each_answer(run):
    column = run.calls.get(slot="A")
    rating.rate(run, run.owner, run.answer_call_id, UP)
    rating.rate(run, run.owner, column.pk, RatingRequest(Thumb.DOWN, (RatingReason.WRONG,), " No\x00 "))
    first = Rating.objects.get(call=column.pk)
    rating.rate(run, run.owner, column.pk, RatingRequest(Thumb.UP, (RatingReason.CLEAR, RatingReason.CORRECT)))
    rating.rate(run, make_user("bob"), column.pk, DOWN)

    found = [
        (one.call, one.slot, one.thumb, one.reasons, one.comment, one.author) for one in take_snapshot(run).ratings
    ]
    assert (first.reasons, first.comment) == ((RatingReason.WRONG,), "No")
    assert found == [
        (run.answer_call_id, "", Thumb.UP, (), "", "alice"),
        (column.pk, "A", Thumb.UP, (RatingReason.CORRECT, RatingReason.CLEAR), "", "alice"),
        (column.pk, "A", Thumb.DOWN, (), "", "bob"),
    ]


@pytest.mark.django_db(transaction=True)
def test_ratings_at_the_same_time_leave_one(valkey_url):
    make_local_preset()
    run = make_finished_run(make_user("alice"))

    def rate(number: int) -> None:
        rating.rate(run, run.owner, run.answer_call_id, UP if number % 2 else DOWN)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rate, range(8)))

    assert Rating.objects.count() == 1


def test_bad_ratings_are_refused(run):
    other = make_finished_run(run.owner)
    live, empty = make_live_call(run, "A", take=2), make_call(run, slot="B", take=2, text=" ")

    for call in (other.answer_call_id, run.calls.get(role=Role.JUDGE).pk, 0):
        with pytest.raises(Call.DoesNotExist):
            rating.rate(run, run.owner, call, UP)
    for call, request, field in [
        (live.pk, UP, "call"),
        (empty.pk, UP, "call"),
        (run.answer_call_id, RatingRequest(Thumb.UP, (RatingReason.WRONG,)), "reasons"),
        (run.answer_call_id, RatingRequest(Thumb.UP, comment="x" * 2_001), "comment"),
    ]:
        with pytest.raises(BadRating) as refused:
            rating.rate(run, run.owner, call, request)
        assert refused.value.field == field
    with pytest.raises(Rating.DoesNotExist):
        rating.unrate(run, run.owner, run.answer_call_id)
    assert not Rating.objects.exists()


def test_search_finds_what_counts_now(run):
    column = run.calls.get(slot="A")
    assert not found_by(run, "has:rating")
    rating.rate(run, run.owner, column.pk, RatingRequest(Thumb.DOWN, (RatingReason.TOO_LONG,)))
    assert found_by(run, "has:rating reason:too-long")
    assert not found_by(run, "rating<0"), "a column is not the answer"

    rating.rate(run, run.owner, run.answer_call_id, UP)
    assert found_by(run, "rating:up rating>0 rating:1 -rating:down")
    bob = make_user("bob")
    rating.rate(run, bob, run.answer_call_id, RatingRequest(Thumb.DOWN, (RatingReason.WRONG,)))
    assert found_by(run, "rating:up rating=1 -rating:down -reason:wrong"), "only what the reader said counts"
    BlindVote.objects.create(run=run, author=bob, verdict=BlindVerdict.ALL_BAD, answers=())
    Run.objects.filter(pk=run.pk).update(needs_indexing=True)
    assert found_by(run, "-has:blind-vote")
    attach_ratings(run.owner, [run])
    assert run.own_thumb == Thumb.UP

    Run.objects.filter(pk=run.pk).update(answer_call=column, needs_indexing=True)
    assert found_by(run, "rating:down")
    rating.unrate(run, run.owner, column.pk)
    index_due_runs()
    row = SearchRow.objects.get(run=run)
    assert (row.rating, "reason:too_long" in row.facets, "has:rating" in row.facets) == (None, False, True)


def test_exports_have_ratings_and_shares_only_if_chosen(run):
    hostile = "# [x](http://evil.example)"
    rating.rate(run, run.owner, run.answer_call_id, RatingRequest(Thumb.DOWN, (RatingReason.MADE_UP,), hostile))
    again = make_call(run, slot="A", take=2, text="330 metres.")
    rating.rate(run, run.owner, again.pk, UP)
    snapshot = take_snapshot(run)

    (first, second) = json.loads(export_json(snapshot))["ratings"]
    assert (first["thumb"], first["reasons"], first["comment"], "author_id" in first) == (
        "down",
        ["made_up"],
        hostile,
        False,
    )
    assert (second["call"], second["slot"]) == (again.pk, "A")
    text = export_markdown(snapshot)
    assert "Bad: made up. \\# \\[x\\](http://evil.example) *(alice)*" in text
    assert "A: SmolLM2 135M, take 2: Good *(alice)*" in text
    assert for_strangers(snapshot).ratings == ()
    shown = for_strangers(snapshot, Shown(ratings=True)).ratings
    assert [(one.author, one.comment) for one in shown] == [("", hostile), ("", "")]
