"""The newest runs of presets against targets, and advice on panels from what a person said of answers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.annotations.models import Rating, Ruling
from apps.batches.models import Batch, BatchRow
from apps.batches.templates import create_template
from apps.catalogue.models import Preset
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.presets import change_preset, create_preset, set_targets
from apps.fusion.blind_votes import VotedAnswer
from apps.fusion.caching import CacheHit
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.output_checks import CheckResult
from apps.fusion.ratings import Thumb
from apps.fusion.targets import Tally, Targets
from apps.fusion.vocabulary import AnswerKind, CostSource, RulingKind, Status
from apps.runs.models import Call
from apps.runs.reading.good_answers import good_members, good_runs
from apps.runs.reading.panel_advice import preset_advices
from apps.runs.reading.preset_records import target_records
from tests.factories import GEMMA, SMOL, make_local_preset, make_model, make_provider, make_recipe, make_run, make_user
from tests.votes import make_vote
from tests.web.run_factories import make_call


@pytest.fixture
def alice(db):
    make_local_preset()
    return make_user("alice")


@pytest.fixture
def quick(alice):
    return create_preset(alice, "Quick", make_recipe(SMOL, GEMMA), targets=Targets(seconds=20, cost=Decimal("0.01")))


def run_of(preset, owner, seconds=15, **values):
    """Return a run of a preset that had its answer so many seconds after its start."""
    began = timezone.now()
    values = {"created_at": began, "ended_at": began + timedelta(seconds=seconds), **values}
    run = make_run(owner, age_s=0)
    for name, value in {"preset": preset.slug, **values}.items():
        setattr(run, name, value)
    run.answer_call = make_call(run, slot="A", text="330 m")
    run.answer_kind = AnswerKind.ONLY
    run.save()
    return run


def test_newest_runs_of_the_present_version_count(alice, quick):
    older = run_of(quick, alice)
    quick = change_preset(quick, "Quick", make_recipe(SMOL, GEMMA, SMOL), targets=quick.targets)
    assert older.created_at < quick.created_at
    for seconds in (19, 21):
        run_of(quick, alice, seconds, cost=Decimal("0.005"))
    run_of(quick, alice, cost=Decimal("0.02"), cost_is_complete=False)
    run_of(quick, alice, status=Status.FAILED)
    run_of(quick, alice, status=Status.CANCELLED)
    run_of(quick, alice, cache_hit=CacheHit(run="x"))
    run_of(quick, make_user("bob"))

    record = target_records(alice, [quick])["quick"]

    assert (record.runs, record.seconds, record.cost, record.unpriced) == (4, Tally(2, 4), Tally(3, 3), 1)
    assert Preset.objects.get(slug="quick", version=1).targets == quick.targets


def test_records_cost_the_same_queries_for_few_and_many_presets(alice, quick, django_assert_num_queries):
    for _ in range(52):
        run_of(quick, alice)
    with django_assert_num_queries(5):
        assert target_records(alice, [quick])["quick"].runs == 50
    others = [create_preset(alice, f"More {at}", make_recipe(), targets=Targets(seconds=1)) for at in range(3)]
    with django_assert_num_queries(5):
        assert [record.runs for record in target_records(alice, [quick, *others]).values()] == [50, 0, 0, 0]
    set_targets(quick, None)
    with django_assert_num_queries(0):
        assert target_records(alice, [quick]) == {}


def test_accuracy_on_a_question_set_is_that_of_its_checked_rows(alice, quick, django_assert_num_queries):
    version = create_template(alice, "Sums", "{{sum}}", checks="equals: 4")
    set_targets(quick, Targets(accuracy=0.6, question_set="Sums"))
    batches = [Batch.objects.create(owner=alice, team=alice.personal_team, version=one) for one in (version, None)]
    for number, (passed, batch) in enumerate([(True, 0), (False, 0), (None, 0), (True, 0), (False, 1)]):
        row = {"run": run_of(quick, alice), "passed": passed}
        BatchRow.objects.create(batch=batches[batch], number=number, line=1, **row)
    rated = run_of(quick, alice)
    Rating.objects.create(run=rated, author=alice, call=rated.answer_call_id, thumb=Thumb.DOWN)

    with django_assert_num_queries(7):
        record = target_records(alice, [quick])["quick"]

    assert (record.runs, record.accuracy, record.is_accurate) == (6, Tally(2, 3), True)


def test_thumb_goes_before_a_blind_vote_and_that_before_checks(alice, quick):
    runs = [run_of(quick, alice) for _ in range(4)]
    batch = Batch.objects.create(owner=alice, team=alice.personal_team, recipe=make_recipe())
    for number, run in enumerate(runs[:3]):
        BatchRow.objects.create(batch=batch, number=number, line=1, run=run, passed=True)
    for run in runs[1:3]:
        vote = make_vote(alice, GEMMA, run=run)
        vote.answers = (VotedAnswer(call=run.answer_call_id, model=SMOL, is_answer=True),)
        vote.save()
    Rating.objects.create(run=runs[2], author=alice, call=runs[2].answer_call_id, thumb=Thumb.UP)
    Rating.objects.create(run=runs[3], author=make_user("bob"), call=runs[3].answer_call_id, thumb=Thumb.UP)

    good = good_runs(alice, {run.pk: run.answer_call_id for run in runs})

    assert good == {runs[0].pk: True, runs[1].pk: False, runs[2].pk: True}


def test_members_are_labelled_by_rulings_votes_checks_and_thumbs(alice):
    def panel(text="330 m"):
        run = make_run(alice)
        return run, make_call(run, slot="A", model=SMOL, text=text), make_call(run, slot="B", model=GEMMA, text=text)

    ruled, *_ = panel()
    Ruling.objects.create(run=ruled, author=alice, verdict=RulingKind.SIDE, right=("B",))
    voted, first, second = panel()
    answers = (
        VotedAnswer(call=first.pk, slot="A", model=SMOL, is_chosen=True),
        VotedAnswer(call=second.pk, slot="B", model=GEMMA),
    )
    vote = make_vote(alice, run=voted)
    vote.answers = answers
    vote.save()
    checked, *_ = panel()
    batch = Batch.objects.create(owner=alice, team=alice.personal_team, recipe=make_recipe())
    results = {slot: (CheckResult(check="number: 330", passed=slot == "A", reason=""),) for slot in ("", "A", "B")}
    BatchRow.objects.create(batch=batch, number=1, line=1, run=checked, passed=True, results=results)
    Rating.objects.create(run=checked, author=alice, call=checked.calls.get(slot="B").pk, thumb=Thumb.UP)
    again, old, other = panel()
    make_call(again, slot="A", model=SMOL, text="300 m", take=2)
    Rating.objects.create(run=again, author=alice, call=old.pk, thumb=Thumb.UP)
    Rating.objects.create(run=again, author=alice, call=other.pk, thumb=Thumb.DOWN)

    assert good_members(alice) == {
        ruled.pk: {SMOL: False, GEMMA: True},
        voted.pk: {SMOL: True, GEMMA: False},
        checked.pk: {SMOL: True, GEMMA: True},
        again.pk: {GEMMA: False},
    }
    assert good_members(make_user("bob")) == {}


@pytest.fixture
def hosted(alice):
    acme = make_provider("acme", "Acme")
    models = [
        make_model(acme, name, price_input=1, price_output=price, maker=name)
        for name, price in (("strong", 10), ("plain", 1), ("odd", 1))
    ]
    panel = make_recipe("acme/strong", "acme/plain", judge="acme/strong", writer="acme/strong").panel
    for slug in ("quality", "budget"):
        Preset.objects.create(slug=slug, name=slug.title(), panel=panel, judge="auto", writer="auto")
    return models


COSTS = {"acme/strong": "0.01", "acme/plain": "0.001", "acme/odd": "0.002"}


def answered(alice, count, right):
    """Create runs in which a person ruled who of three models is right."""
    for _ in range(count):
        run = make_run(alice)
        for slot, (model, cost) in zip("ABC", COSTS.items(), strict=True):
            make_call(run, slot=slot, model=model, text="7", cost=Decimal(cost))
        Ruling.objects.create(run=run, author=alice, verdict=RulingKind.SIDE, right=tuple(right))


def test_below_enough_items_it_is_said_how_many_are_missing(alice, hosted):
    answered(alice, 3, "A")

    advices = preset_advices(alice, Preset.objects.filter(slug="quality"), available_models(alice))

    assert (advices.items, advices.missing) == (3, ENOUGH_ITEMS - 3)
    assert [(one.advice.items, one.advice.ceiling, one.proposal) for one in advices.presets] == [(3, None, None)]


def test_panels_are_advised_and_proposed_beside_todays(alice, hosted, django_assert_num_queries):
    answered(alice, 150, "A")
    answered(alice, 20, "AB")
    answered(alice, 30, "C")
    part = Call.objects.filter(model="acme/strong")[:1].get()  # of its cost only a part is known
    Call.objects.filter(pk=part.pk).update(cost=Decimal("0.0001"), cost_source=CostSource.UNKNOWN)
    presets = list(Preset.objects.filter(slug__in=("quality", "budget", "local")).order_by("-slug"))
    models = available_models(alice)

    with django_assert_num_queries(8):
        advices = preset_advices(alice, presets, models)

    by_slug = {one.preset.slug: one for one in advices.presets}
    quality, budget = by_slug["quality"], by_slug["budget"]
    assert (advices.missing, quality.advice.items, quality.advice.cost) == (0, 200, Decimal("0.011"))
    assert (quality.advice.ceiling.share, quality.advice.ceiling.best) == (0.85, "acme/strong")
    assert [(one.model, round(one.gain, 9), one.cost) for one in quality.advice.additions] == [
        ("acme/odd", 0.15, Decimal("0.002"))
    ]
    assert [one.model for one in quality.advice.removals] == ["acme/plain"]
    assert (quality.proposal.panel, quality.proposal.ceiling.share) == (("acme/strong", "acme/odd"), 1)
    assert (quality.proposed_cost, quality.today.share) == (Decimal("0.012"), 0.85)
    # Budget stays at what today's panel costs: beside the strong one the odd one has no room.
    assert (budget.advice.cost, budget.proposal) == (Decimal("0.011"), None)
    assert [one.advice.items for one in advices.presets if one.preset.slug == "local"] == [0]
    assert Call.objects.count() == 600
