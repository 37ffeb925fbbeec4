"""The request of messages. Whatever it has beside what is read here is tolerated, as gateways for its clients must."""

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, Tag, model_validator

from apps.api.anthropic.wire.blocks import (
    FORM,
    MOST_BLOCKS,
    MOST_MESSAGES,
    TextBlock,
    Turn,
    conversation,
)
from apps.api.anthropic.wire.web import wish_of
from apps.api.errors import ApiError
from apps.api.options import FusionOfRequest, FusionOptions, Lenient, Sampling
from apps.api.run_requests import RunRequest
from apps.api.web_options import WebWish, count_of, joined
from apps.fusion.tools import Tool, ToolChoice, ToolMode, ToolSet
from apps.fusion.values import AnswerFormat, Message
from apps.fusion.vocabulary import ReasoningEffort

EFFORTS = {"none": "minimal", "xhigh": "high", "max": "high"}
LEAST_BUDGETS = ((12_000, ReasoningEffort.HIGH), (4_000, ReasoningEffort.MEDIUM), (1_025, ReasoningEffort.LOW))
"""The budgets of thinking (tokens) from which an effort is meant; a smaller one is the minimal effort."""
CHOICES = {"auto": ToolChoice.AUTO, "any": ToolChoice.REQUIRED, "tool": ToolChoice.REQUIRED, "none": ToolChoice.NONE}
MOST_TOOLS = 512
DOMAINS = ("allowed_domains", "blocked_domains")
ONLY_OWN_TOOLS = "Only tools of the client can be called, and those of web search and fetch."
BESIDE_TOOLS = "A model that may call your tools looks nothing up itself; the panel and the judge of a fusion do."
WITHOUT_EFFECT = {
    "top_k": "Vendors differ in it.",
    "container": "There are no containers here.",
    "mcp_servers": "No servers are called from here.",
    "context_management": "Nothing is removed from a conversation here.",
}
"""Parameters that are accepted and named, with the reasons; all others that are not read are tolerated in silence."""


class OfferedTool(Lenient):
    """A tool: one of the client's, which has a schema, or one of Anthropic's servers.

    Of these `web_search_…` and `web_fetch_…` mean the look-ups of this site; others have no effect, and need no name.
    """

    type: str | None = None
    """`custom`, or absent, for a tool of the client."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
    """Its name: letters, digits, `_`, `-`, `.` and `:`."""
    description: str | None = Field(None, max_length=100_000)
    """The description that models read."""
    input_schema: dict[str, Any] | None = None
    """The JSON Schema of its arguments."""
    max_uses: int | None = None
    """The most look-ups of a call, which is here the most steps."""
    allowed_domains: Any = None
    """Accepted without effect."""
    blocked_domains: Any = None
    """Accepted without effect."""

    @model_validator(mode="before")
    @classmethod
    def _name_by_type(cls, value: Any) -> Any:
        """Name a tool set of Anthropic's by its type: it has no name of its own, as it stands for several tools."""
        if not isinstance(value, dict) or {"name", "input_schema"} & value.keys():
            return value
        kind = value.get("type")
        return value if kind in (None, "custom") else {**value, "name": kind}

    def wish(self, at: int) -> WebWish | None:
        """Return what it wants of the web, as the tool at a place; ``None`` for another tool."""
        return None if self.is_own else wish_of(self.type, f"tools.{at}", count_of(self.max_uses))

    @property
    def is_own(self) -> bool:
        return self.type in (None, "custom") or self.input_schema is not None


class OfferedChoice(Lenient):
    """Whether a tool may, must or must not be called."""

    type: Literal["auto", "any", "tool", "none"]
    """`tool` for the one that is named, `any` for one of them."""
    name: str | None = None
    """The one that must be called."""
    disable_parallel_tool_use: bool | None = None
    """True for one call at a time, where a vendor can."""


class Thinking(Lenient):
    """The wish for thoughts before the answer, as far as a model can; they are not part of the answer."""

    type: Literal["enabled", "adaptive", "between_tools", "disabled"]
    """Whether to think."""
    budget_tokens: int | None = Field(None, ge=0)
    """The tokens for it, from which an effort follows."""


class OutputConfig(Lenient):
    """The effort, and the form of the answer."""

    effort: str | None = None
    """As `reasoning_effort` of chat completions."""
    format: dict[str, Any] | None = None
    """`json_schema` with its `schema`."""


class ClientMetadata(Lenient):
    """The client on its user."""

    user_id: str | None = None
    """Kept in the run's metadata."""


SystemText = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[TextBlock], Field(max_length=MOST_BLOCKS), Tag("list")], FORM
]


Turns = tuple[tuple[Message, ...], tuple[str, ...]]
"""The messages of a conversation, and the parameter that each came in."""


