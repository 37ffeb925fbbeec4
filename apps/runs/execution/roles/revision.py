"""The role of an author who revises: decide on each issue of a review, and write the answer anew."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.judging.reply import BadReply
from apps.fusion.judging.review_reply import parse_revision
from apps.fusion.opinions import Opinion
from apps.fusion.prompting.guidance import with_guidance
from apps.fusion.prompting.review import RevisionPrompt, revision_prompt
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.markdown.rendering import render_markdown
from apps.runs.execution.inputs import answer_format_of, guidance_of, inputs_of, model_of, room_of, run_conversation
from apps.runs.execution.roles.answer_format import check_form
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the draft with the issues about it, and the person's instructions for the writer."""
    return with_guidance(_prompt_of(call, model).messages, guidance_of(call).instructions)


def schema(_call: Call, _model: Model) -> dict[str, Any] | None:
    """Return ``None``: the answer stands behind the decisions as plain text, which no schema can hold."""
    return None


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Take the text out of a reply, with the decisions; one without a text fails the call with ``bad_reply``."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    mark, reply = _prompt_of(call, model_of(call, call.model)).mark, outcome.reply
    issues = inputs_of(call, Role.REVIEW)[-1].output.verdict
    try:
        revision = parse_revision(reply.text, mark, issues.issues if issues else (), reply.finish_reason)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The revision could not be read: {error}")
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    written = replace(outcome, reply=reply.model_copy(update={"text": revision.text}), text_changed=True)
    verdict = Opinion(decisions=revision.decisions)
    return Conclusion(check_form(call, written), html=render_markdown(revision.text), verdict=verdict)


@once_for_model
def _prompt_of(call: Call, model: Model) -> RevisionPrompt:
    version = next(one for one in call.input_calls if one.pk == call.inputs[0])
    verdict = inputs_of(call, Role.REVIEW)[-1].output.verdict
    return revision_prompt(
        run_conversation(call),
        version.output.text,
        verdict.issues if verdict else (),
        room_of(model, run_conversation(call)),
        model.sees_images,
        answer_format_of(call),
    )


REVISION = CallRole(messages=messages, schema=schema, conclude=conclude)
