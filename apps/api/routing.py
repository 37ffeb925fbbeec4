"""Requests that leave the choice of whom to ask to rules: the options that the choice makes of theirs."""

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Discriminator, Field, Tag

from apps.accounts.models import ApiKey
from apps.api.numbers import Whole
from apps.api.strict import Strict
from apps.fusion.caching import LONGEST_TTL_S, CacheSettings
from apps.fusion.routing import ROUTE, Question, Route
from apps.fusion.values import AnswerFormat
from apps.fusion.vocabulary import StrategyName
from apps.runs.routing import question_in, tags_in

if TYPE_CHECKING:  # both import the options, which import these fields
    from apps.api.options import FusionOptions
    from apps.api.run_requests import RunRequest

AnyStrategy = Annotated[
    Annotated[StrategyName, Tag("tagged-strategy")] | Annotated[Literal["route"], Tag("tagged-route")],
    Discriminator(lambda value: "tagged-route" if value == ROUTE else "tagged-strategy"),
]
"""A strategy, or the word for leaving the choice to one's rules."""
PRINTABLE = " !$&'()*+,-./:;<=>?@^_`|~"
"""Characters that stand in a header as they are, beside letters and digits."""


class CacheOptions(Strict):
    """Whether an equal request of the same person gets the same answer."""

    ttl: Whole | None = Field(ge=0, le=LONGEST_TTL_S)
    """Seconds for which an answer serves; 0 shares only with a request that is still at work, `null` is off."""

    @property
    def settings(self) -> CacheSettings | None:
        """The recipe's own settings, `None` where it is off."""
        return None if self.ttl is None else CacheSettings(ttl_s=self.ttl)


def question_of_request(run_request: "RunRequest", key: ApiKey, answer_format: AnswerFormat | None) -> Question:
    """Return the question of a request as rules see it; the tags of the run that it follows count as its own."""
    tags = (*tags_in(run_request.metadata), *(run_request.parent.tags if run_request.parent else ()))
    return question_in(run_request.messages, run_request.tools, answer_format, key.name, tags)


def with_choice(options: "FusionOptions", route: Route) -> "FusionOptions":
    """Return the options with the model, preset or strategy that was chosen in place of their own."""
    changes: dict[str, Any] = {"strategy": route.strategy}
    if route.model:
        changes |= {"panel": [route.model], "preset": None}
    elif route.preset:
        changes |= {"panel": None, "preset": route.preset}
    return options.model_copy(update=changes)


def route_headers(route: Route | None) -> dict[str, str]:
    """Return the headers that say on which ground somebody was chosen, and by which rule; none without a choice.

    Characters outside ASCII are escaped as in an address.
    """
    if route is None:
        return {}
    rule = {"X-Route-Rule": quote(route.rule, safe=PRINTABLE)} if route.rule else {}
    return {"X-Route": str(route.by), **rule}
