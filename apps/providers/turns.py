"""Conversations for vendors that are strict about turns: they alternate, and the first and the last are the user's.

The system's text stands apart from the turns there, and images come as data with a media type.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from apps.fusion.values import Message
from apps.fusion.vocabulary import FailureCode
from apps.providers.errors import ProviderError

OPENING = Message(role="user", text="(The conversation begins with an answer.)")
CLOSING = Message(role="user", text="Please go on.")


def system_text(messages: Sequence[Message]) -> str:
    """All that the system says, in one text."""
    return "\n\n".join(message.text for message in messages if message.role == "system" and message.text)


def turns(messages: Sequence[Message]) -> list[tuple[str, list[Message]]]:
    """Roles and what they say in a row, without the system. Silent messages are left out; the user begins and ends."""
    spoken = [message for message in messages if message.role != "system" and (message.text or message.images)]
    if not spoken or spoken[0].role != "user":
        spoken.insert(0, OPENING)
    if spoken[-1].role != "user":
        spoken.append(CLOSING)
    return [(role, list(said)) for role, said in groupby(spoken, attrgetter("role"))]


def image_data(url: str) -> tuple[str, str]:
    """Media type and base64 of a data URL; raises `ProviderError` (invalid_request) for any other URL."""
    found = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)", url)
    if not found:
        raise ProviderError(
            "An image of the prompt is not a data URL. Add the image again.",
            FailureCode.INVALID_REQUEST,
            permanent=True,
        )
    return found[1], found[2]
