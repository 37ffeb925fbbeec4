"""The time that models on this machine need to read a prompt, said before it is sent: it may be minutes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from apps.catalogue.models import Model
from apps.catalogue.recipes.estimates import prompt_tokens
from apps.catalogue.recipes.warnings import LLAMA_CPP, ON_THIS_MACHINE
from apps.fusion.strategies import planned_calls
from apps.fusion.values import Message, PlannedCall, Recipe
from apps.fusion.vocabulary import PromptStyle

LEAST_S = 8
"""Seconds that nobody has to be told of."""
SMALL_WRITER_TOKENS = 800
"""The most that a small model is given to write from."""


def reading_times(recipe: Recipe, messages: Sequence[Message], models: Mapping[str, Model]) -> Iterator[str]:
    """Yield a sentence if reading the prompt on this machine takes long, as far as its models' speed was measured."""
    seconds = reading_seconds(recipe, prompt_tokens(messages), models)
    if seconds >= LEAST_S:
        yield f"Reading this prompt takes {in_words(seconds)} on this machine; writing comes on top."


def reading_seconds(recipe: Recipe, tokens: int, models: Mapping[str, Model]) -> float:
    """Return the seconds for reading, stage after stage; 0 where no speed is known.

    In a stage each server reads for itself, one prompt after the other; of calls with the same prompt to one model
    llama.cpp reads it once.
    """
    stages: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    read: set[tuple[str, str]] = set()
    for call in planned_calls(recipe):
        model = models.get(call.model)
        if model is None or model.provider.slug not in ON_THIS_MACHINE or not model.prompt_speed:
            continue
        is_shared = model.provider.slug == LLAMA_CPP and not call.reads
        if is_shared and (call.stage, call.model) in read:
            continue
        read.add((call.stage, call.model))
        server = model.base_url or model.provider.base_url
        stages[call.stage][server] += _tokens_of(call, tokens, model) / model.prompt_speed
    return sum(max(servers.values()) for servers in stages.values())


def in_words(seconds: float) -> str:
    """Return a length of time as people say it: ``about 20 s``, ``about 2 min``."""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {max(1, round(seconds / 60))} min"


def _tokens_of(call: PlannedCall, tokens: int, model: Model) -> int:
    """Return the tokens that a call reads of a prompt: what does not fit into the context is not read."""
    if call.reads and model.style != PromptStyle.CHAT:
        tokens = min(tokens, SMALL_WRITER_TOKENS)
    return min(tokens, model.context_length or tokens)
