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
    """Return how the newest runs of a preset's present version met its targets, by slug; at most seven queries.

    Presets without targets have none and cost none. Left out are runs that a person stopped, those that reused an
    answer, and those at work. Where the accuracy is that on a set of questions, its newest checked rows count.
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
    good, checked = good_runs(user, answers), _of_sets(user, wanted.values())
    return {
        slug: hold_against(preset.targets, [_figures(run, good.get(run.pk)) for run in found[slug]], checked[slug])
        for slug, preset in wanted.items()
        if preset.targets
    }


def _newest(user: User, preset: Preset) -> QuerySet[Run]:
    return _of_preset(user, preset).order_by("-pk").only(*COLUMNS)[:NEWEST_RUNS]


def _of_preset(user: User, preset: Preset) -> QuerySet[Run]:
    runs = access.counting_for(user).filter(owner=user, preset=preset.slug, created_at__gte=preset.created_at)
    return runs.filter(status__in=(Status.DONE, Status.FAILED), cache_hit__isnull=True)


def _of_sets(user: User, presets: Iterable[Preset]) -> dict[str, list[bool]]:
    """Return whether the newest checked rows of question sets passed, by the preset that has the set; one query."""
    parts = []
    for preset in presets:
        if preset.targets and preset.targets.question_set:
            rows = _of_preset(user, preset).filter(
                batch_row__passed__isnull=False,
                batch_row__batch__version__template__owner=user,
                batch_row__batch__version__template__name=preset.targets.question_set,
            )
            parts.append(rows.order_by("-pk").values_list("preset", "batch_row__passed")[:NEWEST_RUNS])
    checked: dict[str, list[bool]] = defaultdict(list)
    for slug, passed in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0] if parts else ():
        checked[slug].append(bool(passed))
    return checked


def _figures(run: Run, is_good: bool | None) -> RunFigures:
    has_answer = run.status is Status.DONE and run.answer_call_id is not None and run.ended_at is not None
    return RunFigures(
        seconds=(run.ended_at - run.created_at).total_seconds() if has_answer and run.ended_at else None,
        cost=run.cost if run.cost_is_complete else None,
        is_good=is_good,
    )
