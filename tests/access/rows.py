"""The rows of the access table: a request to a page or a route, and the status that each person gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Expected = Mapping[str, int]
PEOPLE = ("bob", "charlie", "root", "nobody", "alice")
"""In the order in which they ask; who may do it is last, as it may change the thing."""


@dataclass(frozen=True)
class Page:
    """One request to a page. ``address`` and ``data`` name things in braces; ``hides``: only Alice reads the word."""

    method: str
    address: str
    expected: Expected
    data: Mapping[str, Any] = field(default_factory=dict)
    hides: bool = True
    why: str = ""


def private(method: str, address: str, own: int = 200, **data: Any) -> Page:
    """Expect 404 for everybody but Alice, administrators included."""
    return Page(method, address, {"alice": own, "bob": 404, "charlie": 404, "root": 404, "nobody": 302}, data)


def listed(method: str, address: str, status: int = 200, **data: Any) -> Page:
    """Expect a page that everybody with an account has, each with their own things on it."""
    why = "It names nothing: each person gets what is theirs, which the test reads."
    return Page(method, address, {**dict.fromkeys(PEOPLE, status), "nobody": 302}, data, why=why)


def signed_in(method: str, address: str, why: str, status: int = 200, **data: Any) -> Page:
    """Expect a page that everybody with an account has and that shows nothing that is kept."""
    return Page(method, address, {**dict.fromkeys(PEOPLE, status), "nobody": 302}, data, hides=False, why=why)


def shared(method: str, address: str) -> Page:
    """Expect a page that Alice published under a secret code."""
    return Page(method, address, dict.fromkeys(PEOPLE, 200), hides=False, why="Whoever has the code may read.")


def of_team(method: str, address: str, **data: Any) -> Page:
    """Expect an administrators' page of a provider that belongs to Alice's team."""
    why = "The page is for administrators of the site, so all others get 403; for these a team's provider is none."
    return Page(method, address, {**dict.fromkeys(PEOPLE, 403), "root": 404, "nobody": 302}, data, why=why)


def of_site(method: str, address: str, own: int = 200, **data: Any) -> Page:
    """Expect an administrators' page of the site's things; shows that :func:`of_team` refuses for the team's sake."""
    why = "The page is for administrators of the site."
    return Page(method, address, {**dict.fromkeys(PEOPLE, 403), "root": own, "nobody": 302}, data, why=why)


def public(method: str, address: str, status: int = 200) -> Page:
    """Expect a page that shows nothing of anybody's."""
    return Page(method, address, dict.fromkeys(PEOPLE, status), why="Says nothing of anybody.")


def of_keys(method: str, address: str) -> Page:
    """Expect an address for programs alone: nobody is let in by a cookie."""
    return Page(method, address, dict.fromkeys(PEOPLE, 401), why="It takes a key, and tests/api/mcp asks with them.")


FORM = {"prompt": "Why?", "edit": "none", "preset": "", "model": ["local/smollm2-135m"], "judge": "builtin/overlap"}
TEMPLATE, BATCH = "/templates/{template}/", "/batches/{batch}/"
RUN, THREAD = "/runs/{run}/", "/threads/{run}/"
API_RUN, API_THREAD, FUSION = "/api/v1/runs/{run}", "/api/v1/threads/{run}", "fusion/{preset}"
OWN_ONLY = "It names nothing: each key gets what its owner's is, which the test reads."
PROVIDER, SITE_PROVIDER = "/models/providers/{provider}/", "/models/providers/{site_provider}/"

TOOL_SERVER = "/models/tool-servers/{tool_server}/"


@dataclass(frozen=True)
class Route:
    """One request of a program. ``own`` is what Alice's key gets; ``foreign`` what others with the scope get."""

    address: str
    scope: str
    own: int = 200
    foreign: int = 404
    body: Mapping[str, Any] | None = None
    why: str = ""
