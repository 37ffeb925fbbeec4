"""The inputs of a call: the answers that it reads, and the prompts that are made of them."""

from apps.catalogue.models import Model
from apps.fusion.judging.findings import Analysis
from apps.fusion.prompting import prompts
from apps.fusion.prompting.prompts import JudgePrompt, WriterPrompt
from apps.fusion.values import AnswerFormat, Failure
from apps.fusion.vocabulary import FailureCode, PromptStyle, Role
from apps.runs.models import Call

CHARACTERS_PER_TOKEN = 3
"""Cautious: English has about four, other languages and code fewer."""
ROOM_FOR_REPLY = 0.3
"""The share of a context that is left for the reply and the instructions."""


class CannotSend(Exception):
    """A call that cannot be sent at all; carries the failure."""

    def __init__(self, code: FailureCode, sentence: str) -> None:
        self.failure = Failure(code=code, sentence=sentence)
        super().__init__(sentence)


def answers_of(call: Call) -> dict[str, str]:
    """The panel answers that a judge or synthesis call reads, by slot."""
    answers = {answer.slot: answer.text for answer in call.read if answer.role == Role.PANEL}
    return dict(sorted(answers.items()))


def model_of(call: Call, reference: str) -> Model:
    """The connected model of a reference; raises :class:`CannotSend` if there is none any more."""
    model = call.candidates.get(reference)
    if model is None or not model.can_be_asked:
        sentence = f"The model “{reference}” is no longer connected. Retry with another, or connect its provider again."
        raise CannotSend(FailureCode.INVALID_MODEL, sentence)
    return model


def answer_format_of(call: Call) -> AnswerFormat | None:
    """The form that this call's text must have: that of the answer, for the writer and for a model asked alone."""
    recipe = call.run.resolved
    is_answer = call.role == Role.SYNTHESIS or (call.role == Role.PANEL and len(recipe.panel) == 1)
    return recipe.answer_format if is_answer else None


def judge_prompt_of(call: Call, model: Model) -> JudgePrompt:
    """The prompt of a judge call, for this model's context."""
    recipe = call.run.resolved
    return prompts.judge_prompt(
        call.run.conversation, answers_of(call), recipe.criteria, recipe.seed, room=_room(model)
    )


def writer_prompt_of(call: Call, model: Model) -> WriterPrompt:
    """The prompt of a synthesis call, for this model's context and style."""
    read, style = (_analysis_read(call), answers_of(call)), PromptStyle(model.style)
    return prompts.writer_prompt(call.run.conversation, *read, style, _room(model), answer_format_of(call))


def _room(model: Model) -> int | None:
    """Characters of prompt that fit the model's context, if that is known."""
    if model.context_length is None:
        return None
    return int(model.context_length * (1 - ROOM_FOR_REPLY) * CHARACTERS_PER_TOKEN)


def _analysis_read(call: Call) -> Analysis | None:
    judge = next((one for one in reversed(call.read) if one.role == Role.JUDGE), None)
    return judge.findings_of_judge if judge else None


def repaired_call(call: Call) -> Call | None:
    """The judge call whose reply a call is to repair."""
    return next((one for one in call.read if one.role == Role.JUDGE), None)
