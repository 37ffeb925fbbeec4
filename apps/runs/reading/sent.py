"""The request that was sent for a call: the exact messages and parameters, without any key."""

from dataclasses import dataclass
from typing import Any

from apps.catalogue.queries import models_called
from apps.fusion.prompting.files import numbered_files, with_files, with_texts
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.strategies import strategy_of
from apps.fusion.values import Message
from apps.fusion.vocabulary import Builtin, PromptStyle, Role, Status
from apps.runs.lifecycle.lookups import steps_of
from apps.runs.models import Call, SentRequest

NOT_YET = "Nothing was sent yet."
NO_MODEL = "No model was asked: this program compared the words of the answers."
NOT_KEPT = "This call was made before such messages were kept."


@dataclass(frozen=True, slots=True)
class Sent:
    """The newest request of a call. ``messages`` are as the model got them, with calls of tools in words.

    They are () with the reason in ``missing``.
    ``parameters`` are those that were sent, ``dropped`` those that were left out because the vendor does not take them.
    Of several ``requests``, each was the one before with what it had asked for; the messages show where they part.
    """

    model: str
    messages: tuple[Message, ...]
    parameters: dict[str, Any]
    dropped: tuple[str, ...]
    schema: dict[str, Any] | None = None
    missing: str = ""
    requests: int = 1


def sent_for(call: Call) -> Sent:
    """Return the request whose reply a call has, or the one that was made last."""
    given = call.parameters.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    parameters = {name: value for name, value in given.items() if name not in call.dropped}
    parameters |= _tools(call)
    model = call.answered_by or call.next_model
    if call.model in list(Builtin):
        return Sent(call.model, (), {}, (), missing=NO_MODEL)
    if call.claim == 0 or call.status is Status.QUEUED:
        return Sent(model, (), parameters, call.dropped, missing=NOT_YET)
    conversation, files = with_files(call.run.messages), numbered_files(call.run.messages).values()
    row = SentRequest.objects.filter(call=call, model=model).first()
    if row is not None:
        messages = tuple(conversation[one] if isinstance(one, int) else with_texts(one, files) for one in row.messages)
        steps = steps_of(call.pk) if call.may_look_up else ()
        messages += tuple(turn for step in steps for turn in step.turns())
        return Sent(model, as_text(messages), parameters, call.dropped, row.schema, requests=len(steps) + 1)
    if call.role is not Role.PANEL or _adds_words(call, model):
        return Sent(model, (), parameters, call.dropped, missing=NOT_KEPT)
    return Sent(model, as_text(with_files(call.own_messages)), parameters, call.dropped)


def _tools(call: Call) -> dict[str, Any]:
    """Return the names of the client's tools that this call may ask for, and whether it must."""
    tools = call.run.tools
    if tools is None or not tools.tools or call.role is not strategy_of(call.run.recipe).answer_stage.role:
        return {}
    return {"tools": [tool.name for tool in tools.tools], "tool_choice": tools.only or tools.choice.value}


def _adds_words(call: Call, model: str) -> bool:
    """Return whether a panel call sends more than the conversation, so that a row of it must be there."""
    known = models_called([model]).get(model)
    if call.run.recipe.today and known and known.style is PromptStyle.CHAT:
        return True
    return call.run.recipe.answer_format is not None or known is None or known.style is PromptStyle.SMALL
