"""A person's word on answers, from wherever they gave it: which answers of their runs were good, and which were not."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from apps.accounts.models import User
from apps.annotations.models import BlindVote, Rating, Ruling
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import Role, RulingKind
from apps.runs.models import Call, Run
from apps.runs.reading import access

MOST_RUNS = 5_000
"""The newest runs with an opinion that are looked at."""


def good_runs(user: User, answers: dict[int, int]) -> dict[int, bool]:
    """Return whether the answers of runs were good, by run, where a person or an output check says so; three queries.

    ``answers`` are the ids of the calls that wrote them, by run. A thumb goes before a blind vote, which goes before
    checks: each is nearer to that answer.
    """
    checked = Run.objects.filter(pk__in=answers, batch_row__passed__isnull=False)
    good = {run: bool(passed) for run, passed in checked.values_list("pk", "batch_row__passed")}
    for run, voted in BlindVote.objects.filter(author=user, run__in=answers).values_list("run_id", "answers"):
        good.update((run, one.is_chosen) for one in voted if one.call == answers[run])
    thumbs = Rating.objects.filter(author=user, call__in=answers.values()).values_list("run_id", "thumb")
    return good | {run: thumb is Thumb.UP for run, thumb in thumbs}


def good_members(user: User) -> dict[int, dict[str, bool]]:
    """Return whether the panel's answers were good, by run and by the model that was asked; five queries.

    A ruling for a side says so of all columns of a run, output checks of each, a blind vote of those that stood for it,
    and a thumb of one; in this order, a later one goes before. Where a model was asked twice, its first column counts.
    Runs that reused an answer say nothing new, and are left out.
    """
    runs = access.counting_for(user).filter(cache_hit__isnull=True)
    rulings = Ruling.objects.filter(run__in=runs.values("pk"), verdict=RulingKind.SIDE).order_by("changed_at", "pk")
    votes = BlindVote.objects.filter(author=user, run__in=runs.values("pk"))
    ratings = Rating.objects.filter(author=user, run__in=runs.values("pk"))
    checks = runs.filter(batch_row__passed__isnull=False).order_by("-pk")[:MOST_RUNS]
    ruled = {run: right for run, right in rulings.values_list("run_id", "right") if right}
    voted = dict(votes.values_list("run_id", "answers"))
    thumbs = {call: (run, thumb) for run, call, thumb in ratings.values_list("run_id", "call", "thumb")}
    checked = dict(checks.values_list("pk", "batch_row__results"))
    named = {*ruled, *voted, *checked, *(run for run, _ in thumbs.values())}
    newest = sorted(named, reverse=True)[:MOST_RUNS]
    good: dict[int, dict[str, bool]] = defaultdict(dict)
    for run, columns in _newest_columns(newest).items():
        told = {call.pk: call.slot in ruled[run] for call in columns} if run in ruled else {}
        results = checked.get(run, {})
        told |= {one.pk: all(result.passed for result in results[one.slot]) for one in columns if results.get(one.slot)}
        told |= {one.call: one.is_chosen for one in voted.get(run, ())}
        for call in columns:
            if call.pk in thumbs:
                told[call.pk] = thumbs[call.pk][1] is Thumb.UP
            if call.pk in told:
                good[run].setdefault(call.model, told[call.pk])
    return dict(good)


def _newest_columns(runs: Collection[int]) -> dict[int, list[Call]]:
    """Return the newest call of each column of the panel, by run, in the order of the slots."""
    panel = Call.objects.filter(Q(role=Role.PANEL), run__in=runs).order_by("run", "slot", "stage", "take", "pk")
    newest: dict[tuple[int, str], Call] = {}
    for call in panel.only("run_id", "slot", "model"):
        newest[call.run_id, call.slot] = call
    columns: dict[int, list[Call]] = defaultdict(list)
    for (run, _), call in newest.items():
        columns[run].append(call)
    return columns
