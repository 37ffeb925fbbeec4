"""OpenRouter's request forms for its hosted fusion: a plugin, or a tool of the server."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationError

from apps.api.errors import ApiError
from apps.api.numbers import Whole
from apps.api.openai.wire.formats import Effort
from apps.api.options import FusionOptions, Lenient, Reference, Sampling, Strict
from apps.api.web_options import WebOptions

HOSTED_PRESETS = {"general-high": "quality", "general-budget": "budget", "general-fast": "fast"}
BESIDE_A_PLUGIN = {"detach", "thread", "earlier_answers", "from_slot", "tools", "on_tool_result", "web", "webhook"}
"""Options of ours that say nothing of how to fuse."""
HOSTED_TOOL = "openrouter:fusion"
NO_WEB = WebOptions(search=False, fetch=False)


class PluginReasoning(Lenient):
    """Panel's and writer's effort of thinking."""

    effort: Effort | None = None
    """OpenAI's words for it."""


class FusionPlugin(Strict):
    """The request shape of the hosted fusion service."""

    id: Literal["fusion"]
    enabled: bool = True
    """Without it the plugin counts for nothing."""
    analysis_models: list[Reference] | None = Field(None, min_length=1, max_length=8, description="The panel.")
    model: Reference | None = Field(None, description="Judges and writes.")
    preset: Literal["general-high", "general-budget", "general-fast"] | None = None
    """Our `quality`, `budget` or `fast`; the default preset where there is no such one."""
    tools: list[Any] | None = Field(
        None, max_length=64, description="Web search and web fetch mean look-ups; an empty list turns them off."
    )
    max_tool_calls: Whole | None = Field(None, ge=1, le=16, description="The most steps of these look-ups.")
    temperature: float | None = Field(None, ge=0, le=2, description="For panel and writer.")
    max_completion_tokens: int | None = Field(None, gt=0, le=10_000_000, description="Of the answer.")
    reasoning: PluginReasoning | None = None
    """For panel and writer."""

    @property
    def sampling(self) -> Sampling:
        """The sampling of the plugin."""
        effort = self.reasoning.effort if self.reasoning else None
        return Sampling(temperature=self.temperature, max_tokens=self.max_completion_tokens, reasoning_effort=effort)


class OtherPlugin(Lenient):
    """A plugin of OpenRouter's: `web` and `web-fetch` let models look things up, others have no effect here."""

    id: str
    """Its name."""
    enabled: bool = True
    """Without it the plugin counts for nothing."""
    max_uses: Any = None
    """The number of look-ups at most."""


AnyPlugin = Annotated[
    Annotated[FusionPlugin, Tag("tagged-fusion")] | Annotated[OtherPlugin, Tag("tagged-other")],
    Discriminator(
        lambda value: (
            "tagged-fusion"
            if isinstance(value, FusionPlugin) or (isinstance(value, dict) and value.get("id") == "fusion")
            else "tagged-other"
        )
    ),
]


def plugin_of_tool(tool: Any) -> FusionPlugin | None:
    """Return the plugin that OpenRouter's server tool for fusion stands for, ``None`` for any other tool.

    Raises :class:`ApiError` where its parameters are not of that form.
    """
    if not isinstance(tool, dict) or tool.get("type") != HOSTED_TOOL:
        return None
    given = tool.get("parameters")
    given = given if isinstance(given, dict) else {name: value for name, value in tool.items() if name != "type"}
    try:
        return FusionPlugin.model_validate({**given, "id": "fusion"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(["tools", "parameters", *map(str, first["loc"])])
        raise ApiError(400, "invalid_parameter", f"{path}: {first['msg']}", path) from None


def options_of(
    model: str, own: FusionOptions | None, plugins: list[FusionPlugin]
) -> tuple[str, FusionOptions, Sampling]:
    """Return the model, the options and the sampling that a request means.

    A plugin makes a fusion of a request for a single model. Raises :class:`ApiError` if our options and a plugin, or
    two different plugins, are given.
    """
    enabled = [plugin for plugin in plugins if plugin.enabled]
    if not enabled:
        return model, own or FusionOptions(), Sampling()
    if any(plugin != enabled[0] for plugin in enabled[1:]) or (own and own.model_fields_set - BESIDE_A_PLUGIN):
        raise ApiError(400, "invalid_parameter", "Send one fusion plugin, or the fusion options, not both.", "plugins")
    plugin = enabled[0]
    # The hosted service lets one model judge and write: the plugin's, else the one that the request names.
    judge_or_writer = plugin.model or (None if _names_fusion(model) else model)
    options = FusionOptions(
        preset=HOSTED_PRESETS[plugin.preset] if plugin.preset and not plugin.analysis_models else None,
        panel=list(plugin.analysis_models) if plugin.analysis_models else None,
        judge=judge_or_writer,
        writer=judge_or_writer,
        thread=own.thread if own else None,
        earlier_answers=own.earlier_answers if own else None,
        from_slot=own.from_slot if own else None,
        web=own.web if own else None,
    )
    return (model if _names_fusion(model) else "fusion"), options, plugin.sampling


def _names_fusion(model: str) -> bool:
    return model in ("fusion", "openrouter/fusion") or model.startswith("fusion/")
