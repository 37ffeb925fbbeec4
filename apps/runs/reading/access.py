"""The right to see a run, and the right to change it: the only place that says so.

Every list, page, socket, event stream, API route, export and image reads from :func:`visible_to`; every action, share
and retry from :func:`editable_by`. Calls, findings and shares follow their run. A shared run is read by its secret code
instead (``queries.find_share``). Workers and the sweep act for the site and ask for nobody.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from apps.accounts.models import User
from apps.runs.models import Run, RunQuerySet, RunVector, SearchRow


def visible_to(user: User) -> RunQuerySet:
    """Return the runs that a person may read, each with ``can_edit``."""
    rights = {"can_edit": ExpressionWrapper(_may_edit(user), output_field=BooleanField())}
    return Run.objects.filter(_may_read(user), binned_at=None).annotate(**rights)


def counting_for(user: User) -> RunQuerySet:
    """Return those of :func:`visible_to` of which votes, ratings and rulings count.

    It is the only place that says so, for leaderboard, calibrations and routing: imported runs count if the person
    chose that.
    """
    runs = visible_to(user)
    return runs if user.counts_imported else runs.filter(imported_at=None)


def editable_by(user: User) -> RunQuerySet:
    """Return those of :func:`visible_to` that a person may also stop, continue, share and delete."""
    return visible_to(user).filter(_may_edit(user))


def binned_by(user: User) -> RunQuerySet:
    """Return the runs in the bin that a person may take out again."""
    return Run.objects.filter(_may_edit(user), binned_at__isnull=False)


def of_others(user: User) -> RunQuerySet:
    """Return the runs that a person may not read, also in their own bin; to count by, never to show."""
    return Run.objects.exclude(_may_read(user))


def search_rows_visible_to(user: User) -> QuerySet[SearchRow]:
    """Return the search rows of the runs that a person may read. They have the ratings and votes of their owner."""
    return SearchRow.objects.filter(owner=user)


def vectors_visible_to(user: User) -> QuerySet[RunVector]:
    """Return the vectors of the runs that a person may read."""
    return RunVector.objects.filter(owner=user)


# Owners alone, by the index of the history. Members of the run's team join here, each condition with its roles.
def _may_read(user: User) -> Q:
    return Q(owner=user)


def _may_edit(user: User) -> Q:
    return Q(owner=user)
