"""Imported runs: no spending, no figures of models, and no votes, ratings or rulings unless that was chosen."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.vocabulary import Role
from apps.runs.lifecycle.deletion import erase_run
from apps.runs.measuring.labelled import labelled_runs
from apps.runs.models import PastSpending, Run
from apps.runs.reading.good_answers import good_members
from apps.runs.reading.leaderboard import leaderboard
from apps.runs.reading.model_health import answer_times, health, median_ttft
from apps.runs.reading.rated_prompts import rated_prompts
from apps.runs.spending import ledger
from apps.runs.spending.answer_lengths import ENOUGH, habits_of
from tests.archives.world import archive_of, empty, import_for, make_whole_run
from tests.factories import SMOL
from tests.web.run_factories import make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local")


def imported(owner: User) -> Run:
    archive = archive_of(owner)
    empty(owner)
    import_for(owner, archive)
    return Run.objects.get(owner=owner)


def test_what_an_imported_run_had_cost_is_no_spending_and_what_it_costs_from_now_on_is(alice: User) -> None:
    make_whole_run(alice)
    since = timezone.now() - timedelta(days=1)
    assert ledger.spent_by(alice, since) > 0

    run = imported(alice)

    assert (ledger.spent_by(alice, since), ledger.spent_on(run)) == (0, 0)
    assert run.cost == Decimal("0.0105")
    make_call(run, slot="A", take=2, cost=Decimal("0.5"))
    assert (ledger.spent_by(alice, since), ledger.spent_on(run)) == (Decimal("0.5"), Decimal("0.5"))
    erase_run(run.pk)
    assert [row.cost for row in PastSpending.objects.all()] == [Decimal("0.5")]


def test_votes_ratings_and_rulings_of_imported_runs_count_only_if_chosen(alice: User) -> None:
    make_whole_run(alice, prompt="How high is it?")

    def counted() -> list[int]:
        labelled = list(labelled_runs(alice))
        return [leaderboard(alice).votes, len(rated_prompts(alice)), len(labelled), len(good_members(alice))]

    said = counted()
    assert said == [1, 1, 1, 1]

    imported(alice)

    assert counted() == [0, 0, 0, 0]
    alice.counts_imported = True
    assert counted() == said


def test_figures_of_models_come_from_calls_of_this_server_alone(alice: User) -> None:
    run = make_finished_run(alice)
    for take in range(2, 25):
        make_call(run, slot="A", take=take)
    pairs = [(SMOL, Role.PANEL)]
    assert ENOUGH < 24
    assert all((habits_of(pairs), health([SMOL]), median_ttft(), answer_times([SMOL])))

    imported(alice)

    assert (habits_of(pairs), health([SMOL]), median_ttft(), answer_times([SMOL])) == ({}, {}, {}, {})
