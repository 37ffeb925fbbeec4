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
BETWEEN = Message(role="assistant", text="(The results are there.)")
SHOWN = "(The images that the tools returned.)"


def is_silent(message: Message) -> bool:
    """Return whether a message says nothing: white space is no text to the vendors, who refuse it."""
    return not (message.text.strip() or message.images or message.calls or message.result)


def spoken(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the messages that say something, all of them if none does.

    Turns of one role that thereby come together become one, for models whose template wants turns to alternate.
    """
    if not any(map(is_silent, messages)):
        return tuple(messages)
    said: list[Message] = []
    was_silent = False
    for message in messages:
        if is_silent(message):
            was_silent = True
            continue
        is_apart = any(one.calls or one.result for one in (message, *said[-1:]))
        if was_silent and said and said[-1].role == message.role and not is_apart:
            last = said.pop()
            message = last.model_copy(  # noqa: PLW2901 - the two are one turn
                update={"text": f"{last.text}\n\n{message.text}", "images": (*last.images, *message.images)}
            )
        said.append(message)
        was_silent = False
    return tuple(said or messages)


def with_images_behind_results(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with images of results in the user's turn behind these, for vendors that want texts there."""
    told: list[Message] = []
    waiting: tuple[str, ...] = ()
    for message in messages:
        if message.result and message.images:
            waiting += message.images
            message = message.model_copy(update={"images": (), "text": message.text or SHOWN})  # noqa: PLW2901
        if message.result:
            told.append(message)
            continue
        if waiting and message.role == "user":
            message = message.model_copy(update={"images": (*waiting, *message.images)})  # noqa: PLW2901
        elif waiting:
            told.append(Message(role="user", text=SHOWN, images=waiting))
        told.append(message)
        waiting = ()
    return [*told, Message(role="user", text=SHOWN, images=waiting)] if waiting else told


def with_answers_behind_results(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with an answer between the result of a tool and what the user says, as Mistral wants it."""
    told: list[Message] = []
    for message in messages:
        if told and told[-1].result and message.role == "user" and not message.result:
            told.append(BETWEEN)
        told.append(message)
    return told


def system_text(messages: Sequence[Message]) -> str:
    """Return all that the system says, in one text."""
    return "\n\n".join(message.text for message in messages if message.role == "system" and message.text.strip())


def turns(messages: Sequence[Message]) -> list[tuple[str, list[Message]]]:
    """Return roles and what they say in a row, without the system and silent turns. The user begins and ends."""
    said = [message for message in messages if message.role != "system" and not is_silent(message)]
    if not said or said[0].role != "user":
        # What a program sends may begin with an answer, which these vendors refuse.
        said.insert(0, OPENING)
    if said[-1].role != "user":
        said.append(CLOSING)
    return [(role, list(turn)) for role, turn in groupby(said, attrgetter("role"))]


def image_data(url: str) -> tuple[str, str]:
    """Return media type and base64 of a data URL; raises `ProviderError` (invalid_request) for any other URL."""
    found = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)", url)
    if not found:
        raise ProviderError(
            "An image of the prompt is not a data URL. Add the image again.",
            FailureCode.INVALID_REQUEST,
            permanent=True,
        )
    return found[1], found[2]
