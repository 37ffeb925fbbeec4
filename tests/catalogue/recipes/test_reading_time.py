"""The time that models on this machine need to read a prompt, before it is sent."""

import pytest

from apps.catalogue.models import Model, Provider
from apps.catalogue.recipes.reading_time import in_words, reading_seconds, reading_times
from apps.catalogue.recipes.resolve import models_of
from apps.fusion.values import Message
from apps.fusion.vocabulary import PromptStyle
from tests.factories import GEMMA, SMOL, make_hosted_models, make_local_models, make_recipe

pytestmark = pytest.mark.django_db

ANVIL, BIRCH = "router/anvil-1", "router/birch-1"


@pytest.fixture
def models() -> None:
    """Two local models on servers of their own, of 100 and 50 tokens a second, and hosted ones."""
    make_local_models()
    make_hosted_models()
    Model.objects.filter(reference=SMOL).update(prompt_speed=100, base_url="http://127.0.0.1:8/v1", context_length=4096)
    Model.objects.filter(reference=GEMMA).update(prompt_speed=50, context_length=4096)


def seconds(recipe, tokens: int = 3000) -> float:
    return reading_seconds(recipe, tokens, models_of(recipe))


@pytest.mark.parametrize(
    "panel, expected",
    [
        ((SMOL, ANVIL), 30),
        ((SMOL, SMOL), 30),  # the same prompt is read once
        ((SMOL, GEMMA), 60),  # each server reads for itself
        ((ANVIL, BIRCH), 0),
    ],
    ids="one same two hosted".split(),
)
def test_panel_is_read_by_each_server(models, panel, expected) -> None:
    assert seconds(make_recipe(*panel, writer=ANVIL)) == expected


def test_prompts_of_one_server_are_read_one_after_the_other(models) -> None:
    Model.objects.filter(reference=GEMMA).update(base_url="http://127.0.0.1:8/v1")

    assert seconds(make_recipe(SMOL, GEMMA, writer=ANVIL)) == 90


def test_server_that_shares_nothing_reads_for_each_column(models) -> None:
    Provider.objects.filter(slug="local").update(slug="ollama")

    assert seconds(make_recipe(SMOL, SMOL, writer=ANVIL)) == 60


def test_judge_and_writer_come_on_top(models) -> None:
    Model.objects.filter(reference=SMOL).update(style=PromptStyle.CHAT)
    chat = seconds(make_recipe(ANVIL, BIRCH, judge=SMOL, writer=SMOL))
    Model.objects.filter(reference=SMOL).update(style=PromptStyle.SMALL)

    assert chat == 60
    assert seconds(make_recipe(ANVIL, BIRCH, writer=SMOL)) == 8  # a small writer is given a part


def test_more_than_a_context_is_not_read_and_what_was_not_measured_not_counted(models) -> None:
    assert seconds(make_recipe(SMOL, ANVIL, writer=ANVIL), 100_000) == 40.96
    Model.objects.update(prompt_speed=None)
    assert seconds(make_recipe(SMOL, GEMMA), 100_000) == 0


@pytest.mark.parametrize("words, said", [(20, []), (9_000, ["about 35 s", "about 1 min", "about 2 min"])])
def test_only_a_long_time_is_said(models, words, said) -> None:
    messages = [Message(role="user", text="stone " * words)]
    recipe = make_recipe(SMOL, SMOL, writer=ANVIL)

    found = list(reading_times(recipe, messages, models_of(recipe)))

    assert len(found) == bool(said)
    assert all("on this machine" in one and "Reading this prompt takes about" in one for one in found)


@pytest.mark.parametrize(
    "length, words",
    [(8, "about 10 s"), (22, "about 20 s"), (54, "about 55 s"), (58, "about 1 min"), (152, "about 3 min")],
)
def test_time_in_words(length, words) -> None:
    assert in_words(length) == words
