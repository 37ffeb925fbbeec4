"""Rated prompts of a person choose who is asked where no rule of theirs does."""

import pytest

from apps.annotations.models import Rating
from apps.batches.models import Batch, BatchRow
from apps.fusion import neighbours
from apps.fusion.blind_votes import FUSED
from apps.fusion.neighbours import VOTED
from apps.fusion.ratings import Thumb
from apps.fusion.routing import Feature, Question, RouteBasis
from apps.fusion.values import SlotSpec
from apps.fusion.vocabulary import StrategyName
from apps.runs.models import Run
from apps.runs.reading.rated_prompts import rated_prompts
from apps.runs.routing import choose_route
from tests.factories import GEMMA, SMOL, make_local_preset, make_recipe, make_run, make_user
from tests.votes import make_vote
from tests.web.run_factories import make_finished_run

PANEL = [SlotSpec(slot=slot, model=model) for slot, model in zip("ABC", (SMOL, SMOL, GEMMA), strict=True)]


@pytest.fixture
def alice(db, valkey_url):
    make_local_preset()
    return make_user("alice")


def test_prompts_are_rated_by_votes_and_thumbs(alice):
    voted = make_vote(alice, GEMMA, run=make_run(alice, prompt="Why is the sky blue?")).run
    thumbed = make_finished_run(alice)
    column = thumbed.calls.get(slot="A", take=1)
    counted = make_finished_run(alice, {"A": "42", "B": "42"}, prompt="What is 6 times 7?")
    recipe = make_recipe(SMOL, SMOL, strategy=StrategyName.VOTE)
    Run.objects.filter(pk=counted.pk).update(recipe=recipe, answer_call=counted.calls.get(slot="A", take=1))
    make_vote(make_user("bob"), SMOL, run=make_run(alice, prompt="Bob's"))
    Rating.objects.create(run=counted, author=alice, call=counted.calls.get(slot="A", take=1).pk, thumb=Thumb.UP)
    for call, thumb in ((column, Thumb.DOWN), (thumbed.answer_call, Thumb.UP)):
        Rating.objects.create(run=thumbed, author=alice, call=call.pk, thumb=thumb)
    checked = make_finished_run(alice, prompt="How long is it?")
    batch = Batch.objects.create(owner=alice, team=alice.personal_team, recipe=make_recipe())
    BatchRow.objects.create(batch=batch, number=1, line=1, run=checked, passed=False)

    found = {one.text: dict(one.good) for one in rated_prompts(alice)}

    assert found == {
        voted.prompt: {GEMMA: True, SMOL: False, FUSED: False},
        thumbed.prompt: {column.model: False, FUSED: True},
        checked.prompt: {FUSED: False},
        counted.prompt: {SMOL: True, VOTED: True},
    }


def test_questions_like_it_choose_where_the_form_would_fuse(alice, monkeypatch):
    monkeypatch.setattr(neighbours, "ENOUGH_ITEMS", 12)
    monkeypatch.setattr(neighbours, "NEAREST", 6)
    for number in range(8):
        make_vote(alice, GEMMA, FUSED, run=make_run(alice, prompt=f"Tell me about the tall tower number {number}."))
        make_vote(alice, FUSED, run=make_run(alice, prompt=f"Explain clause {number} of the lease contract."))

    towers, lease = (
        choose_route(alice, Question(text=text), PANEL)
        for text in ("Tell me about the tall tower number 99.", "Explain clause 99 of the lease contract.")
    )

    assert (towers.by, towers.model, lease.by, lease.strategy) == (
        *(RouteBasis.NEIGHBOURS, GEMMA),
        *(RouteBasis.NEIGHBOURS, StrategyName.FUSE),
    )
    assert towers.reason == f"Of the 6 rated prompts most like it, 6 of 6 were answered well so: one model, {GEMMA}."
    with_tools = Question(text="Tell me about the tall tower number 99.", features=frozenset({Feature.TOOLS}))
    assert choose_route(alice, with_tools, PANEL).by is RouteBasis.FORM
    assert choose_route(make_user("bob"), Question(text="Tell me."), PANEL).reason == "An open question: fuse."
    monkeypatch.setattr(neighbours, "ENOUGH_ITEMS", 20)
    few = choose_route(alice, Question(text="Tell me."), PANEL)
    assert few.reason.endswith("Questions like it decide once 20 of your prompts are rated; 16 are.")
    assert VOTED not in few.reason
