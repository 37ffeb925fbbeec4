"""Messages to a program's own server that a run has ended, and what those of batches share with them."""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.utils.crypto import get_random_string
from pydantic import BaseModel, ConfigDict

from apps.fields import EnumField, ValueField
from apps.runs.models.runs import Run


def new_message_id() -> str:
    """Return a message's id, 143 random bits: the same in each attempt, so that a receiver can tell repetitions."""
    return f"msg_{get_random_string(24)}"


class DeliveryStatus(StrEnum):
    """The state of a message: not delivered yet, taken by its receiver, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempt(BaseModel):
    """One request to the receiver: its moment, the seconds until its answer, the HTTP status if any, and a sentence."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    duration_s: float
    http_status: int | None
    sentence: str


class Delivery(models.Model):
    """A message that tells ``url`` of an end. ``site`` is where readers find the page of what has ended.

    ``due_at`` is when it is to be tried again, or taken up by another worker if the one at it is lost; NULL before the
    first attempt and after the last.
    """

    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    url = models.CharField(max_length=500)
    site = models.CharField(max_length=300)
    status = EnumField(DeliveryStatus, max_length=10, default=DeliveryStatus.WAITING)
    attempts = ValueField(tuple[DeliveryAttempt, ...], default=tuple, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class WebhookDelivery(Delivery):
    """The message about the end of a run."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="webhook")

    class Meta:
        # lifecycle/webhooks.py: send_due_deliveries(), once a second.
        indexes = [models.Index(fields=["due_at"], condition=models.Q(status="waiting"), name="webhook_waiting")]

    def __str__(self) -> str:
        return f"message of run {self.run_id} to {self.url}"

    @property
    def subject(self) -> Run:
        return self.run

    @property
    def title(self) -> str:
        return self.run.title
