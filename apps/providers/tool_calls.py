"""Calls of tools as they come from a vendor: in pieces, whole, without an id, with arguments that are no JSON.

What one piece means is the dialect's. A call is known whole only at the end of the answer, so it goes out with `End`.
"""

import json
import logging
import re
import uuid
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.tools import ToolCall, ToolSet
from apps.fusion.values import Message
from apps.providers.base import MAX_ID, Endpoint, Request, clean
from apps.providers.event_stream import MAX_OUTPUT_CHARS, too_large

log = logging.getLogger(__name__)

MAX_NAME = 200
NO_ARGUMENTS = "{}"


@dataclass
class _Open:
    """A call of which more may come."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)


class CallCollector:
    """Gathers the calls of one answer from their pieces, in the order in which they began."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: list[_Open] = []
        self._places: dict[Hashable, int] = {}
        self._chars = 0
        self.pieces = 0

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, key: Hashable, call_id: Any, name: Any, arguments: Any) -> None:
        """Take a piece of the call under ``key``, ``None`` where the vendor numbers none.

        Raises `ProviderError` (too_large). A piece with another id and a name begins a call, whatever its number says.
        """
        call_id, name = _text(call_id)[:MAX_ID], _text(name)[:MAX_NAME]
        place = self._place(key, call_id, name)
        if place is None:
            place = len(self._calls)
            self._calls.append(_Open(call_id, name))
        call = self._calls[place]
        if key is not None:
            self._places[key] = place
        call.id, call.name = call.id or call_id, call.name or name
        if arguments is not None:
            piece = arguments if isinstance(arguments, str) else _json(arguments)
            self._chars += len(piece)
            call.pieces.append(piece)
        self.pieces += 1
        if self._chars > MAX_OUTPUT_CHARS:
            raise too_large(self._endpoint)

    def finished(self, *, was_cut: bool = False) -> tuple[ToolCall, ...]:
        """Return the calls. Of an answer that ``was_cut`` at a limit, those whose arguments are not whole are left out.

        A call without an id gets one; so does one whose id another call has already.
        """
        calls: list[ToolCall] = []
        for call in self._calls:
            arguments = arguments_of("".join(call.pieces))
            if not call.name or (was_cut and not _is_json(arguments)):
                log.warning("%s sent a call of a tool that is not whole.", self._endpoint.name)
                continue
            taken = {one.id for one in calls}
            call_id = call.id if call.id and call.id not in taken else f"call_{uuid.uuid4().hex[:24]}"
            calls.append(ToolCall(id=call_id, name=call.name, arguments=arguments))
        return tuple(calls)

    def _place(self, key: Hashable, call_id: str, name: str) -> int | None:
        """Return the call that a piece belongs to, ``None`` if it begins one."""
        if key is None:
            same = (at for at, call in enumerate(self._calls) if call_id and call.id == call_id)
            found = next(same, None)
            # Without a number or an id, more arguments belong to the newest call, and a name begins another.
            return found if found is not None or name or not self._calls else len(self._calls) - 1
        place = self._places.get(key)
        is_other = place is not None and name and call_id and self._calls[place].id not in ("", call_id)
        return None if is_other else place


def arguments_of(text: str) -> str:
    """Return arguments as JSON of an object, where the vendor's text is one: empty, ``null`` or encoded twice.

    A text that is no JSON stays as the model wrote it: whoever called for it decides.
    """
    text = clean(text).strip()
    if text in ("", "null", '""'):
        return NO_ARGUMENTS
    if text.startswith('"'):
        try:
            inner = orjson.loads(text)
        except ValueError:
            return text
        if isinstance(inner, str) and _is_json(inner):
            return arguments_of(inner)
    return text


def arguments_object(arguments: str) -> dict[str, Any]:
    """Return the arguments as an object, for vendors that take nothing else; a text that is none stands in one."""
    try:
        found = json.loads(arguments or NO_ARGUMENTS)
    except ValueError:
        found = arguments
    return found if isinstance(found, dict) else {"arguments": found}


def tools_of(request: Request) -> ToolSet | None:
    """Return the tools that a request offers, ``None`` for one that offers none."""
    return request.tools if request.tools and request.tools.tools else None


def turns_of(request: Request) -> tuple[Message, ...]:
    """Return the messages of a request: calls and results are words where it offers no tools.

    Most vendors refuse calls in a conversation without the tools that were called.
    """
    return request.messages if tools_of(request) else as_text(request.messages)


def plain_id(call_id: str, pattern: str, size: int) -> str:
    """Return the id of a call as a vendor takes it: itself, else letters and digits made of it, always the same."""
    if re.fullmatch(pattern, call_id):
        return call_id
    return sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:size]


def result_names(messages: Sequence[Message]) -> dict[str, str]:
    """Return the name of the tool for the id of each call in a conversation."""
    return {call.id: call.name for message in messages for call in message.calls}


def _text(value: Any) -> str:
    return clean(value).strip() if isinstance(value, str) else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
