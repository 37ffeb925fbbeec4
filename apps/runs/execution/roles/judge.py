"""The judge's role: compare the answers, and reply with an analysis that can be read by programs."""

from dataclasses import replace
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.answers.bottom_lines import with_bottom_lines
from apps.fusion.comparing.overlap import degraded, overlap
from apps.fusion.judging.analysis import judge_schema
from apps.fusion.judging.reply import BadReply, parse_reply
from apps.fusion.prompting import prompts
from apps.fusion.prompting.guidance import guidance_text, with_guidance
from apps.fusion.prompting.lookups import with_cited
from apps.fusion.prompting.prompts import JudgePrompt
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.source_marks import names_sources, with_source_marks
from apps.fusion.strategies import strategy_of
from apps.fusion.values import Failure, Message, Reply
from apps.fusion.vocabulary import AnalysisStatus, FailureCode, FinishReason, Role, Status
from apps.runs.execution.inputs import (
    answers_of,
    broken_off_of,
    guidance_of,
    inputs_of,
    model_of,
    request_of,
    room_of,
    run_conversation,
    sources_of,
    without_sources,
)
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.lookups import cited_by, texts_of_sources
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the answers under shuffled letters; for a repair also the earlier reply and what is wrong with it."""
    prompt, earlier = _prompt_of(call, model), _repaired_call(call)
    return prompts.repair_prompt(prompt, earlier.output.text, earlier.failure_sentence) if earlier else prompt.messages


def schema(call: Call, model: Model) -> dict[str, Any]:
    """Return the schema of an analysis of these letters by the run's criteria."""
    criteria = prompts.criteria_list(guidance_of(call).criteria)
    return judge_schema(sorted(_prompt_of(call, model).letters), criteria)


def conclude(call: Call, outcome: Outcome, _ahead: Ahead | None = None) -> Conclusion:
    """Read the analysis in a reply; one that cannot be read fails the call with ``bad_reply``."""
    if outcome.status is not Status.DONE:
        return Conclusion(outcome)
    prompt = _prompt_of(call, model_of(call, call.model))
    # Of the second reply anything is better than nothing; of the first most must be usable, or it is asked for again.
    is_last = _repaired_call(call) is not None
    reply = outcome.reply
    try:
        analysis = parse_reply(
            reply.text, answers_of(call), prompt.letters, call.model, reply.finish_reason, accepts_little=is_last
        )
        # What the answers conclude is read by rules as well, whatever the judge makes of it.
        analysis = with_bottom_lines(analysis, without_sources(call, answers_of(call)), request_of(call))
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=str(error))
        return Conclusion(replace(outcome, status=Status.FAILED, failure=failure))
    if is_last:
        note = f"The judge's first reply could not be read; this is its second. {analysis.note}".strip()
        analysis = analysis.model_copy(update={"status": AnalysisStatus.REPAIRED, "note": note})
    if names_sources(analysis):
        analysis = with_source_marks(analysis, texts_of_sources(call.run))
    return Conclusion(outcome, analysis.model_copy(update={"coverage": prompt.coverage}))


def perform_builtin(call: Call) -> Conclusion:
    """Compare the words of the answers; degraded where that stands in for a judge."""
    analysis, recipe = overlap(answers_of(call), sources_of(call), request_of(call)), call.run.recipe
    is_meant = call.guidance is not None or strategy_of(recipe).is_planned(recipe, Role.JUDGE, call.model)
    if not is_meant:
        # The reason is that of the newest judge that failed, if one says why.
        judges = Call.objects.filter(run=call.run, role=Role.JUDGE, take__lt=call.take).order_by("-take")
        reasons = (judge.failure_sentence for judge in judges if judge.failure_sentence)
        analysis = degraded(analysis, next(reasons, "The judge gave no analysis."))
    return Conclusion(Outcome(Status.DONE, Reply(finish_reason=FinishReason.STOP)), analysis)


@once_for_model
def _prompt_of(call: Call, model: Model) -> JudgePrompt:
    """Return the prompt of a judge call, cut to this model's context."""
    conversation = as_text(run_conversation(call))
    asked, room = guidance_of(call), room_of(model, conversation)
    added = len(guidance_text((), asked.instructions))
    prompt = prompts.judge_prompt(
        conversation,
        answers_of(call),
        asked.criteria,
        call.run.recipe.seed,
        room=None if room is None else max(0, room - added),
        sees_images=model.sees_images,
        broken_off=broken_off_of(call),
        order=asked.order,
    )
    messages = with_guidance(prompt.messages, asked.instructions)
    if call.run.recipe.web or call.run.has_files:
        messages = with_cited(messages, cited_by(call.run, call.inputs))
    return prompt.model_copy(update={"messages": messages})


def _repaired_call(call: Call) -> Call | None:
    """Return the judge call whose reply this one is to repair, if any."""
    return next(iter(inputs_of(call, Role.JUDGE)), None)


JUDGE = CallRole(messages=messages, schema=schema, conclude=conclude, perform_builtin=perform_builtin)
