"""The part of a request that both of OpenAI's contracts share, and the run request that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from apps.api.errors import ApiError
from apps.api.openai.wire.plugins import HOSTED_PRESETS, NO_WEB, AnyPlugin, FusionPlugin, options_of, plugin_of_tool
from apps.api.openai.wire.tools import tool_set
from apps.api.openai.wire.unsupported import (
    HINTS,
    IGNORED_TOOLS,
    NONE_REQUIRED,
    OTHER_TOOLS,
    Unsupported,
    permits_no_call,
)
from apps.api.openai.wire.web import ONLINE, WEB_PLUGINS, is_of_web, web_wish
from apps.api.options import FusionOfRequest, Metadata, Sampling, Strict
from apps.api.run_requests import HOSTED_FUSION, RunRequest
from apps.api.web_options import WebWish
from apps.fusion.tools import ToolMode, ToolSet
from apps.fusion.values import AnswerFormat, Message
from apps.runs.models import Run

NOT_STORED = "As store is false, the run is deleted a minute after it has ended; what it cost still counts."


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of a request, the parameter that they came in, and the run that they continue.

    ``places`` are the parameters of the single turns.
    """

    messages: tuple[Message, ...]
    param: str
    parent: Run | None = None
    places: tuple[str, ...] = ()


class ModelRequest(Strict):
    """Something to be answered by a panel, or by one model."""

    TABLE: ClassVar[Mapping[str, Unsupported]]
    SCHEMA_PARAM: ClassVar[str]

    model: str = Field(
        min_length=1,
        max_length=255,
        examples=["fusion"],
        description="`fusion`, `fusion/<preset>`, or one model's reference.",
    )
    temperature: float | None = Field(None, ge=0, le=2, description="For panel and writer.")
    top_p: float | None = Field(None, ge=0, le=1, description="For panel and writer.")
    frequency_penalty: float | None = Field(None, ge=-2, le=2, description="For panel and writer, where it is known.")
    presence_penalty: float | None = Field(None, ge=-2, le=2, description="For panel and writer, where it is known.")
    stream: bool | None = Field(None, description="Answer as events while it is written.")
    stream_options: Strict | None = None
    user: str | None = Field(None, max_length=512, description="Kept in the run's metadata.")
    safety_identifier: str | None = Field(None, max_length=512, description="Kept in the run's metadata.")
    metadata: Metadata | None = Field(None, description="Kept with the run.")
    usage: Any = Field(None, description="OpenRouter's wish for usage and cost, which every answer has.")
    plugins: list[AnyPlugin] | None = Field(None, max_length=8, description="At most one for fusion.")
    fusion: FusionOfRequest | None = Field(None, description="How to fuse.")

    _hints: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _set_hints_aside(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Take the parameters out that other servers know and that only tune or hint; a typo stays an error."""
        if not isinstance(value, dict):
            return handler(value)
        fields = cls.model_fields
        # What nobody knows and is null asks for nothing.
        request = handler(
            {key: one for key, one in value.items() if key in fields or not (key in HINTS or one is None)}
        )
        hints = (name for name in value if name in HINTS and name not in fields)
        request._hints = tuple(name for name in hints if value[name] is not None)
        return request

    @property
    def is_detached(self) -> bool:
        """True if the run goes on when the client hangs up."""
        return bool(self.fusion and self.fusion.detach)

    @property
    def is_stored(self) -> bool:
        """False if the client does not want its run to be found again."""
        return getattr(self, "store", None) is not False

    @property
    def ignored(self) -> tuple[str, ...]:
        """The parameters of the request that have no effect."""
        hints = (name for name, row in self.TABLE.items() if row.is_hint and not row.is_neutral(getattr(self, name)))
        # Tools are named once, and only the client's: OpenRouter's tool for fusion has its effect.
        tools = ["tools"] if self._tools_without_effect() else []
        tools += ["functions"] if self._ignores_tools and getattr(self, "functions", None) else []
        named = (plugin.id for plugin in self.plugins or () if not isinstance(plugin, FusionPlugin))
        others = ["plugins"] if any(name not in WEB_PLUGINS for name in named) else []
        return tuple(dict.fromkeys([*tools, *hints, *self._inner_ignored(), *others, *self._hints]))

    def _inner_ignored(self) -> list[str]:
        """Name parameters inside of others that have no effect."""
        return []

    @property
    def notices(self) -> list[str]:
        """The same in a sentence, with the reasons; and what becomes of a run that is not to be stored."""
        ignored, kept = self.ignored, [] if self.is_stored else [NOT_STORED]
        if not ignored:
            return kept
        of_tools = IGNORED_TOOLS if self._ignores_tools else OTHER_TOOLS
        tools = [of_tools] if {"tools", "functions"} & {*ignored} else []
        reasons = dict.fromkeys([*tools, *(self.TABLE[name].sentence for name in ignored if name in self.TABLE)])
        return [" ".join([f"Accepted without effect: {', '.join(ignored)}.", *reasons]), *kept]

    def run_request(
        self, conversation: Conversation, sampling: Sampling, answer_format: AnswerFormat | None
    ) -> RunRequest:
        """Return the request as a run request; raise :class:`ApiError`."""
        if self.stream_options and not self.stream:
            raise ApiError(400, "invalid_parameter", "stream_options are for streams only.", "stream_options")
        if self.fusion and self.fusion.webhook and not self.is_detached:
            sentence = "A webhook is for a run that goes on when the client hangs up. Set fusion.detach to true."
            raise ApiError(400, "invalid_parameter", sentence, "fusion.webhook")
        plugins = self._fusion_plugins()
        # The suffix alone is the name of no model; an empty name would be that of a fusion.
        name = self.model.removesuffix(ONLINE) or self.model
        model, options, of_plugin = options_of(name, self.fusion, plugins)
        wish = self._web_wish()
        is_off = any(plugin.enabled and plugin.tools == [] for plugin in plugins)
        if options.web is None and (wish or is_off):
            options = options.model_copy(update={"web": wish.options if wish else NO_WEB})
        # What the client says of itself; metadata of the same names take precedence.
        named = {"user": self.user, "safety_identifier": self.safety_identifier}
        metadata = {name: value for name, value in named.items() if value} | (self.metadata or {})
        return RunRequest(
            messages=conversation.messages,
            model=model,
            options=options,
            sampling=sampling.model_copy(update=of_plugin.given),
            answer_format=answer_format,
            metadata=metadata,
            parent=conversation.parent,
            tools=self._tool_set(),
            web_param=wish.param if wish else "",
            places=conversation.places,
            skips_panel=bool(self.fusion and self.fusion.on_tool_result == "single"),
            is_stored=self.is_stored,
            has_hosted_preset=bool(self.hosted_preset),
            prompt_param=conversation.param,
            schema_param=self.SCHEMA_PARAM,
        )

    @property
    def hosted_preset(self) -> str:
        """The preset of ours that a hosted service's stands for, '' if none is named."""
        named = (one.preset for one in self._fusion_plugins() if one.enabled and not one.analysis_models)
        return next((HOSTED_PRESETS[preset] for preset in named if preset), "")

    @property
    def offers_tools(self) -> bool:
        """True if there are functions that a model should be offered."""
        return bool(self.offered()) and not self._ignores_tools

    def given_tools(self) -> list[tuple[str, Any]]:
        """Return the tools of any kind that came with the request, each with its path."""
        return []

    def offered(self) -> list[tuple[str, Any]]:
        """Return the functions that the client offers, each with its path."""
        return []

    @property
    def choice(self) -> tuple[str, Any]:
        """The parameter that says whether a tool must be called, and its value."""
        return "tool_choice", None

    @property
    def _ignores_tools(self) -> bool:
        return bool(self.fusion and self.fusion.tools == "ignore")

    def _tools_without_effect(self) -> bool:
        """Return whether the request has tools that no model is told of."""
        tools = [tool for _, tool in self.given_tools() if plugin_of_tool(tool) is None and not is_of_web(tool)]
        return bool(tools) and (self._ignores_tools or len(tools) > len(self.offered()))

    def _tool_set(self) -> ToolSet | None:
        """Return the tools that a model may call, ``None`` for none; raise :class:`ApiError`."""
        functions = [] if self._ignores_tools else self.offered()
        name, choice = self.choice
        if not functions:
            self._refuse_required_tools()
            return None
        parallel, has_own = getattr(self, "parallel_tool_calls", None), self._has_own_tools
        tools = tool_set(functions, choice, parallel, name, has_own=has_own)
        mode = self.fusion.tools if self.fusion and self.fusion.tools != "ignore" else None
        return tools.model_copy(update={"mode": mode or ToolMode.WRITER})

    def _web_wish(self) -> WebWish | None:
        tools = () if self._ignores_tools else self.given_tools()
        plugins = [*self._tool_plugins(), *(self.plugins or ())]
        return web_wish(self.model, plugins, tools, getattr(self, "web_search_options", None))

    def _fusion_plugins(self) -> list[FusionPlugin]:
        return [*self._tool_plugins(), *(one for one in self.plugins or () if isinstance(one, FusionPlugin))]

    def _tool_plugins(self) -> list[FusionPlugin]:
        return [plugin for _, tool in self.given_tools() if (plugin := plugin_of_tool(tool))]

    @property
    def _has_own_tools(self) -> bool:
        """True if the request asks for something that the server itself carries out."""
        return bool(self._tool_plugins()) or self._web_wish() is not None

    def _refuse_required_tools(self) -> None:
        """Refuse a call that must be made. Requiring a tool is OpenRouter's way to insist on a fusion: that is met."""
        # What the server itself carries out may be asked for in this way: it is done.
        is_ours = self.model == HOSTED_FUSION or self._has_own_tools
        for name in ("tool_choice", "function_call"):
            choice = getattr(self, name, None)
            if permits_no_call(choice) or (is_ours and not self._tools_without_effect()):
                continue
            sentence = f"{name}: {NONE_REQUIRED} Send “auto” or “none”, or leave it out."
            raise ApiError(400, "unsupported_parameter", sentence, name)
