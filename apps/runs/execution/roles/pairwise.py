"""The evaluator's role: say which of two answers is better, in the order of the first two inputs, without names."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.peer_reply import choice_schema, parse_choice
from apps.fusion.judging.reply import BadReply
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.guidance import with_guidance
from apps.fusion.prompting.peer_review import FIRST, SECOND, preference_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.execution.inputs import asked_of_judge, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call

SHOWN = (FIRST, SECOND)


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the two answers as X and Y, and the person's criteria for the judge."""
    texts = {one.pk: one.output.text for one in call.input_calls}
    first, second = call.inputs[:2]
    asked, room = asked_of_judge(call), room_of(model, run_conversation(call))
    left = None if room is None else max(0, room - len(asked))
    prompt = preference_prompt(run_conversation(call), texts[first], texts[second], left, model.sees_images)
    return with_guidance(prompt, asked)


def schema(_call: Call, _model: Model) -> dict[str, Any]:
    """Return the schema of a choice."""
    return choice_schema(SHOWN)


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the choice in a reply; one that is not exact fails the call with ``bad_reply``, and is not repaired."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    try:
        letter = parse_choice(outcome.reply.text, SHOWN)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"It gave no preference that could be read. {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    return Conclusion(outcome, verdict=Opinion(better=call.inputs[SHOWN.index(letter)]))


COMPARISON = CallRole(messages=messages, schema=schema, conclude=conclude)
