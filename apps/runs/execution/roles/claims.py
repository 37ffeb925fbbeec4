"""The arbiter's first role: split the answers into claims, each with the words of the answer that make it."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.comparing.claims import merged
from apps.fusion.judging.claim_reply import claims_schema, parse_claims
from apps.fusion.judging.reply import BadReply
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.claims import ArbiterPrompt, arbiter_prompt
from apps.fusion.prompting.guidance import with_guidance
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.execution.inputs import answers_of, guidance_of, model_of, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the answers under shuffled letters, and the person's instructions for the judge."""
    return with_guidance(_prompt_of(call, model).messages, guidance_of(call).instructions)


def schema(call: Call, model: Model) -> dict[str, Any]:
    """Return the schema of a list of claims of these letters."""
    return claims_schema(sorted(_prompt_of(call, model).letters))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the claims in a reply, the same ones as one; one that cannot be read fails the call with ``bad_reply``."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    letters = _prompt_of(call, model_of(call, call.model)).letters
    try:
        claims = merged(parse_claims(outcome.reply.text, answers_of(call), letters))
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The claims could not be read: {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    return Conclusion(outcome, verdict=Opinion(claims=claims))


@once_for_model
def _prompt_of(call: Call, model: Model) -> ArbiterPrompt:
    room = room_of(model, run_conversation(call))
    return arbiter_prompt(
        run_conversation(call), answers_of(call), call.run.recipe.seed, room=room, sees_images=model.sees_images
    )


CLAIMS = CallRole(messages=messages, schema=schema, conclude=conclude)
