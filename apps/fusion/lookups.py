"""Web search and web fetch as values: the two tools that FusionWeb itself carries out, and what comes of them.

Nothing is looked up here. Back-ends and the fetching of pages: ``apps/lookup``; the loop of a call that asks for them:
``apps/runs/execution``. A client's own tools: ``tools.py``.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from apps.fusion.frozen import Value
from apps.fusion.tools import Tool

MAX_HITS = 20
MAX_QUERY_CHARS = 400
MAX_URL_CHARS = 2_000
"""A letter beyond ASCII counts as its bytes: an index of the database takes no more than 2,704."""


class LookupTool(StrEnum):
    """The names under which models know the two tools."""

    SEARCH = "web_search"
    FETCH = "web_fetch"


class SearchMode(StrEnum):
    """The way in which a model looks things up in a run that allows it: with the site's tools, by a search of its
    vendor's, or not at all."""

    OWN = "own"
    NATIVE = "native"
    OFF = "off"


class LookupFailure(StrEnum):
    """Why a look-up gave nothing. The names are the fields' own where one exists (Anthropic's web fetch errors)."""

    NOT_CONFIGURED = "not_configured"
    INVALID_ARGUMENTS = "invalid_arguments"
    URL_NOT_ALLOWED = "url_not_allowed"
    URL_NOT_IN_PRIOR_CONTEXT = "url_not_in_prior_context"
    URL_NOT_ACCESSIBLE = "url_not_accessible"
    ROBOTS_DISALLOWED = "robots_disallowed"
    UNSUPPORTED_CONTENT_TYPE = "unsupported_content_type"
    CONTENT_TOO_LARGE = "content_too_large"
    NO_TEXT = "no_text"
    TIMEOUT = "timeout"
    RATE_LIMITED = "too_many_requests"
    OVER_QUOTA = "over_quota"
    WRONG_KEY = "wrong_key"
    UNAVAILABLE = "unavailable"
    BUDGET_REACHED = "max_uses_exceeded"


class LookupFault(Exception):
    """A look-up that gave nothing; ``sentence`` says to a person and a model what happened and what to do."""

    def __init__(self, code: LookupFailure, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class SearchHit(Value):
    """One result of a search. ``snippet`` is plain text; ``published`` as the engine wrote it, '' if unknown."""

    url: str
    title: str
    snippet: str = ""
    published: str = ""


class SearchResults(Value):
    """The results of one query, best first. ``cost`` in USD, ``None`` where neither engine nor price table says."""

    query: str
    engine: str
    hits: tuple[SearchHit, ...] = ()
    cost: Decimal | None = None


class Page(Value):
    """The readable text of one address as it stood when it was fetched.

    ``url`` is what was asked for, ``final_url`` where redirects ended. ``links`` are the absolute http(s) addresses
    that the page links to, at most 500. ``warnings`` are sentences, as "looks like an instruction to a model".
    """

    url: str
    final_url: str
    title: str = ""
    text: str = ""
    media_type: str = ""
    links: tuple[str, ...] = ()
    is_cut: bool = False
    warnings: tuple[str, ...] = ()


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


SEARCH = Tool(
    name=LookupTool.SEARCH,
    description="Search the web. Returns numbered results: title, address, a short extract.",
    parameters=_object(
        {
            "query": {"type": "string", "description": "A few words, as for a search engine."},
            "max_results": {"type": "integer", "minimum": 1, "maximum": MAX_HITS},
        },
        "query",
    ),
)
FETCH = Tool(
    name=LookupTool.FETCH,
    description=(
        "Read one web page or PDF as text. Only addresses that the person wrote, that a search of yours returned or "
        "that a page you have read links to can be opened."
    ),
    parameters=_object(
        {
            "url": {"type": "string"},
            "offset": {"type": "integer", "minimum": 0, "description": "Character to go on from in a long page."},
        },
        "url",
    ),
)
