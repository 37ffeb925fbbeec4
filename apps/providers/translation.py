"""The part of reading an answer that all dialects share: what ends it, what is noise, what is reasoning, what is new.

A dialect's `Translator` says what one JSON object of the vendor means. Whatever vendors of every dialect do with
streams is dealt with here: words in place of JSON, marks of thinking inside the text, texts that come twice, characters
cut in half, finish reasons that come too early.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar

from apps.fusion.tools import VendorData
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FinishReason
from apps.providers import errors
from apps.providers.base import MAX_ID, CallPiece, Content, End, Endpoint, HalfJoiner, Reasoning, Text, clean
from apps.providers.doubled_text import Once
from apps.providers.errors import ProviderError
from apps.providers.event_stream import MAX_OUTPUT_CHARS, Event, is_done, too_large
from apps.providers.finish_reasons import break_of, reason_of, word_of
from apps.providers.json_text import BadJson, loads
from apps.providers.native_search.notes import SearchNotes
from apps.providers.reading import cleaned
from apps.providers.thinking import ThinkSplitter
from apps.providers.tool_calls import CallCollector
from apps.providers.vendor_messages import MAX_WORDS, complains, says_something

log = logging.getLogger(__name__)

KEEPALIVES = frozenset("ping pong keepalive keep-alive keep_alive heartbeat".split())
"""Names of events, and words in place of data, that only say that the connection lives."""

THOUGHT_HEAD = 48
"""Characters by which two thoughts are told to be the same."""


class Translator(ABC):
    """Turns the events of one answer into chunks. It does no I/O.

    ``has_reason``: the vendor has said at some time why it stops. ``is_finished``: it has said so once, in an event
    without text, so what is missing now is at most usage. ``is_done``: it has said that nothing follows. ``failure`` is
    what the answer ends with if the reason is the vendor's own break. ``complaint`` is an object without an answer that
    may say why there is none. ``takes_calls``: tools were offered, so calls of them count; ``takes_search``: the vendor
    was asked to search itself, so what it tells of that counts.
    """

    own_reasons: ClassVar[Mapping[str, FinishReason]] = {}
    """Words for the finish reason that this dialect uses in another sense than the rest."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self.endpoint = endpoint
        self.model = model
        self.has_reason = False
        self.is_finished = False
        self.is_done = False
        self.finish_reason = FinishReason.UNKNOWN
        self.failure: ProviderError | None = None
        self.upstream_id = ""
        self.version = ""
        self.reasons = 0
        self.reason_word = ""
        self._says_reasons_early = False
        self.skipped = 0
        self.first_skipped = ""
        self.complaint: dict[str, Any] | None = None
        self.has_text = False
        self.has_reasoning = False
        self.takes_calls = False
        self.takes_search = False
        self.search = SearchNotes()
        self.calls = CallCollector(endpoint)
        self._said: dict[type[Text | Reasoning], Once] = {Text: Once(), Reasoning: Once()}
        self._in_messages: set[type[Text | Reasoning]] = set()
        self._joiners = {Text: HalfJoiner(), Reasoning: HalfJoiner()}
        self._splitter = ThinkSplitter()
        self._thoughts = _ThoughtsOnce()

    @abstractmethod
    def read(self, found: dict[str, Any]) -> Iterator[Text | Reasoning]:
        """Yield the chunks in one JSON object as the vendor wrote them; raises `ProviderError` for an error object."""

    @abstractmethod
    def end(self) -> End:
        """Return what is known once nothing follows."""

    @property
    def said(self) -> str:
        """The text of the answer so far, as the vendor wrote it."""
        return self._said[Text].told

    @property
    def length(self) -> int:
        """The characters of the text so far."""
        return self._said[Text].length

    def note_version(self, name: object, fingerprint: object = None) -> None:
        """Note the version of the model that answers: its name where that is another than was asked for.

        A vendor that echoes the name may tell versions apart by a fingerprint, as OpenAI's ``system_fingerprint``.
        """
        told = name if isinstance(name, str) and name != self.model else fingerprint
        if not self.version and isinstance(told, str):
            self.version = clean(told[:MAX_ID]).strip()

    def charges(self) -> int:
        """Return how many searches an answer with some is charged for, where its vendor does not say."""
        return 1

    def with_search(self, end: End) -> End:
        """Return the end with what the vendor searched for."""
        return replace(end, search=self.search.result(self.said, self.charges())) if self.takes_search else end

    def vendor_data(self) -> VendorData | None:
        """Return what the vendor wants back with its calls."""
        return None

    def with_calls(self, end: End) -> End:
        """Return the end with the calls of tools. That there are some is why the answer ends, whatever its word is."""
        if not len(self.calls):
            return end
        calls = self.calls.finished(was_cut=end.finish_reason is FinishReason.LENGTH)
        is_plain = end.finish_reason in (FinishReason.STOP, FinishReason.UNKNOWN)
        reason = FinishReason.TOOL_CALLS if calls and is_plain else end.finish_reason
        return replace(end, finish_reason=reason, tool_calls=calls, vendor_data=self._sendable() if calls else None)

    def _sendable(self) -> VendorData | None:
        """Return what the vendor wants back as it can be stored and sent, none of it if that cannot be."""
        data = self.vendor_data()
        try:
            return data and data.model_copy(update={"content": tuple(map(cleaned, data.content))})
        except RecursionError:
            return None

    @property
    def is_counted(self) -> bool:
        """Whether the vendor has said what the answer used."""
        return self.end().usage != Usage()

    def count_late(self, found: Any) -> None:  # noqa: B027 - most vendors send nothing there
        """Take the figures in what a vendor sends behind its last word."""

    def leftover(self) -> Iterator[Text | Reasoning]:
        """Yield what the dialect itself holds back, at the end of the stream."""
        return iter(())

    def feed(self, event: Event) -> Iterator[Content]:
        """Yield the chunks in one event; raises `ProviderError` for an error event or damaged JSON.

        Behind the vendor's last word only its figures count.
        """
        if self.is_done:
            with suppress(BadJson):
                self.count_late(loads(event.data))
            return
        if is_done(event.data):
            self.is_done = True
            return
        if event.name.lower() in KEEPALIVES:
            return
        try:
            found = loads(event.data)
        except BadJson:
            yield from self._feed_words(event)
        else:
            yield from self._feed_json(event, found)
        if event.is_document:
            self._close_document(event)

    def flush(self) -> Iterator[Content]:
        """Yield what was held back, at the end of the stream."""
        # In the order in which text passes through: what one holds back may fill the next.
        yield from self._tell(self._new_in(self.leftover()))
        for channel, once in self._said.items():
            yield from self._tell([channel(text) for text in once.flush()])
        if half := self._joiners[Text].flush():
            yield from self._split(half)
        for piece in self._splitter.flush():
            yield from self._show(piece, is_tagged=True)
        if half := self._joiners[Reasoning].flush():
            yield from self._show(Reasoning(half), is_tagged=False)
        for thought in self._thoughts.flush():
            self.has_reasoning = True
            yield thought
        yield from self.calls.rest()
        if self.skipped:
            log.warning("%s sent %d lines that were no JSON; they were skipped.", self.endpoint.name, self.skipped)

    def finish(self, word: Any) -> None:
        """Note the vendor's word for why it stopped, if it is one."""
        if word := word_of(word):
            self.reasons += 1
            self.reason_word = word
            self.finish_reason = reason_of(word, self.own_reasons)
            self.failure = break_of(self.endpoint, word)

    def unsaid(self, chunks: Iterable[Text | Reasoning]) -> Iterator[Text | Reasoning]:
        """Yield the chunks of a whole message, of each channel what has not come in pieces before."""
        whole: dict[type[Text | Reasoning], str] = {}
        for chunk in chunks:
            whole[type(chunk)] = whole.get(type(chunk), "") + chunk.text
        for channel, text in whole.items():
            said = self._said[channel]
            if not said.length:
                self._in_messages.add(channel)
            if channel in self._in_messages:  # each message is a piece
                yield channel(text)
            elif len(text) > said.length and text.startswith(said.told):
                yield channel(text[said.length :])

    def raise_for_error(self, found: dict[str, Any], *, has_answer: bool) -> None:
        """Raise if the object carries an error: one that says something, or that stands in place of an answer."""
        error = found.get("error")
        if error in (None, "", False) and "error" in (found.get("object"), found.get("type")):
            error = found
        if error not in (None, "", False) and (says_something(error) or not has_answer):
            # Beside an error of one word stands what it is about.
            told = error if isinstance(error, dict) else found
            raise errors.from_error_object(self.endpoint, self.model, told, around=found)

    def _feed_json(self, event: Event, found: Any) -> Iterator[Content]:
        if event.name == "error":
            inner = found.get("error") if isinstance(found, dict) else None
            told = inner if isinstance(inner, dict) and inner else found
            raise errors.from_error_object(self.endpoint, self.model, told or "unknown error", around=found)
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            for one in found:
                yield from self._feed_object(one)
        elif isinstance(found, dict):
            yield from self._feed_object(found)
        elif isinstance(found, list):
            raise errors.broken(self.endpoint, event.data)
        else:
            self._skip(found if isinstance(found, str) else event.data)

    def _feed_object(self, found: dict[str, Any]) -> Iterator[Content]:
        reasons, pieces = self.reasons, self.calls.pieces
        # All of them at once: the reason that follows in the same object decides what they mean.
        chunks = list(self.read(found))
        has_reason = self.reasons > reasons
        if sum(len(chunk.text) for chunk in chunks) > MAX_OUTPUT_CHARS:  # before any pattern is tried on it
            raise too_large(self.endpoint)
        chunks = self._new_in(chunks)
        has_piece = self.calls.pieces > pieces
        if chunks or has_piece:  # after a reason, or with it, they prove that reasons say nothing of this vendor's end
            self._says_reasons_early |= self.has_reason or has_reason
        elif not has_reason and complains(found):
            self.complaint = found
        self.has_reason |= has_reason
        self.is_finished = self.has_reason and not self._says_reasons_early
        yield from self._tell(chunks)
        if has_piece:
            yield from self.calls.news() or (CallPiece(),)

    def _new_in(self, chunks: Iterable[Text | Reasoning]) -> list[Text | Reasoning]:
        """Return the chunks without what the vendor has said before."""
        return [type(chunk)(text) for chunk in chunks for text in self._said[type(chunk)].feed(chunk.text)]

    def _feed_words(self, event: Event) -> Iterator[Content]:
        """Read data that is not JSON: an error in words, several events in one, a word that means nothing."""
        lines = [line for line in event.data.split("\n") if line.strip()]
        if event.name == "error":
            raise errors.from_error_object(self.endpoint, self.model, event.data)
        if len(lines) > 1 and lines[0].lstrip().startswith("{") and _is_json(lines[0]):
            for line in lines:
                yield from self.feed(Event(line, event.name))
        elif event.data.lstrip().startswith(("{", "[")):  # words of the answer may be lost with it
            raise errors.broken(self.endpoint, event.data)
        else:
            self._skip(event.data)

    def _skip(self, words: str) -> None:
        if words.strip().lower().strip(":.") not in KEEPALIVES:
            self.skipped += 1
            self.first_skipped = self.first_skipped or words[:MAX_WORDS]

    def _close_document(self, event: Event) -> None:
        """Take a body that is one document as the whole answer; raise for one that holds none."""
        if self.is_done or self.has_reason or any(once.length for once in self._said.values()) or len(self.calls):
            self.is_done = True
            return
        raise errors.no_answer(self.endpoint, self.model, event.data)

    def _tell(self, chunks: Iterable[Text | Reasoning]) -> Iterator[Content]:
        for chunk in chunks:
            text = self._joiners[type(chunk)].feed(chunk.text)
            if not text:
                continue
            if isinstance(chunk, Text):
                yield from self._split(text)
            else:
                yield from self._show(Reasoning(text), is_tagged=False)

    def _split(self, text: str) -> Iterator[Content]:
        for piece in self._splitter.feed(text):
            yield from self._show(piece, is_tagged=True)

    def _show(self, piece: Content, *, is_tagged: bool) -> Iterator[Content]:
        """Yield a piece, and a thought that comes in two channels only once."""
        if isinstance(piece, Reasoning):
            for thought in self._thoughts.feed(piece.text, is_tagged=is_tagged):
                self.has_reasoning = True
                yield thought
            return
        if isinstance(piece, Text):
            self.has_text = self.has_text or not piece.text.isspace()
        elif self.has_text:
            self.has_text, self.has_reasoning = False, True
        yield piece


