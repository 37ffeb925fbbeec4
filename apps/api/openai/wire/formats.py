"""Parts that several of OpenAI's requests share: the form of the answer, metadata, and the hosted service's plugin."""

from typing import Any, Literal

from pydantic import Field

from apps.api.errors import ApiError
from apps.api.numbers import Whole
from apps.api.options import FusionOptions, Reference, Strict
from apps.fusion.values import AnswerFormat

HOSTED_PRESETS = {"general-high": "quality", "general-budget": "budget", "general-fast": "fast"}


class FreeText(Strict):
    """An answer in any form."""

    type: Literal["text"]


class AnyObject(Strict):
    """An answer that is a JSON object."""

    type: Literal["json_object"]


class FusionOfRequest(FusionOptions):
    """Our own options beside a request in OpenAI's form. With `detach` the run goes on when the client hangs up."""

    detach: bool = False
    """The run goes on when the client hangs up."""


class FusionPlugin(Strict):
    """The request shape of the hosted fusion service."""

    id: Literal["fusion"]
    enabled: bool = True
    """Without it the plugin counts for nothing."""
    analysis_models: list[Reference] | None = Field(None, min_length=1, max_length=8, description="The panel.")
    model: Reference | None = Field(None, description="Judges and writes.")
    preset: Literal["general-high", "general-budget", "general-fast"] | None = None
    """Our `quality`, `budget` or `fast`."""
    max_tool_calls: Whole | None = Field(None, ge=1, le=16, description="Accepted; no tools are called.")


def answer_format(kind: str, name: str, schema: dict[str, Any] | None, description: str | None) -> AnswerFormat | None:
    """The form of the answer; ``None`` for free text."""
    if kind == "text":
        return None
    if kind == "json_object":
        return AnswerFormat(type="json_object")
    whole = {} if schema is None else schema
    if description and "description" not in whole:
        whole = whole | {"description": description}
    return AnswerFormat(type="json_schema", name=name, json_schema=whole)


def options_of(model: str, own: FusionOptions | None, plugins: list[FusionPlugin] | None) -> tuple[str, FusionOptions]:
    """The model and the options that a request means; a plugin makes a fusion of a request for a single model.

    Raises :class:`ApiError` if our options and the plugin are both given.
    """
    enabled = [plugin for plugin in plugins or () if plugin.enabled]
    if not enabled:
        return model, own or FusionOptions()
    if len(enabled) > 1 or (own and own.model_fields_set - {"detach"}):
        raise ApiError(400, "invalid_parameter", "Send one fusion plugin, or the fusion options, not both.", "plugins")
    plugin = enabled[0]
    judge_or_writer = plugin.model or (None if _names_fusion(model) else model)
    options = FusionOptions(
        preset=HOSTED_PRESETS[plugin.preset] if plugin.preset and not plugin.analysis_models else None,
        panel=list(plugin.analysis_models) if plugin.analysis_models else None,
        judge=judge_or_writer,
        writer=judge_or_writer,
    )
    return (model if _names_fusion(model) else "fusion"), options


def _names_fusion(model: str) -> bool:
    return model in ("fusion", "openrouter/fusion") or model.startswith("fusion/")
