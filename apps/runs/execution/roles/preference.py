"""The role of a peer reviewer that compares two answers: the fused one and its own, in the order of the inputs."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.peer_reply import choice_schema, parse_choice
from apps.fusion.judging.reply import BadReply
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.peer_review import FIRST, SECOND, preference_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, PeerChoice, Role, Status
from apps.runs.execution.inputs import room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the two answers as X and Y; nothing says whose they are."""
    first, second = _compared(call)
    room = room_of(model, run_conversation(call))
    return preference_prompt(run_conversation(call), first.output.text, second.output.text, room, model.sees_images)


def schema(_call: Call, _model: Model) -> dict[str, Any]:
    """Return the schema of a choice."""
    return choice_schema((FIRST, SECOND))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the choice in a reply; one that is not exact fails the call with ``bad_reply``, and is not repaired."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    try:
        letter = parse_choice(outcome.reply.text, (FIRST, SECOND))
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"It gave no preference that could be read. {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    chosen = dict(zip((FIRST, SECOND), _compared(call), strict=True))[letter]
    prefers = PeerChoice.OWN if chosen.role == Role.PANEL else PeerChoice.FUSED
    return Conclusion(outcome, verdict=Opinion(prefers=prefers))


def _compared(call: Call) -> tuple[Call, Call]:
    """Return the two calls in the order in which they are shown."""
    read = {one.pk: one for one in call.input_calls}
    first, second = call.inputs
    return read[first], read[second]


PREFERENCE = CallRole(messages=messages, schema=schema, conclude=conclude)
