"""The models that may answer a call, and how each is reached."""

from dataclasses import dataclass

from apps.fusion.events import CallStarted
from apps.fusion.values import Attempt, Price
from apps.providers.base import Endpoint, Request
from apps.providers.dialects import Dialect


@dataclass(frozen=True, slots=True)
class Route:
    """A model that may answer a call, and how it is reached. ``guard`` asks for the repetition guard of small models.

    ``is_rationed``: its provider limits requests per minute, so none is repeated without asking for admission again.
    ``is_local``: llama.cpp on this machine answers, where who reads a prompt is the processor of everybody.
    ``is_limited``: it limits requests or streams, so that a fallback has to ask for admission as well.
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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed call, ready to be sent: the model that was asked for, then its fallback; and the requests so far."""

    started: CallStarted
    routes: tuple[Route, ...]
    attempts: tuple[Attempt, ...] = ()
