"""The role that settles a contradiction: one model looks the point up and says, with its sources, what is right."""

from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.findings import Finding
from apps.fusion.prompting.settlement import settlement_messages
from apps.fusion.values import Message
from apps.fusion.vocabulary import FailureCode, Role
from apps.runs.execution.inputs import CannotSend, guidance_of, inputs_of, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the positions on the point and nothing else of the answers."""
    conversation = run_conversation(call)
    return settlement_messages(conversation, _finding_of(call), call.run.recipe.seed, room_of(model, conversation))


def schema(_call: Call, _model: Model) -> dict[str, Any] | None:
    """Return none: the reply is a few sentences with marks of sources."""
    return None


def conclude(_call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Take the reply as it is: a person decides what becomes of it."""
    return Conclusion(outcome)


def _finding_of(call: Call) -> Finding:
    analysis = next((judge.output.analysis for judge in inputs_of(call, Role.JUDGE)), None)
    wanted = guidance_of(call).finding
    found = next((one for one in (analysis.findings if analysis else ()) if one.id == wanted), None)
    if found is None:
        raise CannotSend(FailureCode.INVALID_REQUEST, "The analysis has this point no more. Reload the page.")
    return found


SETTLEMENT = CallRole(messages=messages, schema=schema, conclude=conclude, cuts_loops=True)
