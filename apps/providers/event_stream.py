"""The events in the body of an answer, whatever its label says: server-sent events, a JSON document, a web page.

Server-sent events by the WHATWG's rules, and past them where vendors break them: a field ``error`` is an error event,
and events that only one newline separates are told apart. A decoder from the shelf drops the one and joins the others.
"""

import codecs
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass

import orjson

from apps.fusion.vocabulary import FailureCode
from apps.providers import errors
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError
from apps.providers.vendor_messages import is_html

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""Bytes that may arrive without completing an event, and of a body that is not a stream."""

MAX_OUTPUT_CHARS = 4 * 1024 * 1024
"""Text and reasoning of one answer together. A vendor that never stops is cut off here."""

MAX_STRAY_CHARS = 4_000
"""Characters kept of lines that belong to no event: they may be a vendor's only words."""


@dataclass(frozen=True, slots=True)
class Event:
    """The data of one event and its name, '' if it has none. ``is_document``: it is all of a body, not one of many."""

    data: str
    name: str = ""
    is_document: bool = False


async def events_in(pieces: AsyncIterator[bytes], endpoint: Endpoint) -> AsyncGenerator[Event, None]:
    """Yield the events in a body.

    Raises `ProviderError`: too_large for an event beyond `MAX_EVENT_BYTES`, bad_stream for a web page.
    """
    # A character that the network cuts waits for the rest; one that the vendor cuts is put together by who reads the
    # texts. A byte order mark is dropped.
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    reader: _Lines | _Document | None = None
    unread_bytes = 0
    async for piece in pieces:
        unread_bytes += len(piece)
        text = decoder.decode(piece)
        if reader is None:
            text = text.lstrip()
            if not text:
                continue
            # By the first character, since labels are wrong too often: no line of an event stream begins like these.
            reader = _Document() if text[0] in "{[<" else _Lines()
        for event in reader.feed(text):
            unread_bytes = 0
            yield event
        if unread_bytes > MAX_EVENT_BYTES:
            raise too_large(endpoint)
    if reader is None:
        return
    text = decoder.decode(b"", final=True)
    for event in (*reader.feed(text), *reader.flush()):
        if event.is_document and is_html(event.data):
            raise errors.not_a_model(endpoint, 200)
        yield event


def too_large(endpoint: Endpoint) -> ProviderError:
    """Return the error for an answer that outgrew every sensible size."""
    return ProviderError(
        f"{endpoint.name} sent more than an answer may hold and was stopped. Ask for less, or limit the tokens.",
        FailureCode.TOO_LARGE,
        permanent=True,
    )


def is_done(data: str) -> bool:
    """Return whether an event says that nothing follows; some vendors quote the word or write it small."""
    return len(data) < 20 and data.strip().strip("\"'").lower() in ("[done]", "done")


class _Document:
    """A body that is one event."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def feed(self, text: str) -> Iterator[Event]:
        self._parts.append(text)
        return iter(())

    def flush(self) -> Iterator[Event]:
        yield Event("".join(self._parts), is_document=True)


class _Lines:
    """Server-sent events, fed with text that may be cut anywhere."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._ends_in_cr = False
        self._name = ""
        self._data: list[str] = []
        self._stray: list[str] = []
        self._stray_chars = 0
        self._has_events = False

    def feed(self, text: str) -> Iterator[Event]:
        for line in self._lines(text):
            yield from self._take(line)

    def flush(self) -> Iterator[Event]:
        """Yield the last event, for vendors that leave it unfinished, and stray lines that may be an answer."""
        if line := "".join(self._parts):
            yield from self._take(line)
        yield from self._dispatch()
        stray = "\n".join(self._stray).strip()
        # Beside events, only stray JSON may be an answer or an error; stray words there are noise.
        if stray and (not self._has_events or stray[0] in "{["):
            yield Event(stray, is_document=True)

    def _lines(self, text: str) -> list[str]:
        """Return the lines that ``text`` completes. Only CR and LF end a line, and a CR may be half of a CRLF."""
        if self._ends_in_cr:
            text = "\r" + text
        self._ends_in_cr = text.endswith("\r")
        if self._ends_in_cr:
            text = text[:-1]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, *rest = text.split("\n")
        self._parts.append(first)
        if not rest:
            return []
        lines = ["".join(self._parts), *rest[:-1]]
        self._parts = [rest[-1]]
        return lines

    def _take(self, line: str) -> Iterator[Event]:
        if not line:
            yield from self._dispatch()
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            # A whole JSON object is an event even where the vendor leaves out the blank line after it.
            case "data":
                while value.startswith("data:"):  # a proxy that frames what was framed already
                    value = value.removeprefix("data:").removeprefix(" ")
                if len(self._data) == 1 and _is_whole(self._data[0]):
                    yield from self._dispatch()
                self._data.append(value)
            case "event":
                if len(self._data) == 1 and _is_whole(self._data[0]):
                    yield from self._dispatch()
                self._name = value
            case "error":
                yield from self._dispatch()
                self._has_events = True
                yield Event(value, "error")
            case "" | "id" | "retry":
                pass
            case _ if self._stray_chars < MAX_STRAY_CHARS:
                self._stray.append(line[:MAX_STRAY_CHARS])
                self._stray_chars += len(line)

    def _dispatch(self) -> Iterator[Event]:
        data, name = "\n".join(self._data), self._name
        self._data, self._name = [], ""
        if data:
            self._has_events = True
            yield Event(data, name)


def _is_whole(data: str) -> bool:
    """Return whether a line of data is an event by itself."""
    if is_done(data):
        return True
    if not data.startswith("{"):
        return False
    try:
        orjson.loads(data)
    except ValueError:
        return False
    return True
