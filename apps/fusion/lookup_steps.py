"""Look-ups of a call as values: limits, arguments as models write them, and what a reader is told of each.

A look-up is one search or one fetch that a model asked for. A call goes on in steps: each is a request that the model
answered with look-ups. How they are carried out: ``apps/runs/execution``.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from apps.fusion.frozen import Value
from apps.fusion.lookups import MAX_HITS, MAX_QUERY_CHARS, MAX_URL_CHARS, LookupFailure, LookupFault, LookupTool
from apps.fusion.vocabulary import Status

MOST_AT_ONCE = 4
"""Look-ups of one step that are carried out at the same time."""
MOST_SEARCHES = 6
MOST_FETCHES = 8
"""The most searches and fetches of one call; calls of connected tools count as fetches."""
MOST_IN_RUN = 40
"""The most look-ups of all calls of a run together."""
DEFAULT_HITS = 5
_NO_TEXT = {**dict.fromkeys(range(0xD800, 0xE000), "\ufffd"), 0: None}
"""Halves of characters, which JSON can spell and nothing can send, and NUL, which no database keeps."""
LONGEST_SUMMARY = 120
"""Characters of a query or an address as a reader is told it."""


class LookupSettings(Value):
    """The look-ups that the panel and the judge of a run may make, in at most so many steps a call."""

    search: bool = True
    fetch: bool = True
    max_tool_calls: int = Field(default=4, ge=1, le=16)

    @property
    def is_on(self) -> bool:
        """Return whether anything may be looked up."""
        return self.search or self.fetch


class SourceRef(Value):
    """A source of a run by its number, as it is named beside a look-up."""

    number: int
    url: str
    title: str = ""


class Lookup(Value):
    """A look-up as a reader is told it. ``summary`` is its query or address, ``sentence`` says why it gave nothing.

    ``link`` is where a reader can make the same search, where its vendor wants that to be shown.
    """

    step: int
    ordinal: int
    tool: str
    summary: str = ""
    status: Status = Status.RUNNING
    sentence: str = ""
    sources: tuple[SourceRef, ...] = ()
    link: str = Field(default="", exclude_if=lambda link: not link)


def sources_seen(lookups: Iterable[Lookup]) -> frozenset[int]:
    """Return the numbers of the sources that look-ups gave."""
    return frozenset(source.number for lookup in lookups for source in lookup.sources)


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it is carried out."""

    query: str
    max_results: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """A fetch as it is carried out; ``offset`` counts characters of the page's text."""

    url: str
    offset: int


@dataclass(frozen=True, slots=True)
class Spent:
    """The look-ups that a call and its run have had."""

    searches: int = 0
    fetches: int = 0
    in_run: int = 0

    @property
    def is_all(self) -> bool:
        """Return whether nothing more may be looked up."""
        return self.in_run >= MOST_IN_RUN or (self.searches >= MOST_SEARCHES and self.fetches >= MOST_FETCHES)

    def plus(self, tool: str) -> "Spent":
        """Return what is spent after one more look-up."""
        is_search = tool == LookupTool.SEARCH
        return Spent(self.searches + is_search, self.fetches + (not is_search), self.in_run + 1)

    def refusal_of(self, tool: str) -> str:
        """Return why another look-up with this tool is refused, '' if it is not."""
        if self.in_run >= MOST_IN_RUN:
            return f"The limit of {MOST_IN_RUN} look-ups for the whole run is reached."
        if tool == LookupTool.SEARCH and self.searches >= MOST_SEARCHES:
            return f"The limit of {MOST_SEARCHES} searches is reached."
        if tool != LookupTool.SEARCH and self.fetches >= MOST_FETCHES:
            return f"The limit of {MOST_FETCHES} pages and tool calls is reached."
        return ""


def read_arguments(tool: str, arguments: str) -> Search | Fetch:
    """Return what a model asks for. Raise `LookupFault` (invalid_arguments), whose sentence tells it what to do.

    Numbers may come as texts, and an object as a text of JSON: models write both.
    """
    found = object_of(arguments)
    if tool == LookupTool.SEARCH:
        query = " ".join(_text_of(found, "query").split())[:MAX_QUERY_CHARS]
        return Search(query, min(MAX_HITS, max(1, _number_of(found, "max_results", DEFAULT_HITS))))
    if tool == LookupTool.FETCH:
        url = _text_of(found, "url").strip()
        if len(url) > MAX_URL_CHARS or not url.lower().startswith(("http://", "https://")):
            raise _invalid("“url” must be a whole address that begins with http:// or https://.")
        return Fetch(url, max(0, _number_of(found, "offset", 0)))
    raise _invalid(f"There is no tool “{tool[:60]}”. The tools are {LookupTool.SEARCH} and {LookupTool.FETCH}.")


def summary_of(tool: str, arguments: str) -> str:
    """Return the query or the address of a look-up in few characters, '' if its arguments cannot be read.

    Of a connected tool's call it is the arguments, as JSON.
    """
    try:
        if tool in list(LookupTool):
            asked = read_arguments(tool, arguments)
            words = asked.query if isinstance(asked, Search) else asked.url
        else:
            given = object_of(arguments)
            words = json.dumps(given, ensure_ascii=False) if given else ""
    except LookupFault:
        return ""
    return words if len(words) <= LONGEST_SUMMARY else words[: LONGEST_SUMMARY - 1] + "…"


def google_link(query: str) -> str:
    """Return the address of a search at Google."""
    return f"https://www.google.com/search?{urlencode({'q': query.translate(_NO_TEXT)})}"


def link_of(tool: str, arguments: str) -> str:
    """Return where a reader can make a search, '' for a look-up that has no such place.

    A model may write what it likes into its arguments, so nothing counts but the address that is made here.
    """
    try:
        given = object_of(arguments) if tool == LookupTool.SEARCH else {}
    except LookupFault:
        return ""
    link = given.get("link")
    return link if link and link == google_link(str(given.get("query"))) else ""


def object_of(arguments: str) -> dict[str, Any]:
    """Return the arguments of a call; raise `LookupFault`, as :func:`read_arguments`.

    Half a character in them becomes U+FFFD.
    """
    found: Any = arguments
    for _ in range(3):  # an object, or a text of one, or a text of that
        if not isinstance(found, str):
            break
        try:
            found = json.loads(found or "{}")
        except (ValueError, RecursionError):
            raise _invalid("The arguments are no JSON object.") from None
    if not isinstance(found, dict):
        raise _invalid("The arguments are no JSON object.")
    try:
        cleaned: dict[str, Any] = _cleaned(found)
    except RecursionError:
        raise _invalid("The arguments are nested too deep.") from None
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_NO_TEXT)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def _text_of(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _invalid(f"“{name}” is missing. Call the tool again with it.")
    return value


def _number_of(found: dict[str, Any], name: str, default: int) -> int:
    value = found.get(name)
    if value is None or isinstance(value, bool):
        return default
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _invalid(sentence: str) -> LookupFault:
    return LookupFault(LookupFailure.INVALID_ARGUMENTS, sentence)
