"""The panel's role: answer the conversation as it is, or in a later layer with the answers of the one before."""

from typing import Any

from apps.catalogue.models import Model
from apps.fusion.prompting import prompts
from apps.fusion.prompting.answer_format import object_schema
from apps.fusion.prompting.files import CITE_FILES
from apps.fusion.prompting.layers import layer_messages
from apps.fusion.prompting.lookups import with_system
from apps.fusion.prompting.tool_turns import told_of_tools
from apps.fusion.strategies.layers import is_later_layer
from apps.fusion.tools import ToolMode
from apps.fusion.values import Message
from apps.fusion.vocabulary import PromptStyle, StrategyName
from apps.runs.execution.inputs import answer_format_of, answers_of, conversation_of, room_of, tools_of
from apps.runs.execution.roles.answer_format import ask_for_form, check_form
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the column's conversation, and the form of the answer where this call writes it.

    A panel that was to be told of the tools first gets a list of them, for its author to propose calls.
    """
    if is_later_layer(call.stage):
        seed = f"layer:{call.run.recipe.seed}:{call.stage}:{call.slot}"
        own = conversation_of(call)
        return layer_messages(own, answers_of(call), seed, model.style, room_of(model, own))
    conversation = prompts.panel_messages(conversation_of(call), model.style)
    if _is_to_cite(call, model):
        conversation = with_system(conversation, CITE_FILES)
    tools = call.run.tools
    if tools and tools.mode is ToolMode.PANEL_FIRST and not tools_of(call) and model.style is PromptStyle.CHAT:
        conversation = told_of_tools(conversation, tools.tools)
    return ask_for_form(call, prompts.in_format(conversation, answer_format_of(call)))


def _is_to_cite(call: Call, model: Model) -> bool:
    """Return whether a column is asked to cite the files; JSON has no place for marks.

    A program that asks one model alone wants that model's own answer, without wishes of ours.
    """
    run = call.run
    is_passed_on = run.api_key_id is not None and run.recipe.strategy is StrategyName.SINGLE
    return run.has_files and model.style is PromptStyle.CHAT and run.recipe.answer_format is None and not is_passed_on


def schema(call: Call, _model: Model) -> dict[str, Any] | None:
    """Return the schema of the answer, if this call writes it and it has one."""
    return object_schema(answer_format_of(call))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Take the answer as it is, if it has its form."""
    return Conclusion(check_form(call, outcome))


PANEL = CallRole(messages=messages, schema=schema, conclude=conclude, schema_is_given=True, renders_later=True)
