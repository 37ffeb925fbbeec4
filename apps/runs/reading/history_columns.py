"""Columns of a list of runs that come from other tables: the reader's ratings, and the makers of the runs."""

from collections.abc import Sequence

from apps.accounts.models import ApiKey, User
from apps.annotations.models import Rating
from apps.runs.models import Run


def attach_ratings(reader: User, runs: Sequence[Run]) -> None:
    """Give each run ``own_thumb``, the reader's for its answer, ``None`` without one; one query."""
    calls = [run.answer_call_id for run in runs if run.answer_call_id]
    found = dict(Rating.objects.filter(author=reader, call__in=calls).values_list("call", "thumb"))
    for run in runs:
        run.own_thumb = found.get(run.answer_call_id or 0)


def attach_makers(runs: Sequence[Run]) -> None:
    """Give each run ``maker``, the name of the key that made it, else of the person; two queries."""
    keys = dict(ApiKey.objects.filter(pk__in=[run.api_key_id for run in runs]).values_list("pk", "name"))
    people = {user.pk: user.shown_name for user in User.objects.filter(pk__in=[run.owner_id for run in runs])}
    for run in runs:
        run.maker = keys[run.api_key_id] if run.api_key_id in keys else people[run.owner_id]
