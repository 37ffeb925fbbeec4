"""Filling the catalogue from the environment, against a real endpoint."""

import pytest

from apps.catalogue.connect import connect
from apps.catalogue.models import Model, Preset, Provider
from apps.catalogue.presets import visible_to
from apps.catalogue.queries import available_models, endpoint_of, find_model
from apps.catalogue.recipes import recipe_of_preset
from tests.factories import make_user
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db

LOCAL = {"LOCAL_MODELS": "smollm2-135m=http://127.0.0.1:9001/v1 gemma3-270m=http://127.0.0.1:9002/v1"}


@pytest.fixture
def upstream():
    server = Upstream()
    server.start()
    server.serve("/api/tags", {"models": []})
    yield server
    server.stop()


def presets_now():
    return visible_to(make_user("alice"))


def listing(*models):
    rows = [{"id": name, "pricing": {"prompt": str(i), "completion": str(o)}} for name, i, o in models]
    return {"data": rows}


HOSTED = listing(
    ("anthropic/claude-opus-9", 0.000015, 0.000075),
    ("anthropic/claude-haiku-9", 0.000001, 0.000005),
    ("openai/gpt-9", 0.00001, 0.00003),
    ("google/gemini-9-pro", 0.000002, 0.000012),
    ("mistralai/mistral-large-9", 0.000002, 0.000006),
    ("openai/text-embedding-9", 0.0000001, 0),
    ("openai/gpt-9-ultra", 0.0005, 0.005),
)


def custom(upstream):
    return {"OPENAI_BASE_URL": upstream.url, "OPENAI_API_KEY": "sk-secret", "OLLAMA_HOST": upstream.root}


def test_local_models_make_the_local_preset(upstream):
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})

    local = Preset.objects.get(slug="local")
    assert [preset.slug for preset in presets_now()] == ["local"]
    assert [slot.model for slot in local.slots] == ["local/smollm2-135m", "local/smollm2-135m", "local/gemma3-270m"]
    assert {slot.parameters.max_tokens for slot in local.slots} == {150}
    assert (local.judge, local.writer) == ("builtin/overlap", "local/smollm2-135m")
    assert endpoint_of(find_model("local/gemma3-270m")).base_url == "http://127.0.0.1:9002/v1"


def test_key_opens_home_on_three_makers_with_a_judge_of_a_fourth(upstream):
    upstream.serve("/v1/models", HOSTED)

    connect({**LOCAL, **custom(upstream)})

    first = presets_now()[0]
    assert first.slug == "quality"
    assert [slot.model for slot in first.slots] == [
        "custom/anthropic/claude-opus-9",
        "custom/openai/gpt-9",
        "custom/google/gemini-9-pro",
    ]
    assert (first.judge, first.writer) == ("auto", "auto")
    assert recipe_of_preset(first).judge == "custom/mistralai/mistral-large-9"


def test_what_is_no_chat_model_is_left_out(upstream):
    upstream.serve("/v1/models", HOSTED)

    connect(custom(upstream))

    assert [model.name for model in available_models() if "embedding" in model.name] == []


def test_endpoint_without_prices_makes_the_connected_preset(upstream):
    upstream.serve("/v1/models", {"data": [{"id": "one"}, {"id": "two"}]})

    connect(custom(upstream))

    assert [(preset.slug, len(preset.slots)) for preset in presets_now()] == [("connected", 2)]


def test_key_is_sent_but_stored_nowhere(upstream):
    connect(custom(upstream))

    stored = [str(list(model.objects.values())) for model in (Provider, Model, Preset)]
    assert [text for text in stored if "sk-secret" in text] == []
    assert Provider.objects.get(slug="custom").api_key_env == "OPENAI_API_KEY"


def test_endpoint_that_is_down_keeps_what_was_known_and_says_so(upstream):
    upstream.serve("/v1/models", HOSTED)
    connect(custom(upstream))
    before = [model.reference for model in available_models()]
    upstream.serve("/v1/models", {"error": {"message": "down"}}, status=503)

    lines = connect(custom(upstream))

    assert [model.reference for model in available_models()] == before
    assert [line for line in lines if "cannot list its models now" in line] != []


def test_provider_that_is_no_longer_configured_is_not_offered_but_kept(upstream):
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})

    connect({"OLLAMA_HOST": upstream.root})

    assert (available_models(), presets_now()) == ([], [])
    assert Model.objects.count() == 2


def test_running_ollama_is_found(upstream):
    upstream.serve("/api/tags", {"models": [{"name": "llama9:8b"}]})
    upstream.serve("/v1/models", {"data": [{"id": "llama9:8b"}]})

    connect({"OLLAMA_HOST": upstream.root})

    model = find_model("ollama/llama9:8b")
    assert (model.price.input, model.price.output) == (0, 0)


def test_connecting_again_changes_no_version(upstream):
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})

    assert Preset.objects.get(slug="local").version == 1
