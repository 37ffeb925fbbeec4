"""The form of an answer, for the roles that may write it: it is checked when the text is whole, and repaired once."""

from dataclasses import replace

from apps.fusion.prompting import prompts
from apps.fusion.prompting.answer_format import BadAnswer, UncheckedAnswer, checked
from apps.fusion.values import Failure, Message
from apps.fusion.vocabulary import FailureCode, FinishReason, Status
from apps.runs.execution.inputs import answer_format_of, inputs_of
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call

WHOLE = (FinishReason.STOP, FinishReason.UNKNOWN)
"""Endings after which a text could have its form. One that was cut off, or refused, would be so again."""


def check_form(call: Call, outcome: Outcome) -> Outcome:
    """Return the outcome of a call that writes the answer; a text that misses its form fails with ``bad_reply``."""
    answer_format = answer_format_of(call)
    is_whole = outcome.status is Status.DONE and outcome.reply.finish_reason in WHOLE
    if answer_format is None or not is_whole or outcome.reply.tool_calls:
        return outcome
    try:
        checked(outcome.reply.text, answer_format)
    except UncheckedAnswer:
        return outcome
    except BadAnswer as error:
        sentence = f"The text does not have the form that was asked for. {error}"
        return replace(outcome, status=Status.FAILED, failure=Failure(code=FailureCode.BAD_REPLY, sentence=sentence))
    return outcome


def ask_for_form(call: Call, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return the messages of a call; for a repair also the text that missed its form, and the validator's errors."""
    earlier = next(iter(inputs_of(call, call.role)), None)
    if earlier is None:
        return messages
    return prompts.reform_prompt(messages, earlier.output.text, earlier.failure_sentence)
