"""What a claimed call sends, and what is made of what came back. Heavy, so it happens outside of any transaction."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings

from apps.catalogue.models import Model
from apps.catalogue.queries import endpoint_of
from apps.fusion import prompts
from apps.fusion.analysis import judge_schema
from apps.fusion.answer_format import strict_schema
from apps.fusion.cost import cost_of
from apps.fusion.findings import Analysis
from apps.fusion.judge_reply import BadReply, parse_reply
from apps.fusion.overlap import closest, degraded, overlap
from apps.fusion.passages import read_answers, supporters
from apps.fusion.prompts import JudgePrompt, WriterPrompt
from apps.fusion.repetition import is_looping, trim_loop
from apps.fusion.values import AnswerFormat, Failure, Message, Reply, Usage
from apps.fusion.vocabulary import (
    AnalysisStatus,
    Builtin,
    CostSource,
    FailureCode,
    FinishReason,
    PromptStyle,
    Role,
    Status,
)
from apps.providers.base import Endpoint, Request, Timeouts
from apps.providers.dialects import Dialect, dropped
from apps.providers.errors import ProviderError
from apps.runs.events_of import started_event
from apps.runs.metering import in_all, price_for, spent_before, used
from apps.runs.models import Call
from apps.runs.rendering import render_answer
from apps.runs.streaming import Outcome, Prepared, Route

CHARACTERS_PER_TOKEN = 3
"""Cautious: English has about four, other languages and code fewer."""
ROOM_FOR_REPLY = 0.3
"""The share of a context that is left for the reply and the instructions."""


class CannotSend(Exception):
    """A call that cannot be sent at all; carries the failure."""

    def __init__(self, code: FailureCode, sentence: str) -> None:
        self.failure = Failure(code=code, sentence=sentence)
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Result:
    """All that is stored of an ended call."""

    outcome: Outcome
    usage: Usage
    cost: Decimal | None
    cost_source: CostSource
    html: str = ""
    analysis: Analysis | None = None
    coverage: dict[str, float] = field(default_factory=dict)


def prepare(call: Call) -> Prepared:
    """The request of a call, from its run, its inputs and the catalogue; raises :class:`CannotSend`.

    Where it is the fallback's turn, the model itself has had its own.
    """
    routes = [_route(call, call.asked)]
    if call.fallback and call.fallback != call.asked:
        with suppress(CannotSend):  # a fallback that has left is no reason not to ask the model itself
            routes.append(_route(call, call.fallback))
    return Prepared(started=started_event(call), routes=tuple(routes), attempts=call.requests)


def _route(call: Call, reference: str) -> Route:
    model = _model(call, reference)
    dialect, endpoint = Dialect(model.provider.dialect), _endpoint(model)
    messages, unseen = _seen_by(model, _messages(call, model))
    request = Request(
        model=model.name,
        messages=messages,
        parameters=call.sampling,
        style=PromptStyle(model.style),
        json_schema=_schema(call, model),
        max_output=model.max_output,
        depth=call.run.resolved.depth + 1,
        timeouts=_timeouts(model),
    )
    return Route(
        reference=model.reference,
        dialect=dialect,
        endpoint=endpoint,
        request=request,
        guard=model.style != PromptStyle.CHAT,
        dropped=(*dropped(dialect, endpoint, request), *unseen),
        is_rationed=model.provider.requests_per_minute is not None,
        is_limited=model.provider.is_limited,
        price=model.price,
    )


def _seen_by(model: Model, messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """The messages as the model can read them, and "images" if some are left out: a model without vision gets text."""
    if model.sees_images or not any(message.images for message in messages):
        return messages, ()
    return tuple(message.model_copy(update={"images": ()}) for message in messages), ("images",)


def _timeouts(model: Model) -> Timeouts:
    """The model's own limits in seconds, else the site's."""
    return Timeouts(
        connect_s=model.connect_s or settings.CONNECT_TIMEOUT,
        first_token_s=model.first_token_s or settings.FIRST_TOKEN_TIMEOUT,
        idle_s=model.idle_s or settings.IDLE_TIMEOUT,
        total_s=model.total_s or settings.TOTAL_TIMEOUT,
    )


def conclude(call: Call, outcome: Outcome) -> Result:
    """What is made of a call's outcome: usage and cost, the analysis of a judge, the writer's text with its supporters.

    The text of a panel call is rendered when its run has gone on (``background.py``).
    """
    outcome = _checked(call, outcome)
    analysis = None
    if call.role == Role.JUDGE and outcome.status is Status.DONE:
        outcome, analysis = _analysed(call, outcome)
    return _priced(call, outcome, analysis, _render(call, outcome.reply.text))


def read_ahead(call: Call) -> None:
    """While a writer is at work, read what its text will be compared with."""
    call.said = read_answers(answers_of(call))


def perform_builtin(call: Call) -> Result:
    """The work of the models that live in this program."""
    answers = answers_of(call)
    if call.model == Builtin.CLOSEST:
        text = answers[closest(answers)]
        outcome = Outcome(Status.DONE, Reply(text=text, finish_reason=FinishReason.STOP), text_changed=True)
        return _free(outcome, _render(call, text))
    analysis = overlap(answers)
    if call.run.resolved.judge != Builtin.OVERLAP:
        analysis = degraded(analysis, _why_fallback(call))
    return _free(Outcome(Status.DONE, Reply(finish_reason=FinishReason.STOP)), "", analysis)


def broken(call: Call, failure: Failure) -> Result:
    """The result of a call that did not leave, this time."""
    outcome = Outcome(Status.FAILED, Reply(), failure=failure, attempts=call.requests)
    return Result(outcome, Usage(), spent_before(call, call.requests), CostSource.COMPUTED)


def salvaged(call: Call, outcome: Outcome | None) -> Result:
    """What is kept of a call whose result could not be made: its text, as it came, with a failure."""
    sentence = "Something went wrong inside FusionWeb after the answer came; the log of the worker has the details."
    failure = Failure(code=FailureCode.UNEXPECTED_ERROR, sentence=sentence)
    kept = outcome or Outcome(Status.FAILED, Reply(), attempts=call.requests)
    usage = kept.reply.usage
    cost, source = in_all(call, kept.attempts, usage, *cost_of(usage, None, kept.reply.cost))
    return Result(replace(kept, status=Status.FAILED, failure=failure), usage, cost, source)


def answers_of(call: Call) -> dict[str, str]:
    """The panel answers that a judge or synthesis call reads, by slot."""
    answers = {answer.slot: answer.text for answer in call.read if answer.role == Role.PANEL}
    return dict(sorted(answers.items()))


def _model(call: Call, reference: str) -> Model:
    model = call.candidates.get(reference)
    if model is None or not model.can_be_asked:
        sentence = f"The model “{reference}” is no longer connected. Retry with another, or connect its provider again."
        raise CannotSend(FailureCode.INVALID_MODEL, sentence)
    return model


def _endpoint(model: Model) -> Endpoint:
    try:
        return endpoint_of(model)
    except ProviderError as error:
        raise CannotSend(error.code, error.sentence) from None


def _messages(call: Call, model: Model) -> tuple[Message, ...]:
    conversation, style = call.run.conversation, PromptStyle(model.style)
    answer_format = _answer_format(call)
    if call.role == Role.PANEL:
        return prompts.in_format(prompts.panel_messages(conversation, style), answer_format)
    if call.role == Role.SYNTHESIS:
        return _writer_prompt(call, model).messages
    prompt = _judge_prompt(call, model)
    earlier = _repaired(call)
    return prompts.repair_prompt(prompt, earlier.text, earlier.failure_sentence) if earlier else prompt.messages


def _answer_format(call: Call) -> AnswerFormat | None:
    """The form that this call's text must have: that of the answer, for the writer and for a model asked alone."""
    recipe = call.run.resolved
    is_answer = call.role == Role.SYNTHESIS or (call.role == Role.PANEL and len(recipe.panel) == 1)
    return recipe.answer_format if is_answer else None


