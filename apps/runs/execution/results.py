"""The results of calls: what is stored of what came back. Heavy, so it happens outside of any transaction."""

import logging
from dataclasses import replace
from decimal import Decimal

from apps.fusion.citations import Citation, check_citations
from apps.fusion.cost import cost_of, total_usage
from apps.fusion.repetition import is_looping, trim_loop
from apps.fusion.values import Failure, Reply, Usage
from apps.fusion.vocabulary import Billing, CitationOrigin, CostSource, FailureCode, FinishReason, Role, Status
from apps.fusion.wanted_repetition import is_wanted
from apps.runs.execution.inputs import answers_of, request_of
from apps.runs.execution.native_search import FoundNatively, found_natively
from apps.runs.execution.roles import role_of
from apps.runs.execution.roles.role import Ahead, Conclusion
from apps.runs.lifecycle.lookups import sources_of_native_search, texts_of_sources
from apps.runs.lifecycle.outcomes import Outcome, Result
from apps.runs.models import Call
from apps.runs.spending.metering import cost_of_earlier_attempts, price_for, total_cost, used

log = logging.getLogger(__name__)

CITING = (Role.PANEL, Role.SYNTHESIS, Role.SETTLEMENT)
"""The roles whose texts may cite sources; a judge's reply is JSON about answers that do."""

OF_VENDOR = {"origin": CitationOrigin.VENDOR}


def build_result(call: Call, outcome: Outcome, ahead: Ahead | None = None) -> Result:
    """Return what is stored of a call: usage and cost, and what its role makes of the outcome."""
    role = role_of(call)
    conclusion = role.conclude(call, _normalised(call, outcome), ahead)
    outcome, attempts = conclusion.outcome, conclusion.outcome.attempts
    reply = outcome.reply
    last = _last_part(outcome)
    usage = used(call, last, was_answered=_was_answered(outcome), sent=outcome.sent, least_read=outcome.least_read)
    cost, source = cost_of(usage, price_for(call, outcome.answered_by or call.model), reply.cost)
    found = found_natively(call, outcome) if call.may_cite else FoundNatively()
    if found.cost and reply.cost is None:
        cost = found.cost + (cost or 0)
    # What other requests of the same call cost comes on top.
    cost, source = total_cost(attempts, usage, cost, source)
    if steps := [one.usage for one in attempts if one.failure is None and one.usage]:
        usage = total_usage([*steps, usage])
    if usage == Usage():
        # Nothing of its own to show: what the vendor counted for the last request that failed.
        usage = next((one.usage for one in reversed(attempts) if one.usage), usage)
    result = _result(conclusion, usage, cost, source)
    if not call.may_cite:
        return result
    if found.has_unknown_price and reply.cost is None:
        result = replace(result, outcome=_with_doubt(outcome))
    return replace(result, citations=(*_citations(call, outcome), *found.citations), searched=found.searched)


def _with_doubt(outcome: Outcome) -> Outcome:
    """Return an outcome that may have cost more than is known: nobody says what its vendor's searches cost."""
    *before, last = outcome.attempts
    return replace(outcome, attempts=(*before, last.model_copy(update={"billing": Billing.UNCERTAIN})))


def _citations(call: Call, outcome: Outcome) -> tuple[Citation, ...]:
    """Return the citations of an answer, each looked for in the run's copy of its source."""
    if call.role not in CITING or not outcome.reply.text:
        return ()
    try:
        cited = check_citations(outcome.reply.text, texts_of_sources(call.run))
        unread = sources_of_native_search(call.run_id) if cited and call.run.recipe.web else frozenset()
        return tuple(one.model_copy(update=OF_VENDOR) if one.number in unread else one for one in cited)
    except Exception:  # a fault of ours in reading marks must not cost a text that was paid for
        log.exception("The citations of call %s could not be read", call.pk)
        return ()


def _last_part(outcome: Outcome) -> Reply:
    """Return the reply with the text of its last request alone, whose usage it has."""
    if outcome.last_text is None or not any(one.failure is None and one.usage for one in outcome.attempts):
        return outcome.reply
    return outcome.reply.model_copy(update={"text": outcome.last_text, "reasoning": outcome.last_reasoning})


