"""Messages about the ends of runs, as their owners see them."""

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.runs.models import UNFINISHED, WebhookDelivery
from apps.runs.reading.access import editable_by


def deliveries_of(user: User) -> QuerySet[WebhookDelivery]:
    """Return the messages of a person's runs that have ended, the newest first, each with its run."""
    ended = editable_by(user).exclude(status__in=UNFINISHED).values("pk")
    return WebhookDelivery.objects.filter(run__in=ended).select_related("run").order_by("-pk")
