"""The way to the web for the calls of this process: one client for the loop that streams them."""

from functools import cache
from typing import Protocol

from apps.catalogue.lookup.site import open_lookups
from apps.fusion.lookups import Page, SearchResults


class LookupClient(Protocol):
    """A way to the web: both raise `LookupFault`, and can be cancelled at any moment.

    ``is_named``: the person wrote the address.
    """

    async def search(self, query: str, max_results: int = 5) -> SearchResults: ...
    async def fetch(self, url: str, offset: int = 0, *, is_named: bool = False) -> Page: ...


@cache
def lookup_client() -> LookupClient:
    """Return the client of this process, opened when the loop that it belongs to first asks for it."""
    return open_lookups()
