"""Calls of tools as they come from a vendor: in pieces, whole, without an id, with arguments that are no JSON.

What one piece means is the dialect's. Pieces go out as they come where they are the beginning of what goes out whole
with `End`: arguments that are no object, and calls without a name, wait for that.
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
from apps.providers.base import MAX_ID, CallPiece, Endpoint, HalfJoiner, Request, clean
from apps.providers.event_stream import MAX_OUTPUT_CHARS, too_large
from apps.providers.reading import cleaned

log = logging.getLogger(__name__)

MAX_NAME = 200
MOST_CALLS = 1_000
"""Calls of one answer: a model that never stops calling ends there."""
NO_ARGUMENTS = "{}"
MOST_LOOKS = 100
"""The most times that the arguments of a call are read to see whether they are whole: each time reads them all."""
REPEATED_SIZE = 8
"""A repetition of arguments may be so many times shorter: other white space, characters in place of escapes."""


class _ToldArguments:
    """The arguments of a call as far as they are sure to begin what `arguments_of` makes of the whole."""

    def __init__(self) -> None:
        self._joiner = HalfJoiner()
        self._blanks: list[str] = []
        self._is_object: bool | None = None
        self._waiting: list[str] = []

    def add(self, piece: str) -> None:
        text = self._joiner.feed(piece)
        if self._is_object is None and (beginning := text.lstrip()):
            self._is_object, text = beginning[0] == "{", beginning
            self._blanks = []
        if self._is_object is False:
            return
        # White space at the end is told only with what comes behind it.
        told = text.rstrip()
        if told:
            self._waiting += [*self._blanks, told]
            self._blanks = []
        if len(told) < len(text):
            self._blanks.append(text[len(told) :])

    def take(self) -> str:
        text, self._waiting = "".join(self._waiting), []
        return text


@dataclass
class _Open:
    """A call of which more may come."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)
    told: _ToldArguments = field(default_factory=_ToldArguments)
    told_id: str = ""
    held: str = ""
    size: int = 0
    _looks: int = 0
    _last: str = ""
    _grows: bool = False

    @property
    def can_be_told(self) -> bool:
        """Whether name and id are known; an id that has not come by the time of the arguments is made."""
        return bool(self.name and (self.id or self.pieces))

    @property
    def text(self) -> str:
        """The arguments so far."""
        self.pieces = ["".join(self.pieces)]
        return self.pieces[0]

    def add(self, piece: str) -> None:
        """Take more of the arguments, of which vendors say some twice."""
        new = self._new_in(piece) if self.size else piece
        # An object of nothing may only stand for one that is yet to come.
        if not self.size and new.strip() == NO_ARGUMENTS:
            self.held = new
        else:
            self.told.add(new)
        self.pieces.append(new)
        self.size += len(new)
        self._last = new.rstrip()[-1:] or self._last

    def is_followed_by(self, name: str, piece: str) -> bool:
        """Return whether a piece with a name and no id, though under the same number, begins another call."""
        if not self.is_whole():
            return False
        if name != self.name:
            return True
        return self.text.strip() != NO_ARGUMENTS and piece.lstrip()[:1] == "{" and not self._is_said_by(piece)

    def is_whole(self) -> bool:
        """Return whether the arguments are an object, so that nothing belongs behind them."""
        if self._last != "}" or self._looks >= MOST_LOOKS:
            return False
        self._looks += 1
        return isinstance(_value(self.text), dict)

    def _new_in(self, piece: str) -> str:
        """Return what is new in a piece: some vendors send each with all before it, or all of it once more at the end.

        Nothing of the kind can go on with an object, except where a value is yet to come.
        """
        start = piece.lstrip()[:1]
        if start == "{" and len(piece) >= self.size and piece.startswith(self.text):
            is_repeated = self._grows or self._last not in (":", "[", ",")
            if len(piece) > self.size or is_repeated:
                self._grows = self._grows or len(piece) > self.size
                return piece[self.size :]
        if start not in ("{", '"') or not self.is_whole():
            return piece
        if self.text.strip() == NO_ARGUMENTS:
            self.pieces, self.size, self.held = [], 0, ""
            return piece
        return "" if self._is_said_by(piece) else piece

    def _is_said_by(self, piece: str) -> bool:
        """Return whether a piece says the same as all arguments so far."""
        return REPEATED_SIZE * len(piece) >= self.size and _value(arguments_of(piece)) == _value(self.text)


