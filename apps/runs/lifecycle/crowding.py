"""Crowds: a payer with many runs at work lets everybody else's calls go first, in the queue and on a worker's threads.

A payer is a key, or a person on the pages: what one's programs do holds up neither one's other programs nor oneself.
"""

from django.conf import settings

from apps.accounts.models import ApiKey, User
from apps.runs import hot_rows
from apps.runs.models import UNFINISHED, Run

CROWDED_FROM = 8
"""Unfinished runs of a payer from which on the next one is crowded, for as long as it lives."""


def is_crowded(owner: User, api_key: ApiKey | None) -> bool:
    """Return whether a new run of this payer is crowded."""
    count = hot_rows.count_unfinished if settings.HOT_ROWS else _count_unfinished
    return count(owner, api_key, CROWDED_FROM) >= CROWDED_FROM


def _count_unfinished(owner: User, key: ApiKey | None, most: int) -> int:
    return Run.objects.filter(owner=owner, api_key=key, status__in=UNFINISHED)[:most].count()
