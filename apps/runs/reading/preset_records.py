"""The newest runs of presets, held against the targets that their owner set."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.targets import NEWEST_RUNS, RunFigures, TargetRecord, hold_against
from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from apps.runs.reading import access
from apps.runs.reading.good_answers import good_runs

COLUMNS = ("preset", "status", "created_at", "ended_at", "cost", "cost_is_complete", "answer_call")


def target_records(user: User, presets: Iterable[Preset]) -> dict[str, TargetRecord]:
    """Return how the newest runs of a preset's present version met its targets, by slug; at most six queries.

    Presets without targets have none and cost none. Left out are runs that a person stopped, those that reused an
    answer, and those at work.
    """
    wanted = {preset.slug: preset for preset in presets if preset.targets}
    if not wanted:
        return {}
    found: dict[str, list[Run]] = defaultdict(list)
    parts = [_newest(user, preset) for preset in wanted.values()]
    # One query whatever their number: each part reads its few rows from the index ``run_of_preset``.
    for run in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        found[run.preset].append(run)
    answers = {run.pk: run.answer_call_id for runs in found.values() for run in runs if run.answer_call_id}
    good = good_runs(user, answers)
    return {
        slug: hold_against(preset.targets, [_figures(run, good.get(run.pk)) for run in found[slug]])
        for slug, preset in wanted.items()
        if preset.targets
    }


def _newest(user: User, preset: Preset) -> QuerySet[Run]:
    runs = access.counting_for(user).filter(owner=user, preset=preset.slug, created_at__gte=preset.created_at)
    ended = runs.filter(status__in=(Status.DONE, Status.FAILED), cache_hit__isnull=True)
    return ended.order_by("-pk").only(*COLUMNS)[:NEWEST_RUNS]


def _figures(run: Run, is_good: bool | None) -> RunFigures:
    has_answer = run.status is Status.DONE and run.answer_call_id is not None and run.ended_at is not None
    return RunFigures(
        seconds=(run.ended_at - run.created_at).total_seconds() if has_answer and run.ended_at else None,
        cost=run.cost if run.cost_is_complete else None,
        is_good=is_good,
    )
