"""The results of calls: what is made of what came back. Heavy, so it happens outside of any transaction."""

from dataclasses import replace
from decimal import Decimal

from apps.fusion.comparing.overlap import closest, degraded, overlap
from apps.fusion.comparing.passages import index_answers, supporters
from apps.fusion.cost import cost_of
from apps.fusion.judging.findings import Analysis
from apps.fusion.judging.reply import BadReply, parse_reply
from apps.fusion.repetition import is_looping, trim_loop
from apps.fusion.values import Failure, Reply, Usage
from apps.fusion.vocabulary import AnalysisStatus, Builtin, CostSource, FailureCode, FinishReason, Role, Status
from apps.markdown.rendering import render_answer
from apps.runs.execution.inputs import answers_of, judge_prompt_of, model_of, repaired_call, writer_prompt_of
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call
from apps.runs.spending.metering import cost_of_earlier_attempts, price_for, total_cost, used


def build_result(call: Call, outcome: Outcome) -> Result:
    """What is made of a call's outcome: usage and cost, the analysis of a judge, the writer's text with its supporters.

    The text of a panel call is rendered when its run has gone on (``background.py``).
    """
    outcome = _normalised(call, outcome)
    analysis = None
    if call.role == Role.JUDGE and outcome.status is Status.DONE:
        outcome, analysis = _analysed(call, outcome)
    return _priced(call, outcome, analysis, _render(call, outcome.reply.text))


def read_ahead(call: Call) -> None:
    """While a writer is at work, read what its text will be compared with."""
    call.said = index_answers(answers_of(call))


def perform_builtin(call: Call) -> Result:
    """The work of the models that live in this program."""
    answers = answers_of(call)
    if call.model == Builtin.CLOSEST:
        text = answers[closest(answers)]
        outcome = Outcome(Status.DONE, Reply(text=text, finish_reason=FinishReason.STOP), text_changed=True)
        return _free_result(outcome, _render(call, text))
    analysis = overlap(answers)
    if call.run.resolved.judge != Builtin.OVERLAP:
        analysis = degraded(analysis, _why_fallback(call))
    return _free_result(Outcome(Status.DONE, Reply(finish_reason=FinishReason.STOP)), "", analysis)


def unsendable_result(call: Call, failure: Failure) -> Result:
    """The result of a call that did not leave, this time."""
    outcome = Outcome(Status.FAILED, Reply(), failure=failure, attempts=call.requests)
    return Result(outcome, Usage(), cost_of_earlier_attempts(call, call.requests), CostSource.COMPUTED)


def failed_result(call: Call, outcome: Outcome | None) -> Result:
    """What is kept of a call whose result could not be made: its text, as it came, with a failure."""
    sentence = "Something went wrong inside FusionWeb after the answer came; the log of the worker has the details."
    failure = Failure(code=FailureCode.UNEXPECTED_ERROR, sentence=sentence)
    kept = outcome or Outcome(Status.FAILED, Reply(), attempts=call.requests)
    usage = kept.reply.usage
    cost, source = total_cost(call, kept.attempts, usage, *cost_of(usage, None, kept.reply.cost))
    return Result(replace(kept, status=Status.FAILED, failure=failure), usage, cost, source)


def _coverage(call: Call) -> dict[str, float]:
    """How much of each answer a writer saw (0 to 1); a judge's is in its analysis."""
    model = call.candidates.get(call.model) if call.role == Role.SYNTHESIS else None
    return writer_prompt_of(call, model).coverage if model else {}


def _why_fallback(call: Call) -> str:
    judges = Call.objects.filter(run=call.run, role=Role.JUDGE, take__lt=call.take).order_by("-take")
    return next((judge.failure_sentence for judge in judges if judge.failure_sentence), "The judge gave no analysis.")


def _normalised(call: Call, outcome: Outcome) -> Outcome:
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
    prompt = judge_prompt_of(call, model_of(call, call.model))
    try:
        analysis = parse_reply(outcome.reply.text, answers, prompt.letters, call.model)
    except BadReply as error:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence=f"The judge's reply could not be read: {error}")
        return replace(outcome, status=Status.FAILED, failure=failure), None
    if repaired_call(call):
        note = f"The judge's first reply could not be read; this is its second. {analysis.note}".strip()
        analysis = analysis.model_copy(update={"status": AnalysisStatus.REPAIRED, "note": note})
    return outcome, analysis.model_copy(update={"coverage": prompt.coverage})


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
    cost, source = total_cost(call, attempts, usage, cost, source)
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


def _free_result(outcome: Outcome, html: str, analysis: Analysis | None = None) -> Result:
    return Result(outcome, Usage(), Decimal(0), CostSource.COMPUTED, html, analysis)
