"""Failed sign-ins, which django-axes counts by account and address: their words in the log, the length of a lock."""

from datetime import datetime

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Q
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.client_address import client_address


def describe(
    username: str | None, ip_address: str | None, _agent: str, path: str | None, _request: HttpRequest | None
) -> str:
    """Return what the log calls whoever tried; quoted, so that a name cannot begin a line of its own."""
    return f"account {(username or '')[:150]!r} from {ip_address or 'an unknown address'} on {path!r}"


def seconds_locked(request: HttpRequest, username: str) -> int:
    """Return after how many seconds at most ``username`` may be tried again from where the request came."""
    by_either = Q(username=username) | Q(ip_address=client_address(request))
    newest: datetime | None = AccessAttempt.objects.filter(by_either).aggregate(newest=Max("attempt_time"))["newest"]
    passed = timezone.now() - newest if newest else settings.AXES_COOLOFF_TIME
    return max(1, round((settings.AXES_COOLOFF_TIME - passed).total_seconds()))
