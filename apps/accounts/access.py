"""The teams that a person belongs to, and the API keys that they may see and revoke.

Each function is the only place that says so: a view, a route or a form that needs such rows asks here.
"""

from django.db.models import QuerySet

from apps.accounts.models import ApiKey, Team, User


def teams_of(user: User) -> QuerySet[Team]:
    """Return the teams that a person belongs to: today their personal one alone."""
    return Team.objects.filter(personal_of=user)


def visible_keys(user: User) -> QuerySet[ApiKey]:
    """Return the keys that a person may see listed, revoked ones included; secrets are never readable."""
    return ApiKey.objects.filter(owner=user)


def editable_keys(user: User) -> QuerySet[ApiKey]:
    """Return the keys that a person may revoke."""
    return visible_keys(user)
