"""The checker's role: compare the fused answer with those that it was written from, and reply with what is wrong."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.check_reply import check_schema, parse_check
from apps.fusion.judging.reply import BadReply
from apps.fusion.prompting.answer_check import CheckPrompt, check_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.execution.inputs import answers_of, inputs_of, model_of, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the fused answer beside the answers under shuffled letters."""
    return _prompt_of(call, model).messages


def schema(call: Call, model: Model) -> dict[str, Any]:
    """Return the schema of a list of findings about these letters."""
    return check_schema(sorted(_prompt_of(call, model).letters))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the findings in a reply; one that cannot be read fails the call with ``bad_reply``, and is not repaired."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    prompt, reply = _prompt_of(call, model_of(call, call.model)), outcome.reply
    try:
        found = parse_check(
            reply.text, _fused_text(call), answers_of(call), prompt.letters, call.model, reply.finish_reason
        )
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The check's reply could not be read: {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    return Conclusion(outcome, found.model_copy(update={"coverage": prompt.coverage}))


@once_for_model
def _prompt_of(call: Call, model: Model) -> CheckPrompt:
    return check_prompt(
        run_conversation(call),
        answers_of(call),
        _fused_text(call),
        call.run.recipe.seed,
        room=room_of(model, run_conversation(call)),
        sees_images=model.sees_images,
    )


def _fused_text(call: Call) -> str:
    return inputs_of(call, Role.SYNTHESIS)[-1].output.text


CHECK = CallRole(messages=messages, schema=schema, conclude=conclude)
