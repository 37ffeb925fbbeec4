"""The writer's role: write one answer from the answers of the panel and the judge's analysis."""

import logging
from typing import Any

from apps.catalogue.models import Model
from apps.fusion.comparing.overlap import closest
from apps.fusion.comparing.passages import index_answers, supporters
from apps.fusion.comparing.provenance import Provenance, trace
from apps.fusion.judging.findings import Analysis
from apps.fusion.opinions import Claim
from apps.fusion.prompting import prompts
from apps.fusion.prompting.answer_format import object_schema
from apps.fusion.prompting.guidance import guidance_text, with_guidance
from apps.fusion.prompting.lookups import WRITER_RULES, with_system
from apps.fusion.prompting.prompts import Writer, WriterPrompt
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.values import Message, Reply
from apps.fusion.vocabulary import Builtin, FinishReason, PromptStyle, Role, Status
from apps.markdown.rendering import render_answer, render_markdown
from apps.runs.execution.inputs import (
    answer_format_of,
    answers_of,
    cited_answers_of,
    guidance_of,
    inputs_of,
    request_of,
    room_of,
    run_conversation,
    tools_of,
    without_sources,
)
from apps.runs.execution.roles.answer_format import ask_for_form, check_form
from apps.runs.execution.roles.role import Ahead, CallRole, Conclusion, once_for_model
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call

log = logging.getLogger(__name__)


def messages(call: Call, model: Model) -> tuple[Message, ...]:
    """Return the answers, the analysis and the form of the answer, as this model is prompted."""
    prompt = _prompt_of(call, model).messages
    if call.may_cite and model.style is PromptStyle.CHAT:
        prompt = with_system(prompt, WRITER_RULES)
    return ask_for_form(call, prompt)


def schema(call: Call, _model: Model) -> dict[str, Any] | None:
    """Return the schema of the answer, if it has one."""
    return object_schema(answer_format_of(call))


def conclude(call: Call, outcome: Outcome, ahead: Ahead | None = None) -> Conclusion:
    """Render the text with the slots that support its passages; also one that broke off or missed its form."""
    model = call.models_by_reference.get(call.model)
    coverage = _prompt_of(call, model).coverage if model else {}
    html, provenance = _rendered(call, outcome.reply.text, ahead)
    return Conclusion(check_form(call, outcome), html=html, coverage=coverage, provenance=provenance)


def perform_builtin(call: Call) -> Conclusion:
    """Return the answer of each field's winner, as the vote has it, or the one closest to the others, word for word."""
    answers = answers_of(call)
    text = _composed_of(call) if call.model == Builtin.FIELDS else answers[closest(without_sources(call, answers))]
    outcome = Outcome(Status.DONE, Reply(text=text, finish_reason=FinishReason.STOP), text_changed=True)
    html, provenance = _rendered(call, text)
    return Conclusion(outcome, html=html, provenance=provenance)


def _composed_of(call: Call) -> str:
    """Return the answer of each field's winner; raises ``ValueError`` for a run whose vote made none."""
    ballot = call.run.ballot
    if ballot is None or ballot.composed is None or not ballot.composed.text:
        raise ValueError("There is no vote by fields.")
    return ballot.composed.text


def read_ahead(call: Call) -> Ahead:
    """Index the answers with which the writer's text will be compared: 0.2 to 0.4 s of CPU for three long ones.

    To switch this off, leave ``read_ahead`` out of :data:`SYNTHESIS`; :func:`conclude` then does it.
    """
    return index_answers(without_sources(call, answers_of(call)))


@once_for_model
def _prompt_of(call: Call, model: Model) -> WriterPrompt:
    """Return the prompt of a synthesis call, for this model's context and style."""
    analysis = _analysis_of(call)
    has_tools = tools_of(call) is not None
    # A small model is asked the question alone, with the answers as all that it reads.
    whole = run_conversation(call) if model.style is PromptStyle.CHAT else call.run.messages
    conversation = whole if has_tools else as_text(whole)
    asked, room = guidance_of(call), room_of(model, conversation)
    added = len(guidance_text((), asked.instructions, asked.rulings, model.style))
    left = None if room is None else max(0, room - added)
    prompt = prompts.writer_prompt(
        conversation,
        analysis,
        cited_answers_of(call),
        Writer(model.style, left, sees_images=model.sees_images, has_tools=has_tools),
        answer_format_of(call),
        seed=call.run.recipe.seed,
        claims=_claims_of(call),
    )
    guided = with_guidance(prompt.messages, asked.instructions, asked.rulings, model.style)
    return prompt.model_copy(update={"messages": guided})


def _claims_of(call: Call) -> tuple[Claim, ...]:
    support = inputs_of(call, Role.SUPPORT)
    opinion = support[-1].output.verdict if support else None
    return opinion.claims if opinion else ()


def _analysis_of(call: Call) -> Analysis | None:
    judges = inputs_of(call, Role.JUDGE)
    return judges[-1].output.analysis if judges else None


def _rendered(call: Call, text: str, ahead: Ahead | None = None) -> tuple[str, Provenance | None]:
    """Return the text as it is shown, with chips and remarks behind its passages, and where these come from."""
    if not text:
        return "", None
    answers, analysis, request = without_sources(call, answers_of(call)), _analysis_of(call), request_of(call)
    compared = without_sources(call, {"": text})[""]
    try:
        said = ahead or index_answers(answers)
        passages = supporters(compared, answers, said)
        provenance = trace(compared, passages, answers, said, analysis.findings if analysis else (), request)
        return render_answer(text, passages, provenance.passages), provenance
    except Exception:  # a fault of ours in comparing must not cost a text that was paid for
        log.exception("The text of call %s could not be compared", call.pk)
        return render_markdown(text), None


SYNTHESIS = CallRole(
    messages=messages,
    schema=schema,
    conclude=conclude,
    perform_builtin=perform_builtin,
    read_ahead=read_ahead,
    schema_is_given=True,
    cuts_loops=True,
)
