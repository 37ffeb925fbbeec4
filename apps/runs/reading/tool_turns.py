"""Calls of tools that come back with their results: what was kept of the turn in which a model made them."""

from collections.abc import Sequence

from django.db.models import Q

from apps.accounts.models import User
from apps.fusion.values import Message
from apps.runs.models import CallOutput
from apps.runs.reading import access

MOST_TURNS = 20
"""The newest turns with calls for which something is looked up; vendors check no older ones."""


def with_vendor_data(user: User, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation with what vendors want back beside their calls, where a run that ``user`` may read has it.

    A call is known again by its id and its name. One query, and none for a conversation without calls.
    """
    lacking = [at for at, message in enumerate(messages) if message.calls and not message.vendor_data][-MOST_TURNS:]
    if not lacking:
        return tuple(messages)
    wanted = Q()
    for at in lacking:
        first = messages[at].calls[0]
        wanted |= Q(tool_calls__contains=[{"id": first.id, "name": first.name}])
    found = CallOutput.objects.filter(
        wanted, vendor_data__isnull=False, call__run__in=access.visible_to(user).values("pk")
    )
    kept = {
        (call.id, call.name): output.vendor_data
        for output in found.only("tool_calls", "vendor_data").order_by("pk")
        for call in output.tool_calls[:1]
    }
    whole = list(messages)
    for at in lacking:
        first = messages[at].calls[0]
        if data := kept.get((first.id, first.name)):
            whole[at] = messages[at].model_copy(update={"vendor_data": data})
    return tuple(whole)