def builtin_result(call: Call) -> Result:
    """Carry out a call to a model that lives in this program, which is free; raises ``ValueError`` if it has none."""
    perform = role_of(call).perform_builtin
    if perform is None:
        raise ValueError(f"There is no built-in model for the role {call.role}.")
    return _result(perform(call), Usage(), Decimal(0), CostSource.COMPUTED)


def unsendable_result(call: Call, failure: Failure) -> Result:
    """Return the result of a call that could not be sent; earlier attempts may have cost something."""
    outcome = Outcome(Status.FAILED, Reply(), failure=failure, attempts=call.attempt_values)
    return Result(outcome, Usage(), cost_of_earlier_attempts(call.attempt_values), CostSource.COMPUTED)


def failed_result(call: Call, outcome: Outcome | None) -> Result:
    """Return what is kept of a call whose result could not be made: its text, as it came, with a failure."""
    sentence = "Something went wrong inside FusionWeb after the answer came; the log of the worker has the details."
    failure = Failure(code=FailureCode.UNEXPECTED_ERROR, sentence=sentence)
    kept = outcome or Outcome(Status.FAILED, Reply(), attempts=call.attempt_values)
    usage = kept.reply.usage
    cost, source = total_cost(kept.attempts, usage, *cost_of(usage, None, kept.reply.cost))
    return Result(replace(kept, status=Status.FAILED, failure=failure), usage, cost, source)


def _result(conclusion: Conclusion, usage: Usage, cost: Decimal | None, source: CostSource) -> Result:
    return Result(
        conclusion.outcome,
        usage,
        cost,
        source,
        html=conclusion.html,
        analysis=conclusion.analysis,
        coverage=conclusion.coverage,
        provenance=conclusion.provenance,
        verdict=conclusion.verdict,
    )


def _normalised(call: Call, outcome: Outcome) -> Outcome:
    """Return the outcome with loops cut and emptiness named."""
    reply = outcome.reply
    looped = reply.finish_reason is FinishReason.LOOP or (
        role_of(call).cuts_loops
        and outcome.status is Status.DONE
        and is_looping(reply.text)
        and not is_wanted(reply.text, request_of(call), answers_of(call).values(), reply.finish_reason)
    )
    if looped:
        reply = reply.model_copy(update={"text": trim_loop(reply.text), "finish_reason": FinishReason.LOOP})
        outcome = replace(outcome, reply=reply, text_changed=True)
    if outcome.status is Status.DONE and not (reply.text.strip() or reply.tool_calls):
        return replace(outcome, status=Status.FAILED, failure=_emptiness(reply))
    return outcome


def _emptiness(reply: Reply) -> Failure:
    if reply.finish_reason in (FinishReason.REFUSAL, FinishReason.CONTENT_FILTER):
        return Failure(code=FailureCode.REFUSED, sentence="The model refused to answer.")
    if reply.reasoning.strip() and reply.finish_reason is not FinishReason.LENGTH:
        sentence = "The model wrote only its reasoning and no answer. Read the reasoning below, or retry."
        return Failure(code=FailureCode.EMPTY, sentence=sentence)
    if reply.finish_reason is FinishReason.LENGTH:
        sentence = "The model used up its output tokens before it wrote an answer. Raise its token limit."
        return Failure(code=FailureCode.EMPTY, sentence=sentence)
    return Failure(code=FailureCode.EMPTY, sentence="The model sent an empty answer.")


def _was_answered(outcome: Outcome) -> bool:
    """Return whether the vendor took the request: also if it was stopped before a word, or the answer was empty."""
    newest = outcome.attempts[-1] if outcome.attempts else None
    last = newest.failure if newest else None
    if outcome.status is Status.CANCELLED:
        # Not if it was stopped while it waited to ask, or while it looked up what a request had asked for.
        is_step = newest is not None and last is None and newest.usage is not None
        return newest is not None and not is_step and (last is None or last.code is FailureCode.CANCELLED)
    if outcome.failure is not None and outcome.failure.code is FailureCode.EMPTY:
        return last is None  # else its attempt has the cost
    return outcome.status is Status.DONE or (
        outcome.failure is not None and outcome.failure.code is FailureCode.REFUSED
    )