class _ThoughtsOnce:
    """Two channels of thought: the vendor's own, and that of marks in the text. The same thought is told once.

    The channel that begins is told as it comes. The other is held until its beginning can be compared.
    """

    def __init__(self) -> None:
        self._first: bool | None = None
        self._head = ""
        self._held = ""
        self._is_same: bool | None = None

    def feed(self, thought: str, *, is_tagged: bool) -> Iterator[Reasoning]:
        if self._first is None and thought.strip():
            self._first = is_tagged
        # Blanks before the first word of either channel pass: they do not settle which one begins.
        if self._first in (None, is_tagged):
            if len(self._head) < THOUGHT_HEAD:
                self._head = (self._head + thought).lstrip()[: 2 * THOUGHT_HEAD]
            yield Reasoning(thought)
        elif self._is_same is None:
            self._held += thought
            if len(self._held.lstrip()) >= THOUGHT_HEAD:
                yield from self.flush()
        elif not self._is_same:
            yield Reasoning(thought)

    def flush(self) -> Iterator[Reasoning]:
        """Compare what is held, and yield it if it is another thought."""
        held, self._held = self._held, ""
        if held and self._is_same is None:
            own = held.strip()
            self._is_same = self._head.startswith(own[:THOUGHT_HEAD])
        if held and not self._is_same:
            yield Reasoning(held)


def _is_json(line: str) -> bool:
    try:
        loads(line)
    except BadJson:
        return False
    return True
