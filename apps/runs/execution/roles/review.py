"""The reviewer's role: list the issues of a draft or a revision, each with a quote that stands in it."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.reply import BadReply
from apps.fusion.judging.review_reply import parse_review, review_schema
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.guidance import with_guidance
from apps.fusion.prompting.review import review_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Status
from apps.runs.execution.inputs import asked_of_judge, room_of, run_conversation
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the draft, without names, and the person's criteria and instructions for the judge."""
    asked, room = asked_of_judge(call), room_of(model, run_conversation(call))
    left = None if room is None else max(0, room - len(asked))
    prompt = review_prompt(run_conversation(call), call.input_calls[0].output.text, left, model.sees_images)
    return with_guidance(prompt, asked)


def schema(_call: Call, _model: Model) -> dict[str, Any]:
    """Return the schema of a list of issues."""
    return review_schema()


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the issues in a reply; one that cannot be read fails the call with ``bad_reply``, and is not repaired."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    try:
        review = parse_review(outcome.reply.text, call.input_calls[0].output.text)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The review could not be read: {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    return Conclusion(outcome, verdict=Opinion(issues=review.issues, dropped=review.dropped))


REVIEW = CallRole(messages=messages, schema=schema, conclude=conclude)
