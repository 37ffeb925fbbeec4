"""Keeping what is sent for a call, so that a person can read it word for word years later."""

from collections.abc import Sequence

from django.conf import settings

from apps.fusion.prompting.files import numbered_files, with_files, without_texts
from apps.fusion.values import Message
from apps.runs import hot_rows
from apps.runs.execution.routes import Prepared
from apps.runs.models import Call, SentRequest


def keep_sent(call: Call, prepared: Prepared) -> None:
    """Store the messages of each route that are not the run's conversation alone; those of an earlier try give way.

    Most panel calls send the conversation as it is, so nothing is written for them. The text of a file stands in the
    run's messages, and in no row of these.
    """
    conversation, files = with_files(call.run.messages), numbered_files(call.run.messages).values()
    rows = []
    for route in prepared.routes:
        messages, schema = _compact(route.request.messages, conversation), route.request.json_schema
        if schema is not None or messages != tuple(range(len(conversation))):
            kept = tuple(one if isinstance(one, int) else without_texts(one, files) for one in messages)
            rows.append(SentRequest(call=call, model=route.reference, messages=kept, schema=schema))
    if rows and settings.HOT_ROWS:
        hot_rows.write_sent(rows)
    elif rows:
        SentRequest.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["call", "model"], update_fields=["messages", "schema"]
        )


def _compact(messages: Sequence[Message], conversation: Sequence[Message]) -> tuple[int | Message, ...]:
    """Return messages with the place in the conversation for each that stands there, in the same order."""
    kept: list[int | Message] = []
    start = 0
    for message in messages:
        place = next((at for at in range(start, len(conversation)) if conversation[at] == message), None)
        kept.append(message if place is None else place)
        start = start if place is None else place + 1
    return tuple(kept)
