"""The models that may answer a call, and how each is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from apps.catalogue.models import ServerTool
from apps.fusion.events import CallStarted
from apps.fusion.tools import Tool
from apps.fusion.values import Attempt, Price
from apps.providers.base import Endpoint, Request
from apps.providers.dialects import Dialect
from apps.runs.lifecycle.lookups import Step
from apps.runs.models import Call


@dataclass(frozen=True, slots=True)
class Route:
    """A model that may answer a call, and how it is reached. ``guard`` asks for the repetition guard of small models.

    ``is_rationed``: its provider limits requests per minute, so none is repeated without asking for admission again.
    ``is_local``: llama.cpp on this machine answers, where who reads a prompt is the processor of everybody.
    ``is_limited``: it limits requests or streams, so that a fallback has to ask for admission as well.
    ``search_price`` is USD for one search by its vendor, ``None`` if unknown.
    """

    reference: str
    dialect: Dialect
    endpoint: Endpoint
    request: Request
    guard: bool = False
    dropped: tuple[str, ...] = ()
    is_rationed: bool = False
    is_limited: bool = False
    is_local: bool = False
    price: Price | None = None
    search_price: Decimal | None = None
    takes_tools: bool = True


@dataclass(frozen=True, slots=True)
class LookupPlan:
    """The look-ups that a call may make: with which tools, in how many steps, and the steps that it has taken so far.

    ``rules`` are the words about them in the system's text. ``own_urls`` are the addresses in the person's words, as
    ``known_addresses`` gives them. ``server_tools`` are those of ``tools`` that tool servers carry out, by name.
    """

    call: Call
    tools: tuple[Tool, ...]
    rules: str
    max_steps: int
    own_urls: frozenset[str] = frozenset()
    server_tools: Mapping[str, ServerTool] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    @property
    def run(self) -> int:
        return self.call.run_id

    def offers(self, name: str) -> bool:
        """Return whether the model is offered a tool of this name."""
        return any(tool.name == name for tool in self.tools)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed call, ready to be sent: the model that was asked for, then its fallback; and the requests so far.

    With ``lookups`` it may look things up on the way.
    """

    started: CallStarted
    routes: tuple[Route, ...]
    attempts: tuple[Attempt, ...] = ()
    lookups: LookupPlan | None = None
