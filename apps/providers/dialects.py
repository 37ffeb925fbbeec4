"""The function of each dialect. A new dialect is one file beside this one and one row in each table."""

from collections.abc import Mapping
from enum import StrEnum

from apps.providers import anthropic, gemini, openai_compatible
from apps.providers.base import Endpoint, ListModels, Request, Sent, Stream


class Dialect(StrEnum):
    """The wire protocols that FusionWeb speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


STREAM: Mapping[Dialect, Stream] = {
    Dialect.OPENAI: openai_compatible.stream,
    Dialect.ANTHROPIC: anthropic.stream,
    Dialect.GEMINI: gemini.stream,
}
LIST_MODELS: Mapping[Dialect, ListModels] = {
    Dialect.OPENAI: openai_compatible.list_models,
    Dialect.ANTHROPIC: anthropic.list_models,
    Dialect.GEMINI: gemini.list_models,
}
SENT: Mapping[Dialect, Sent] = {
    Dialect.OPENAI: openai_compatible.sent,
    Dialect.ANTHROPIC: anthropic.sent,
    Dialect.GEMINI: gemini.sent,
}


def dropped(dialect: Dialect, endpoint: Endpoint, request: Request) -> tuple[str, ...]:
    """Return the names of the request's parameters that will not be sent, because the model does not know them."""
    asked, sent = request.parameters, SENT[dialect](endpoint, request)
    unknown = tuple(name for name in type(asked).model_fields if getattr(asked, name) != getattr(sent, name))
    is_lost = dialect is Dialect.GEMINI and request.tools is not None and request.tools.parallel is False
    return (*unknown, *(("parallel_tool_calls",) if is_lost else ()))