class CallCollector:
    """Gathers the calls of one answer from their pieces, in the order in which they began."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._calls: list[_Open] = []
        self._places: dict[Hashable, int] = {}
        self._ids: set[str] = set()
        self._begun = 0
        self._changed: set[int] = set()
        self._chars = 0
        self.pieces = 0

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, key: Hashable, call_id: Any, name: Any, arguments: Any) -> None:
        """Take a piece of the call under ``key``, ``None`` where the vendor numbers none.

        Raises `ProviderError` (too_large). A piece with another id and a name begins a call, whatever its number says.
        """
        call_id, name = _text(call_id)[:MAX_ID], _text(name)[:MAX_NAME]
        piece = "" if arguments is None else arguments if isinstance(arguments, str) else _json(arguments)
        place = self._place(key, call_id, name, piece)
        if place is None:
            place = len(self._calls)
            self._calls.append(_Open(call_id, name))
            if place >= MOST_CALLS:
                raise too_large(self._endpoint)
        call = self._calls[place]
        if key is not None:
            self._places[key] = place
        call.id, call.name = call.id or call_id, call.name or name
        if arguments is not None:
            self._chars += len(piece)
            call.add(piece)
        self._changed.add(place)
        self.pieces += 1
        if self._chars > MAX_OUTPUT_CHARS:
            raise too_large(self._endpoint)

    def close(self, key: Hashable, arguments: Any = None) -> None:
        """Note that no more of a call will come. One without a piece of arguments has these, or none."""
        place = self._places.get(key)
        if place is not None and not any(self._calls[place].pieces):
            self.add(key, None, None, arguments or NO_ARGUMENTS)

    def news(self) -> list[CallPiece]:
        """Return what can be told now and was not yet. Calls begin in order, so one may wait for another's name."""
        begun = self._begun
        while self._begun < len(self._calls) and self._calls[self._begun].can_be_told:
            call = self._calls[self._begun]
            call.told_id = self._own_id(call.id)
            self._begun += 1
        pieces = []
        for place in sorted(place for place in self._changed if place < self._begun):
            call, text = self._calls[place], self._calls[place].told.take()
            self._changed.discard(place)
            if text or place >= begun:
                pieces.append(CallPiece(place, call.told_id, call.name, text))
        return pieces

    def rest(self) -> list[CallPiece]:
        """Return what is sure only now that nothing follows: objects of nothing are the arguments."""
        for place, call in enumerate(self._calls):
            if call.held:
                call.told.add(call.held)
                call.held = ""
                self._changed.add(place)
        return self.news()

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
            calls.append(ToolCall(id=call.told_id or self._own_id(call.id), name=call.name, arguments=arguments))
        return tuple(calls)

    def _own_id(self, call_id: str) -> str:
        """Return the id of a call, a new one where it has none or another call has the same."""
        own = call_id if call_id and call_id not in self._ids else f"call_{uuid.uuid4().hex[:24]}"
        self._ids.add(own)
        return own

    def _place(self, key: Hashable, call_id: str, name: str, piece: str) -> int | None:
        """Return the call that a piece belongs to, ``None`` if it begins one."""
        if key is None:
            same = (at for at, call in enumerate(self._calls) if call_id and call.id == call_id)
            found = next(same, None)
            if found is not None or not self._calls:
                return found
            # Without a number or an id, more arguments belong to the newest call, and a name begins another, unless
            # it is said again amid the arguments.
            newest = self._calls[-1]
            is_open = not call_id and name == newest.name and newest.size > 0 and not newest.is_whole()
            return None if name and not is_open else len(self._calls) - 1
        place = self._places.get(key)
        if place is None or not name:
            return place
        known = self._calls[place]
        is_other = known.id not in ("", call_id) if call_id else known.is_followed_by(name, piece)
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
        found = cleaned(json.loads(arguments or NO_ARGUMENTS))
    except (ValueError, RecursionError):
        found = clean(arguments)
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


def _value(text: str) -> Any:
    """Return the value in a text, which must be JSON for more than ``None``."""
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