def _schema(call: Call, model: Model) -> dict[str, Any] | None:
    """The schema that the vendor is to hold the model to, if it can."""
    if not model.supports_json_schema:
        return None
    if call.role == Role.JUDGE:
        criteria = prompts.criteria_list(call.run.resolved.criteria)
        return judge_schema(sorted(_judge_prompt(call, model).letters), criteria)
    return strict_schema(_answer_format(call))


def _judge_prompt(call: Call, model: Model) -> JudgePrompt:
    recipe = call.run.resolved
    return prompts.judge_prompt(
        call.run.conversation, answers_of(call), recipe.criteria, recipe.seed, room=_room(model)
    )


def _writer_prompt(call: Call, model: Model) -> WriterPrompt:
    read, style = (_analysis_read(call), answers_of(call)), PromptStyle(model.style)
    return prompts.writer_prompt(call.run.conversation, *read, style, _room(model), _answer_format(call))


def _coverage(call: Call) -> dict[str, float]:
    """How much of each answer a writer saw (0 to 1); a judge's is in its analysis."""
    model = call.candidates.get(call.model) if call.role == Role.SYNTHESIS else None
    return _writer_prompt(call, model).coverage if model else {}


def _room(model: Model) -> int | None:
    """Characters of prompt that fit the model's context, if that is known."""
    if model.context_length is None:
        return None
    return int(model.context_length * (1 - ROOM_FOR_REPLY) * CHARACTERS_PER_TOKEN)


