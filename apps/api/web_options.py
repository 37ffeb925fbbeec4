"""The option of a request by which models may look things up."""

from typing import Annotated

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