class Asked(Lenient):
    """A conversation in Anthropic's form, as far as its tokens can be counted."""

    _turns: Turns | None = PrivateAttr(None)

    model: str = Field(
        min_length=1,
        max_length=255,
        examples=["claude-fusion"],
        description="`claude-fusion`, `claude-fusion-<preset>`, `fusion`, one model's reference, or its bare name.",
    )
    messages: Annotated[list[Turn], Field(min_length=1, max_length=MOST_MESSAGES)] = Field(
        description="The conversation; the last turn is the user's.",
        examples=[[{"role": "user", "content": "How high is the Eiffel Tower?"}]],
    )
    system: SystemText | None = Field(None, description="What the system says before the conversation.")
    tools: Annotated[list[OfferedTool], Field(max_length=MOST_TOOLS)] | None = Field(
        None, description="Tools that the model, or a fusion's writer, may call."
    )


class MessagesRequest(Asked):
    """A conversation to be answered by a panel, or by one model, in Anthropic's form."""

    max_tokens: int = Field(gt=0, le=10_000_000, description="Of the answer. The panel's are not cut.")
    temperature: float | None = Field(None, ge=0, le=2, description="For panel and writer.")
    top_p: float | None = Field(None, gt=0, le=1, description="For panel and writer.")
    top_k: int | None = Field(None, description="Accepted without effect.")
    stop_sequences: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        None, description="Up to four texts at which the answer ends."
    )
    stream: bool | None = Field(None, description="Answer as events while it is written.")
    tool_choice: OfferedChoice | None = Field(None, description="Whether a tool must be called.")
    thinking: Thinking | None = Field(None, description="Asked of models that can think.")
    output_config: OutputConfig | None = Field(None, description="The effort, and the form of the answer.")
    output_format: dict[str, Any] | None = Field(None, description="The older place of `output_config.format`.")
    metadata: ClientMetadata | None = Field(None, description="Kept with the run.")
    container: Any = Field(None, description="Accepted without effect.")
    mcp_servers: Any = Field(None, description="Accepted without effect.")
    context_management: Any = Field(None, description="Accepted without effect.")
    fusion: FusionOfRequest | None = Field(None, description="How to fuse.")

    @property
    def is_detached(self) -> bool:
        """True if the run goes on when the client hangs up."""
        return bool(self.fusion and self.fusion.detach)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The parameters of the request that have no effect."""
        named = [name for name in WITHOUT_EFFECT if getattr(self, name)]
        is_ignored = bool(self.tools) and self._ignores_tools
        has_other = any(not (tool.is_own or tool.wish(at)) for at, tool in enumerate(self.tools or ()))
        return (*named, *(["tools"] if is_ignored or has_other else []))

    @property
    def notices(self) -> list[str]:
        """The same in a sentence, with the reasons."""
        reasons = [WITHOUT_EFFECT.get(name, ONLY_OWN_TOOLS) for name in self.ignored]
        notices = [" ".join([f"Accepted without effect: {', '.join(self.ignored)}.", *reasons])] if reasons else []
        if self.web_wish():
            extras = [name for name in DOMAINS if any(getattr(tool, name) for tool in self.tools or ())]
            notices += [f"Accepted without effect: {', '.join(extras)} of web tools."] if extras else []
            notices += [BESIDE_TOOLS] if any(tool.is_own for tool in self.tools or ()) else []
        return notices

    @property
    def _ignores_tools(self) -> bool:
        return bool(self.fusion and self.fusion.tools == "ignore")

    def web_wish(self) -> WebWish | None:
        """Return what the tools want of the web, ``None`` if they want nothing of it."""
        given = () if self._ignores_tools else enumerate(self.tools or ())
        return joined([wish for at, tool in given if (wish := tool.wish(at))])

    def tool_set(self) -> ToolSet | None:
        """Return the tools that a model may call, ``None`` for none; raise :class:`ApiError`."""
        own = [] if self._ignores_tools else [(at, tool) for at, tool in enumerate(self.tools or ()) if tool.is_own]
        choice = self.tool_choice
        if own and choice and choice.name in {tool.name for at, tool in enumerate(self.tools or ()) if tool.wish(at)}:
            # This server looks things up in any case, and the model may call tools of the client beside.
            choice = choice.model_copy(update={"type": "auto", "name": None})
        if not own:
            # What this server itself carries out may be asked for in this way: it is offered.
            if choice and CHOICES[choice.type] is ToolChoice.REQUIRED and not self.web_wish():
                sentence = "tool_choice: No tool of the client can be called, so none can be required."
                raise ApiError(400, "unsupported_parameter", sentence, "tool_choice")
            return None
        tools = {tool.name: _tool(tool, at) for at, tool in own}
        if len(tools) < len(own):
            raise ApiError(400, "invalid_parameter", "tools: Two tools have the same name.", "tools")
        only = (choice.name or "") if choice and choice.type == "tool" else ""
        if choice and choice.type == "tool" and only not in tools:
            sentence = f"tool_choice: There is no tool “{only[:100]}” among the tools of the request."
            raise ApiError(400, "invalid_parameter", sentence, "tool_choice.name")
        mode = self.fusion.tools if self.fusion and self.fusion.tools != "ignore" else None
        return ToolSet(
            tools=tuple(tools.values()),
            choice=CHOICES[choice.type] if choice else ToolChoice.AUTO,
            only=only,
            parallel=False if choice and choice.disable_parallel_tool_use else None,
            mode=mode or ToolMode.WRITER,
        )


def _tool(tool: OfferedTool, at: int) -> Tool:
    schema = tool.input_schema or None
    if schema and schema.get("type", "object") != "object":
        path = f"tools.{at}.input_schema"
        raise ApiError(400, "invalid_parameter", f"{path}: It must be a JSON Schema of the type “object”.", path)
    return Tool(name=tool.name, description=tool.description or "", parameters=schema)


def turns_of(asked: Asked) -> Turns:
    """Return the conversation with its system prompt, and the parameter of each turn; raise :class:`ApiError`.

    It is read once: a document may take seconds.
    """
    if asked._turns is None:
        asked._turns = _turns_of(asked)
    return asked._turns


def _turns_of(asked: Asked) -> Turns:
    messages, places = conversation(asked.messages)
    system = asked.system if isinstance(asked.system, str) else "\n\n".join(one.text for one in asked.system or ())
    if not system.strip():
        return messages, places
    return (Message(role="system", text=system), *messages), ("system", *places)


def run_request_of(request: MessagesRequest, model: str) -> RunRequest:
    """Return the request as a run request for a model that is named as here; raise :class:`ApiError`."""
    if request.fusion and request.fusion.webhook and not request.fusion.detach:
        sentence = "A webhook is for a run that goes on when the client hangs up. Set fusion.detach to true."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.webhook")
    messages, places = turns_of(request)
    user = request.metadata.user_id if request.metadata else None
    options, wish = request.fusion or FusionOptions(), request.web_wish()
    if wish and options.web is None:
        options = options.model_copy(update={"web": wish.options})
    return RunRequest(
        messages=messages,
        model=model,
        options=options,
        web_param=wish.param if wish else "",
        sampling=_sampling(request),
        answer_format=_format(request),
        metadata={"user_id": user[:512]} if user else {},
        tools=request.tool_set(),
        places=places,
        skips_panel=bool(request.fusion and request.fusion.on_tool_result == "single"),
        schema_param=f"{_place_of_format(request)}.schema",
    )


def _sampling(request: MessagesRequest) -> Sampling:
    stops = request.stop_sequences or None
    if stops and len(stops) > 4:
        raise ApiError(400, "invalid_parameter", "At most four stops can be given.", "stop_sequences")
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        stop=stops,
        reasoning_effort=_effort(request),
    )


def _effort(request: MessagesRequest) -> ReasoningEffort | None:
    """Return the effort of thinking: as it is named, else as the budget says; Anthropic's own default is high."""
    word = request.output_config.effort if request.output_config else None
    thinking = request.thinking
    if word:
        known = EFFORTS.get(word, word)
        if known not in list(ReasoningEffort):
            sentence = "output_config.effort: Send low, medium, high or max."
            raise ApiError(400, "invalid_parameter", sentence, "output_config.effort")
        return ReasoningEffort(known)
    if thinking is None or thinking.type == "disabled":
        return None
    if thinking.budget_tokens is None:
        return ReasoningEffort.HIGH
    budget = thinking.budget_tokens
    return next((effort for least, effort in LEAST_BUDGETS if budget >= least), ReasoningEffort.MINIMAL)


def _place_of_format(request: MessagesRequest) -> str:
    """Return the parameter that has the form of the answer: the newer one, or the one that it had in the beta."""
    is_older = request.output_format and not (request.output_config and request.output_config.format)
    return "output_format" if is_older else "output_config.format"


def _format(request: MessagesRequest) -> AnswerFormat | None:
    wanted = (request.output_config.format if request.output_config else None) or request.output_format
    if not wanted:
        return None
    schema, param = wanted.get("schema"), _place_of_format(request)
    if wanted.get("type") != "json_schema" or not isinstance(schema, dict):
        raise ApiError(400, "invalid_parameter", f"{param}: Send a “json_schema” with its “schema”.", param)
    return AnswerFormat(type="json_schema", json_schema=schema)