def _analysis_read(call: Call) -> Analysis | None:
    judge = next((one for one in reversed(call.read) if one.role == Role.JUDGE), None)
    return judge.findings_of_judge if judge else None


def _why_fallback(call: Call) -> str:
    judges = Call.objects.filter(run=call.run, role=Role.JUDGE, take__lt=call.take).order_by("-take")
    return next((judge.failure_sentence for judge in judges if judge.failure_sentence), "The judge gave no analysis.")


def _checked(call: Call, outcome: Outcome) -> Outcome:
    """An outcome with loops cut and emptiness named."""
    reply = outcome.reply
    looped = reply.finish_reason is FinishReason.LOOP or (
        call.role == Role.SYNTHESIS and outcome.status is Status.DONE and is_looping(reply.text)
    )
    if looped:
        reply = reply.model_copy(update={"text": trim_loop(reply.text), "finish_reason": FinishReason.LOOP})
        outcome = replace(outcome, reply=reply, text_changed=True)
    if outcome.status is Status.DONE and not reply.text.strip():
        return replace(outcome, status=Status.FAILED, failure=_emptiness(reply))
    return outcome


def _emptiness(reply: Reply) -> Failure:
    if reply.finish_reason in (FinishReason.REFUSAL, FinishReason.CONTENT_FILTER):
        return Failure(code=FailureCode.REFUSED, sentence="The model refused to answer.")
    if reply.finish_reason is FinishReason.LENGTH:
        sentence = "The model used up its output tokens before it wrote an answer. Raise its token limit."
        return Failure(code=FailureCode.EMPTY, sentence=sentence)
    return Failure(code=FailureCode.EMPTY, sentence="The model sent an empty answer.")


def _analysed(call: Call, outcome: Outcome) -> tuple[Outcome, Analysis | None]:
    answers = answers_of(call)
    prompt = _judge_prompt(call, _model(call, call.model))
    try:
        analysis = parse_reply(outcome.reply.text, answers, prompt.letters, call.model)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The judge's reply could not be read: {error}")
        return replace(outcome, status=Status.FAILED, failure=failure), None
    if _repaired(call):
        note = f"The judge's first reply could not be read; this is its second. {analysis.note}".strip()
        analysis = analysis.model_copy(update={"status": AnalysisStatus.REPAIRED, "note": note})
    return outcome, analysis.model_copy(update={"coverage": prompt.coverage})


def _repaired(call: Call) -> Call | None:
    """The judge call whose reply a call is to repair."""
    return next((one for one in call.read if one.role == Role.JUDGE), None)


def _render(call: Call, text: str) -> str:
    """The text of a writer as HTML."""
    if not text or call.role != Role.SYNTHESIS:
        return ""
    return render_answer(text, supporters(text, answers_of(call), call.said))


def _priced(call: Call, outcome: Outcome, analysis: Analysis | None, html: str) -> Result:
    """The result with its cost; what other requests of the same call cost comes on top."""
    reply, attempts = outcome.reply, outcome.attempts
    usage = used(call, reply, was_answered=_was_answered(outcome), sent=outcome.sent)
    cost, source = cost_of(usage, price_for(call, outcome.answered_by or call.model), reply.cost)
    cost, source = in_all(call, attempts, usage, cost, source)
    if usage == Usage():
        usage = next((one.usage for one in reversed(attempts) if one.usage), usage)
    return Result(outcome, usage, cost, source, html, analysis, _coverage(call))


def _was_answered(outcome: Outcome) -> bool:
    """Whether the vendor took the request: also if it was stopped before a word came, or the answer was empty."""
    empty = (FailureCode.EMPTY, FailureCode.REFUSED)
    if outcome.status is Status.CANCELLED:  # not if it was stopped while it waited to ask again
        last = outcome.attempts[-1].failure if outcome.attempts else None
        return last is None or last.code is FailureCode.CANCELLED
    return outcome.status is Status.DONE or (outcome.failure is not None and outcome.failure.code in empty)


def _free(outcome: Outcome, html: str, analysis: Analysis | None = None) -> Result:
    return Result(outcome, Usage(), Decimal(0), CostSource.COMPUTED, html, analysis)
