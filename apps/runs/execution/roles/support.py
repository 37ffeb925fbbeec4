"""The arbiter's second role: say of each claim which other answers say the same, or deny it, with their words."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.comparing.claims import supported_by_words
from apps.fusion.judging.claim_reply import parse_support, support_schema
from apps.fusion.judging.reply import BadReply
from apps.fusion.opinions import Claim, Opinion
from apps.fusion.prompting.claims import ArbiterPrompt, arbiter_prompt
from apps.fusion.prompting.guidance import with_guidance
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.execution.inputs import answers_of, guidance_of, inputs_of, model_of, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the answers and the claims under shuffled letters, and the person's instructions for the judge."""
    return with_guidance(_prompt_of(call, model).messages, guidance_of(call).instructions)


def schema(call: Call, model: Model) -> dict[str, Any]:
    """Return the schema of a list of stances of these letters."""
    return support_schema(sorted(_prompt_of(call, model).letters))


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the stances in a reply; where there is none to read, the words are compared by rules in its place."""
    answers, claims = answers_of(call), _claims_of(call)
    if outcome.status is Status.DONE:
        letters = _prompt_of(call, model_of(call, call.model)).letters
        try:
            found = parse_support(outcome.reply.text, claims, answers, letters)
            return Conclusion(outcome, verdict=Opinion(claims=found))
        except BadReply as error:
            failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The support could not be read: {error}")
            outcome = replace(outcome, status=Status.FAILED, failure=failure)
    return Conclusion(outcome, verdict=Opinion(claims=supported_by_words(claims, answers)))


def _claims_of(call: Call) -> tuple[Claim, ...]:
    opinion = inputs_of(call, Role.CLAIMS)[-1].output.verdict
    return opinion.claims if opinion else ()


@once_for_model
def _prompt_of(call: Call, model: Model) -> ArbiterPrompt:
    return arbiter_prompt(
        run_conversation(call),
        answers_of(call),
        call.run.recipe.seed,
        _claims_of(call),
        room_of(model, run_conversation(call)),
        model.sees_images,
    )


SUPPORT = CallRole(messages=messages, schema=schema, conclude=conclude)
