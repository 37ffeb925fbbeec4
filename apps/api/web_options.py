"""The option of a request by which models may look things up, and the wish of one in another form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from apps.api.numbers import Whole
from apps.api.strict import Strict
from apps.fusion.lookup_steps import LookupSettings


class WebOptions(Strict):
    """Whether models of the panel and the judge may look things up on the way to their answers."""

    search: Annotated[bool, Field(strict=True)] = True
    """Search the web with the site's search engine: the model's queries go there."""
    fetch: Annotated[bool, Field(strict=True)] = True
    """Read pages: those that the prompt names, that a search found, or that a page which was read links to."""
    max_tool_calls: Whole = Field(4, ge=1, le=16)
    """The most steps of a call; each is one answer of its model that asks for look-ups, up to four at once."""

    @property
    def settings(self) -> LookupSettings | None:
        """The recipe's own settings, `None` where all is off."""
        found = LookupSettings(**self.model_dump())
        return found if found.is_on else None


MOST_STEPS = 16


@dataclass(frozen=True, slots=True)
class WebWish:
    """Whether models may search and read pages, how often at most, and the parameter that asks for it."""

    param: str
    search: bool = False
    fetch: bool = False
    max_uses: int | None = None

    @property
    def options(self) -> WebOptions:
        """The same as an option of ours; the default of steps where it names none."""
        steps = {"max_tool_calls": min(MOST_STEPS, self.max_uses)} if self.max_uses else {}
        return WebOptions(search=self.search, fetch=self.fetch, **steps)


def joined(wishes: Sequence[WebWish]) -> WebWish | None:
    """Return several wishes as one, ``None`` for none; of their limits the highest."""
    if not wishes:
        return None
    limits = [wish.max_uses for wish in wishes if wish.max_uses is not None]
    search, fetch = (any(getattr(wish, name) for wish in wishes) for name in ("search", "fetch"))
    return WebWish(wishes[0].param, search, fetch, max(limits, default=None))


def count_of(value: Any) -> int | None:
    """Return a positive whole number, ``None`` for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
