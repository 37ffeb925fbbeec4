"""Tools of a request in OpenAI's two forms: functions that a model may call, and how it may.

Only functions are the client's to carry out here. Tools of other kinds have no effect, and the answer names them.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from apps.api.errors import ApiError
from apps.api.openai.wire.plugins import HOSTED_TOOL
from apps.api.openai.wire.web import is_of_web
from apps.api.options import Lenient, Strict
from apps.fusion.tools import Tool, ToolChoice, ToolSet

MOST_TOOLS = 512
TOOL_EXAMPLE = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
NO_SUCH_TOOL = "There is no tool “{name}” among the tools of the request."
PARAMETERS = "The parameters of a function are a JSON Schema of the type “object”."


class FunctionTool(Lenient):
    """A function that the client carries out."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
    """Its name: letters, digits, `_`, `-`, `.` and `:`."""
    description: str | None = Field(None, max_length=100_000)
    """The description that models read."""
    parameters: dict[str, Any] | None = None
    """The JSON Schema of its arguments."""
    strict: bool | None = None
    """True to hold the arguments to the schema, where a vendor can."""

    @field_validator("parameters")
    @classmethod
    def _check_kind(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and value.get("type", "object") != "object":
            raise ValueError(PARAMETERS)
        return value or None


class OfferedTools(Strict):
    """The tools of a request."""

    tools: list[Any] | None = Field(
        None,
        description="Functions that the model, or a fusion's writer, may call. Tools of other kinds have no effect.",
        examples=[[TOOL_EXAMPLE]],
    )
    tool_choice: Any = Field(None, description="`auto`, `none`, `required`, one function, or `allowed_tools`.")
    parallel_tool_calls: bool | None = Field(None, description="False for one call at a time, where a vendor can.")

    def given_tools(self) -> list[tuple[str, Any]]:
        """Return the tools of any kind that came with the request, each with its path."""
        return [(f"tools.{at}", tool) for at, tool in enumerate(self.tools or ())]

    def offered(self) -> list[tuple[str, Any]]:
        """Return the functions among the tools, each with its path."""
        found = []
        for path, tool in self.given_tools():
            if isinstance(tool, dict) and tool.get("type") == "function":
                is_nested = isinstance(tool.get("function"), dict)
                found.append((f"{path}.function", tool["function"]) if is_nested else (path, tool))
        return found

    @property
    def choice(self) -> tuple[str, Any]:
        """The parameter that says whether a tool must be called, and its value."""
        return "tool_choice", self.tool_choice


def tool_set(
    functions: Sequence[tuple[str, Any]],
    choice: Any,
    parallel: bool | None,
    param: str = "tool_choice",
    *,
    has_own: bool = False,
) -> ToolSet:
    """Return the tools of a request; ``functions`` are objects with their paths. Raises :class:`ApiError`.

    With ``has_own`` the request asks for something that the server itself carries out, which a choice may name.
    """
    if len(functions) > MOST_TOOLS:
        raise ApiError(400, "invalid_parameter", f"tools: At most {MOST_TOOLS} can be sent.", "tools")
    tools: dict[str, Tool] = {}
    for path, given in functions:
        tool = _checked(given, path)
        if tool.name in tools:
            raise ApiError(400, "invalid_parameter", f"{path}: Two tools have the name “{tool.name}”.", path)
        tools[tool.name] = tool
    return _chosen(tuple(tools.values()), choice, parallel, param, has_own=has_own)


def _checked(given: Any, path: str) -> Tool:
    try:
        known = FunctionTool.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join([path, *map(str, first["loc"])])
        message = str(first["msg"]).removeprefix("Value error, ")
        code = "missing_parameter" if first["type"] == "missing" else "invalid_parameter"
        raise ApiError(400, code, f"{where}: {message}", where) from None
    return Tool(name=known.name, description=known.description or "", parameters=known.parameters, strict=known.strict)


def _chosen(tools: tuple[Tool, ...], choice: Any, parallel: bool | None, param: str, *, has_own: bool) -> ToolSet:
    """Return the tools with OpenAI's ``tool_choice``: a word, the name of one, or the names of those allowed."""
    if choice is None or (isinstance(choice, str) and choice in list(ToolChoice)):
        return ToolSet(tools=tools, choice=ToolChoice(choice or ToolChoice.AUTO), parallel=parallel)
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind == "function":
        inner = choice.get("function")
        name = (inner if isinstance(inner, dict) else choice).get("name")
        _find(tools, name, param)
        return ToolSet(tools=tools, choice=ToolChoice.REQUIRED, only=str(name), parallel=parallel)
    if kind == "allowed_tools":
        return _allowed(tools, choice, parallel, param, has_own=has_own)
    if has_own and is_own_tool(choice):
        # The server does it in any case, and the model may call functions beside.
        return ToolSet(tools=tools, parallel=parallel)
    sentence = f"{param}: Send “auto”, “none”, “required”, or an object that names a function."
    raise ApiError(400, "invalid_parameter", sentence, param)


def _allowed(tools: tuple[Tool, ...], choice: Any, parallel: bool | None, param: str, *, has_own: bool) -> ToolSet:
    """Return those of the tools that ``allowed_tools`` names; tools of other kinds among its names have no effect."""
    allowed = choice["allowed_tools"] if isinstance(choice.get("allowed_tools"), dict) else choice
    given = allowed.get("tools") or []
    if not isinstance(given, list):
        raise ApiError(400, "invalid_parameter", f"{param}: The allowed tools are a list.", param)
    known = [tool for tool in given if isinstance(tool, dict)]
    names = [_name_of(tool) for tool in known if tool.get("type", "function") == "function"]
    for name in names:
        _find(tools, name, param)
    is_required = allowed.get("mode") == "required"
    if names or not given:
        kept = tuple(tool for tool in tools if tool.name in names) if names else tools
        mode = ToolChoice.REQUIRED if is_required else ToolChoice.AUTO
        return ToolSet(tools=kept, choice=mode, parallel=parallel)
    if is_required and not (has_own and any(map(is_own_tool, known))):
        raise ApiError(400, "unsupported_parameter", f"{param}: None of the allowed tools can be called here.", param)
    return ToolSet(tools=tools, choice=ToolChoice.NONE, parallel=parallel)


def is_own_tool(tool: Any) -> bool:
    """Return whether a tool, or the choice of one, is of those that the server itself carries out."""
    return isinstance(tool, dict) and (tool.get("type") == HOSTED_TOOL or is_of_web(tool))


def _name_of(tool: dict[str, Any]) -> Any:
    inner = tool.get("function")
    return (inner if isinstance(inner, dict) else tool).get("name")


def _find(tools: Sequence[Tool], name: Any, param: str) -> None:
    if not any(tool.name == name for tool in tools):
        sentence = f"{param}: {NO_SUCH_TOOL.format(name=str(name)[:100])}"
        raise ApiError(400, "invalid_parameter", sentence, param)
