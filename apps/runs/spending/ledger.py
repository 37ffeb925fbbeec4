"""The money spent, in USD: on a run, by a person, through a program's key. Limits on it are in ``caps.py``."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils import timezone

from apps.accounts.models import ApiKey, User
from apps.runs.models import UNFINISHED, Call, PastSpending, Run, SharedCap


def _amount(until_ended: Any) -> Any:
    """Return what a call counts for: its cost, or something else until it has ended; and its possible extra cost."""
    known = Case(When(status__in=UNFINISHED, then=until_ended), default=F("cost"))
    return Coalesce(known, Value(0, output_field=DecimalField())) + F("possible_extra_cost")


AMOUNT = _amount(Greatest(F("cost_so_far"), F("reserved_cost")))
"""Under a cap a call that has not ended counts for its cost so far, or what is reserved for it if that is more."""
SPENT = _amount(F("cost_so_far"))


def spent_on(run: Run, but: int | None = None) -> Decimal:
    """Return the cost of a run so far, without the call ``but``; what it cost before it was imported is none here."""
    return _sum(Call.objects.filter(run=run), but)


def spent_under(shared_cap: SharedCap, but: int | None = None) -> Decimal:
    """Return the cost of all runs under a cap that they share, deleted ones too, without the call ``but``."""
    return shared_cap.spent_on_deleted + _sum(Call.objects.filter(run__shared_cap=shared_cap), but)


def spent_by(payer: User | ApiKey, since: datetime, but: int | None = None) -> Decimal:
    """Return the cost of the calls of a person, or of a key, that ended after a moment or still run.

    Deleted runs count too, and tests of models.
    """
    calls = Call.objects.filter(run__in=payer.runs.all())
    deleted = payer.past_spending.filter(day__gte=since.date()).aggregate(total=Sum("cost"))["total"] or Decimal(0)
    # A call counts for the day on which it ends; until then it counts for the present one.
    return deleted + _sum(calls.filter(Q(ended_at__gte=since) | Q(ended_at=None)), but)


def remember(run: Run) -> None:
    """Keep what a run cost, day by day, before it is deleted."""
    days = (
        run.calls.filter(is_copy=False)
        .annotate(day=TruncDate(Coalesce("ended_at", timezone.now()), tzinfo=UTC))
        .order_by()
        .values("day")
        .annotate(total=Sum(SPENT))
        .filter(total__gt=0)
    )
    spent = [PastSpending(owner=run.owner, api_key=run.api_key, day=row["day"], cost=row["total"]) for row in days]
    PastSpending.objects.bulk_create(spent)
    if run.shared_cap_id:
        total = sum((one.cost for one in spent), Decimal(0))
        SharedCap.objects.filter(pk=run.shared_cap_id).update(spent_on_deleted=F("spent_on_deleted") + total)


def book(owner: User, cost: Decimal) -> None:
    """Count what somebody spent just now without a run."""
    if cost:
        PastSpending.objects.create(owner=owner, day=start_of_day().date(), cost=cost)


def start_of_day() -> datetime:
    """Return the moment at which the calendar day in UTC began."""
    return datetime.combine(timezone.now().astimezone(UTC).date(), time(), UTC)


def start_of_month() -> datetime:
    """Return the moment at which the calendar month in UTC began."""
    return start_of_day().replace(day=1)


def _sum(calls: QuerySet[Call], but: int | None) -> Decimal:
    # A call's own amount must not fill the cap that it is checked against.
    counted = calls.filter(is_copy=False) if but is None else calls.filter(is_copy=False).exclude(pk=but)
    return counted.aggregate(total=Sum(AMOUNT))["total"] or Decimal(0)
