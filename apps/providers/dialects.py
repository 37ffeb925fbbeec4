"""Which function speaks which dialect. A new dialect is one file beside this one and one row in each table."""

from collections.abc import Mapping
from enum import StrEnum

from apps.providers import openai_compatible
from apps.providers.base import ListModels, Stream


class Dialect(StrEnum):
    """The wire protocols that FusionWeb speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"


STREAM: Mapping[Dialect, Stream] = {Dialect.OPENAI: openai_compatible.stream}
LIST_MODELS: Mapping[Dialect, ListModels] = {Dialect.OPENAI: openai_compatible.list_models}
