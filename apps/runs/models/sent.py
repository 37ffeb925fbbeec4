"""The requests that were sent for a call, word for word, where they are more than the conversation of its run."""

from typing import Any

from django.db import models

from apps.fields import ValueField
from apps.fusion.values import Message
from apps.runs.models.calls import Call


class SentRequest(models.Model):
    """The messages of a call as ``model`` (a reference) is sent them; never a key or an address.

    A number stands for a message of the run's own conversation, by its place from 0: those may hold pictures. A panel
    call whose messages are that conversation and nothing else has no row. ``schema`` is the JSON schema sent with it.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="sent")
    model = models.CharField(max_length=255)
    messages = ValueField(tuple[int | Message, ...])
    schema: Any = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "model"], name="sent_request_is_unique")]

    def __str__(self) -> str:
        return f"request of call {self.call_id} to {self.model}"
