"""The way to the web for the calls of this process: one door for the loop that streams them."""

from functools import cache
from typing import Protocol

from apps.fusion.lookups import LookupFailure, LookupFault, Page, SearchResults

NOT_SET_UP = "Web search is not set up here. Answer with what you know."


class Door(Protocol):
    """A way to the web: both raise `LookupFault`, and can be cancelled at any moment.

    ``is_named``: the person wrote the address.
    """

    async def search(self, query: str, max_results: int = 5) -> SearchResults: ...
    async def fetch(self, url: str, offset: int = 0, *, is_named: bool = False) -> Page: ...


class NoDoor:
    """The door of a site that looks nothing up."""

    async def search(self, query: str, max_results: int = 5) -> SearchResults:  # noqa: ARG002 - the door's shape
        raise LookupFault(LookupFailure.NOT_CONFIGURED, NOT_SET_UP)

    async def fetch(self, url: str, offset: int = 0, *, is_named: bool = False) -> Page:  # noqa: ARG002 - the same
        raise LookupFault(LookupFailure.NOT_CONFIGURED, NOT_SET_UP)


@cache
def door() -> Door:
    """Return the door of this process; first asked for in the loop that it belongs to."""
    return NoDoor()
