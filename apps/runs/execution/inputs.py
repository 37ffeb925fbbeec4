"""The inputs of a call: the answers that it reads, the model that it asks, and the form of its text."""

from collections.abc import Mapping, Sequence

from apps.catalogue.access import is_visible
from apps.catalogue.models import Model
from apps.fusion.citations import vendor_marked, without_marks
from apps.fusion.prompting.files import with_files
from apps.fusion.prompting.guidance import guidance_of_recipe
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.strategies import strategy_of, tools_for
from apps.fusion.tokens import IMAGE_TOKENS, characters_per_token
from apps.fusion.tools import ToolSet
from apps.fusion.values import AnswerFormat, Failure, Guidance, Message
from apps.fusion.vocabulary import CitationOrigin, FailureCode, FinishReason, Role, Status
from apps.runs.models import Call, Citation, Source

ROOM_FOR_REPLY = 0.3
"""The share of a context that is left for the reply and the instructions."""

BROKEN_OFF = {
    FinishReason.LENGTH: "its author reached a limit of length",
    FinishReason.CONTENT_FILTER: "a filter stopped its author",
    FinishReason.LOOP: "its author repeated itself and was stopped",
}
"""Why an answer ends before its end, half a sentence for a judge."""


class CannotSend(Exception):
    """A call that cannot be sent at all; carries the failure."""

    def __init__(self, code: FailureCode, sentence: str) -> None:
        self.failure = Failure(code=code, sentence=sentence)
        super().__init__(sentence)


def inputs_of(call: Call, role: Role) -> list[Call]:
    """Return the calls of a role among those that a call reads, oldest first."""
    return [one for one in call.input_calls if one.role == role]


def answers_of(call: Call) -> dict[str, str]:
    """Return the panel answers that a call reads, by slot in alphabetical order."""
    return dict(sorted((answer.slot, answer.output.text) for answer in inputs_of(call, Role.PANEL)))


def cited_answers_of(call: Call) -> dict[str, str]:
    """Return the same as a writer reads them: with marks also where a vendor, and not the model, names a source."""
    if call.run.recipe.web is None:
        return answers_of(call)
    panel = {one.pk: one for one in inputs_of(call, Role.PANEL)}
    cited: dict[int, list[Citation]] = {}
    for one in Citation.objects.filter(call__in=panel, origin=CitationOrigin.VENDOR).order_by("pk"):
        cited.setdefault(one.call_id, []).append(one)
    marked = ((one.slot, vendor_marked(one.output.text, cited.get(pk, ()))) for pk, one in panel.items())
    return dict(sorted(marked))


def sources_of(call: Call) -> frozenset[int]:
    """Return the numbers of the sources that the answers of a call's run may cite."""
    if call.run.recipe.web is None and not call.run.has_files:
        return frozenset()
    return frozenset(Source.objects.filter(run=call.run_id).values_list("number", flat=True))


def without_sources(call: Call, texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts of a call's run as they are compared: as long, with spaces for the marks of its sources."""
    sources = sources_of(call)
    return {slot: without_marks(text, sources) if sources else text for slot, text in texts.items()}


def broken_off_of(call: Call) -> dict[str, str]:
    """Return why panel answers that a call reads end before their end, by slot."""
    reasons = {
        answer.slot: (answer.finish_reason and BROKEN_OFF.get(answer.finish_reason))
        if answer.status == Status.DONE
        else "it was stopped before its author was done"
        for answer in inputs_of(call, Role.PANEL)
    }
    return {slot: reason for slot, reason in reasons.items() if reason}


def conversation_of(call: Call) -> tuple[Message, ...]:
    """Return the conversation that a panel call is sent: its run's as its column has it.

    Files are words; calls of tools and their results too, but for a model that answers alone and may call tools itself.
    """
    conversation = with_files(call.own_messages)
    return conversation if tools_of(call) else as_text(conversation)


def run_conversation(call: Call) -> tuple[Message, ...]:
    """Return the conversation of a call's run as judges and writers are told it, with the text of its files."""
    return with_files(call.run.messages)


def request_of(call: Call) -> str:
    """Return the newest question of the run that a call belongs to, in the words of its column."""
    return as_text(call.own_messages[-1:])[0].text


def model_of(call: Call, reference: str) -> Model:
    """Return the connected model of a reference; raises :class:`CannotSend` if there is none any more.

    One that the run's owner may not use counts as none, however its name came into the run: it may be imported.
    """
    model = call.models_by_reference.get(reference)
    if model is None or not model.can_be_asked or not is_visible(model.provider, call.run.owner):
        sentence = f"The model “{reference}” is no longer connected. Retry with another, or connect its provider again."
        raise CannotSend(FailureCode.INVALID_MODEL, sentence)
    return model


def answer_format_of(call: Call) -> AnswerFormat | None:
    """Return the form that this call's text must have, ``None`` if it is not the one that writes the answer."""
    recipe = call.run.recipe
    return recipe.answer_format if call.role in strategy_of(recipe).answer_roles else None


def tools_of(call: Call) -> ToolSet | None:
    """Return the tools of the client that this call may ask for, ``None`` if there are none or another call answers."""
    return tools_for(call.run.recipe, Role(call.role), call.run.tools)


def guidance_of(call: Call) -> Guidance:
    """Return what a judge or writer is to heed beside its task: a person's own wish for this call, else the recipe."""
    return guidance_of_recipe(call.run.recipe, Role(call.role)) if call.guidance is None else call.guidance


def asked_of_judge(call: Call) -> str:
    """Return what the person asks of a call that assesses answers in a judge's place: criteria and instructions."""
    guidance = guidance_of(call)
    return "\n\n".join(filter(None, [guidance.criteria.strip(), guidance.instructions.strip()]))


def room_of(model: Model, conversation: Sequence[Message] = ()) -> int | None:
    """Return the characters of prompt that fit the model's context, ``None`` if that is not known.

    The images of a conversation take room too if the model is sent them. What is written about it is taken to be in its
    script: an ideograph takes the room of three letters.
    """
    if model.context_length is None:
        return None
    images = sum(len(message.images) for message in conversation) if model.sees_images else 0
    tokens = model.context_length * (1 - ROOM_FOR_REPLY) - images * IMAGE_TOKENS
    return int(tokens * characters_per_token("".join(message.text for message in conversation)))
