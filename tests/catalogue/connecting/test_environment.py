"""Filling the catalogue from the environment, against a real endpoint."""

import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from pydantic import SecretStr

from apps.catalogue.connecting import environment as connecting
from apps.catalogue.connecting import listing, price_table
from apps.catalogue.connecting.environment import connect
from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS, environment_names
from apps.catalogue.connecting.listing import write_listing
from apps.catalogue.models import Model, Preset, Provider
from apps.catalogue.queries import available_models, endpoint_of, endpoint_of_provider, find_models
from apps.catalogue.recipes.presets import choosable_presets
from apps.catalogue.recipes.resolve import recipe_of_preset
from apps.catalogue.secrets import Secrets, seal
from apps.fusion.values import Price
from apps.fusion.vocabulary import PriceSource
from apps.providers.base import ListedModel
from tests.factories import make_user
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db

TABLED = price_table.TableEntry(Price(input=Decimal(7), output=Decimal(9)), 5_000)
LOCAL = {"LOCAL_MODELS": "smollm2-135m=http://127.0.0.1:9001/v1 gemma3-270m=http://127.0.0.1:9002/v1"}


@pytest.fixture
def upstream():
    server = Upstream()
    server.start()
    server.serve("/api/tags", {"models": []})
    yield server
    server.stop()


def presets_now():
    return list(choosable_presets(make_user("alice")))


def listed(*models):
    rows = [{"id": name, "pricing": {"prompt": str(i), "completion": str(o)}} for name, i, o in models]
    return {"data": rows}


HOSTED = listed(
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
    assert [slot.model for slot in local.panel] == ["local/smollm2-135m", "local/smollm2-135m", "local/gemma3-270m"]
    assert {slot.parameters.max_tokens for slot in local.panel} == {150}
    assert (local.judge, local.writer) == ("builtin/overlap", "local/smollm2-135m")
    assert endpoint_of(find_models(["local/gemma3-270m"])["local/gemma3-270m"]).base_url == "http://127.0.0.1:9002/v1"


def test_local_model_that_is_no_longer_named_is_not_offered(upstream):
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})
    connect({"LOCAL_MODELS": f"smollm2-135m={upstream.url}", "OLLAMA_HOST": upstream.root})

    assert dict(Model.objects.values_list("name", "is_available")) == {"smollm2-135m": True, "gemma3-270m": False}
    assert presets_now() == []


def test_key_opens_home_on_three_makers_with_a_judge_of_a_fourth(upstream):
    upstream.serve("/v1/models", HOSTED)

    connect({**LOCAL, **custom(upstream)})

    first = presets_now()[0]
    assert first.slug == "quality"
    assert [slot.model for slot in first.panel] == [
        "custom/anthropic/claude-opus-9",
        "custom/openai/gpt-9",
        "custom/google/gemini-9-pro",
    ]
    assert (first.judge, first.writer) == ("auto", "auto")
    assert recipe_of_preset(first).settings.judge == "custom/mistralai/mistral-large-9"


def test_listing_leaves_out_models_that_do_not_chat(upstream):
    upstream.serve("/v1/models", HOSTED)

    connect(custom(upstream))

    assert [model.name for model in available_models() if "embedding" in model.name] == []


def test_endpoint_without_prices_makes_the_connected_preset(upstream):
    upstream.serve("/v1/models", {"data": [{"id": "one"}, {"id": "two"}]})

    connect(custom(upstream))

    assert [(preset.slug, len(preset.panel)) for preset in presets_now()] == [("connected", 2)]


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

    model = find_models(["ollama/llama9:8b"])["ollama/llama9:8b"]
    assert (model.price.input, model.price.output) == (0, 0)


def test_ollama_reports_the_abilities_of_its_models(upstream, monkeypatch):
    async def shown(client, endpoint):
        return [ListedModel(id=f"seen-at-{endpoint.base_url}", name="Seen", supports_vision=True, context_length=8192)]

    monkeypatch.setattr(listing, "ollama_models", shown)
    upstream.serve("/api/tags", {"models": [{"name": "llama9:8b"}]})

    connect({"OLLAMA_HOST": upstream.root})

    model = find_models([f"ollama/seen-at-{upstream.url}"])[f"ollama/seen-at-{upstream.url}"]
    assert (model.supports_vision, model.context_length) == (True, 8192)


def test_connecting_again_changes_no_version(upstream):
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})
    connect({**LOCAL, "OLLAMA_HOST": upstream.root})

    assert Preset.objects.get(slug="local").version == 1


@pytest.mark.parametrize("vendor, name", [(v, name) for v in KNOWN_VENDORS for name in v.api_key_envs])
def test_vendors_key_connects_the_vendor(upstream, monkeypatch, vendor, name):
    monkeypatch.setattr(connecting, "KNOWN_VENDORS", [replace(vendor, base_url=upstream.url)])
    monkeypatch.setenv(name, "sk-of-the-vendor")
    upstream.serve("/v1/models", {"data": [{"id": "one"}]})

    connect({name: "sk-of-the-vendor", "OLLAMA_HOST": upstream.root})

    provider = Provider.objects.get(is_connected=True)
    assert (provider.slug, provider.name, provider.dialect) == (vendor.slug, vendor.name, vendor.dialect)
    assert (provider.api_key_env, provider.is_from_environment) == (name, True)
    assert endpoint_of_provider(provider).api_key.get_secret_value() == "sk-of-the-vendor"


@pytest.mark.parametrize("name", [*environment_names()])
def test_variable_that_connects_is_empty_by_default(settings, name):
    assert getattr(settings, name) == ""


def test_readme_names_every_variable_that_connects_and_no_other():
    readme = (Path(__file__).resolve().parents[3] / "README.md").read_text()
    own_keys = readme.split("## Using your own keys")[1].split("\n## ")[0]
    of_models = "\n".join(part for part in own_keys.split("\n\n") if not part.startswith("Web search"))

    named = set(re.findall(r"\b[A-Z]+_(?:API_KEY|HOST|BASE_URL)\b", of_models))
    assert named == {*environment_names()} - {"LOCAL_MODELS"}


@pytest.fixture
def entered(upstream):
    """Return a provider that was entered on the Models page."""
    secrets = seal(Secrets(SecretStr("sk-entered")))
    provider = Provider.objects.create(
        slug="anthropic", name="Mine", base_url=upstream.url, is_from_environment=False, secrets=secrets
    )
    Model.objects.create(provider=provider, name="one", reference="anthropic/one", label="One")
    return provider


def test_provider_from_the_page_survives_a_start(upstream, entered):
    lines = connect({"OLLAMA_HOST": upstream.root})

    assert [model.reference for model in available_models()] == ["anthropic/one"]
    assert lines == ["Mine: 1 model, entered on the Models page"]


def test_provider_from_the_page_keeps_its_place_when_the_environment_names_it_too(upstream, entered):
    lines = connect({"OLLAMA_HOST": upstream.root, "ANTHROPIC_API_KEY": "sk-other"})

    kept = Provider.objects.get(slug="anthropic")
    assert (kept.name, kept.base_url, kept.is_from_environment) == ("Mine", upstream.url, False)
    assert lines[0] == "Anthropic: entered on the Models page, so ANTHROPIC_API_KEY is not used"


def test_provider_from_the_page_that_was_disconnected_stays_so(upstream, entered):
    Provider.objects.update(is_connected=False)

    connect({"OLLAMA_HOST": upstream.root})

    assert available_models() == []


def test_model_that_vanished_is_unavailable_and_kept(upstream):
    for names in (["one", "two"], ["two"]):
        upstream.serve("/v1/models", {"data": [{"id": name} for name in names]})
        connect(custom(upstream))

    kept = dict(Model.objects.values_list("name", "is_available"))
    assert kept == {"one": False, "two": True}


def test_price_comes_from_the_list_then_from_the_table_then_from_nowhere(upstream, monkeypatch):
    unknown = price_table.TableEntry()
    monkeypatch.setattr(price_table, "look_up", lambda model, _: TABLED if model != "three" else unknown)
    rows = [{"id": "one", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}, {"id": "two"}, {"id": "three"}]
    upstream.serve("/v1/models", {"data": rows})

    connect(custom(upstream))

    found = {model.name: (model.price_source, model.price_input, model.context_length) for model in available_models()}
    assert found == {
        "one": (PriceSource.PROVIDER, 1, 5_000),
        "two": (PriceSource.TABLE, 7, 5_000),
        "three": (PriceSource.UNKNOWN, None, None),
    }


def test_price_that_a_person_entered_stays(upstream):
    upstream.serve("/v1/models", {"data": [{"id": "one", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}]})
    connect(custom(upstream))
    Model.objects.update(price_source=PriceSource.MANUAL, price_input=3, price_output=4)

    connect(custom(upstream))

    model = find_models(["custom/one"])["custom/one"]
    assert (model.price_source, model.price.input, model.price.output) == (PriceSource.MANUAL, 3, 4)


def test_large_listing_is_written_in_as_many_queries_as_a_small_one(upstream, django_assert_max_num_queries):
    provider = Provider.objects.create(slug="big", name="Big", base_url=upstream.url)
    found = [ListedModel(id=f"maker/model-{i}", name=f"Model {i}") for i in range(400)]

    with django_assert_max_num_queries(6):
        write_listing(provider, [*found, found[0], ListedModel(id="x" * 300, name="Too long")])

    assert provider.models.count() == 400


def test_failure_to_list_is_kept_in_the_vendors_words(upstream):
    upstream.serve("/v1/models", {"error": {"message": "The key sk-secret was revoked"}}, status=401)

    connect(custom(upstream))

    failure = Provider.objects.get(slug="custom").refresh_failure
    assert "was revoked" in failure
    assert "sk-secret" not in failure


ABSURD = [
    ListedModel(id="priced", name="Priced", price=Price(input=Decimal("1e46"), output=Decimal(1))),
    ListedModel(id="wide", name="Wide", context_length=2**40),
    ListedModel(id="nul\x00", name="Nul"),
]


@pytest.mark.parametrize("absurd", ABSURD, ids=lambda model: model.name)
def test_list_that_cannot_be_stored_is_reported_and_the_start_goes_on(upstream, monkeypatch, absurd):
    async def listed(client, endpoint):
        return [ListedModel(id="plain", name="Plain"), absurd]

    monkeypatch.setitem(listing.LIST_MODELS, "openai", listed)

    lines = connect({**LOCAL, **custom(upstream)})

    failure = "The list of 127.0.0.1 holds something that cannot be read or stored; the log has the details."
    assert Provider.objects.get(slug="custom").refresh_failure == failure
    assert lines[1] == f"127.0.0.1: cannot list its models now ({failure}); those known from before are kept"
    assert [preset.slug for preset in presets_now()] == ["local"]


def test_list_that_cannot_be_parsed_is_reported_and_the_start_goes_on(upstream, monkeypatch):
    async def broken(client, endpoint):
        raise RecursionError

    monkeypatch.setitem(listing.LIST_MODELS, "openai", broken)

    connect({**LOCAL, **custom(upstream)})

    failure = "The list of 127.0.0.1 holds something that cannot be read or stored; the log has the details."
    assert Provider.objects.get(slug="custom").refresh_failure == failure
    assert [preset.slug for preset in presets_now()] == ["local"]


SECRET_ADDRESS = "https://user:hunter22@host.example/v1"
PUT_KEY_ASIDE = "Leave user name and password out of the address; put the key into its own field."


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OLLAMA_HOST"])
def test_address_with_a_password_is_not_used_and_shown_nowhere(upstream, name):
    lines = connect({"OLLAMA_HOST": upstream.root, "OPENAI_API_KEY": "sk-secret", name: SECRET_ADDRESS})

    assert lines[0] == f"{name} is not used, nothing is connected there: {PUT_KEY_ASIDE}"
    assert [line for line in [*lines, str(list(Provider.objects.values()))] if "hunter22" in line] == []


def test_key_whose_endpoint_is_not_accepted_goes_nowhere_else(upstream, monkeypatch):
    openai = next(vendor for vendor in KNOWN_VENDORS if vendor.slug == "openai")
    monkeypatch.setattr(connecting, "KNOWN_VENDORS", [replace(openai, base_url=upstream.url)])

    connect({"OLLAMA_HOST": upstream.root, "OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": "ftp://host.example"})

    assert not Provider.objects.filter(is_connected=True).exists()


def test_local_model_at_an_address_with_a_password_is_not_used(upstream):
    lines = connect({"LOCAL_MODELS": f"one={SECRET_ADDRESS}", "OLLAMA_HOST": upstream.root})

    assert lines == [f"LOCAL_MODELS is not used, nothing is connected there: {PUT_KEY_ASIDE}"]


def test_refresh_keeps_facts_that_the_list_leaves_out():
    provider = Provider.objects.create(slug="ollama", name="Ollama", base_url="http://127.0.0.1:11434/v1")
    write_listing(provider, [ListedModel("mine", "Mine", context_length=8192, max_output=1024)])

    write_listing(provider, [ListedModel("mine", "Mine")])

    model = find_models(["ollama/mine"])["ollama/mine"]
    assert (model.context_length, model.max_output) == (8192, 1024)


def test_command_says_how_many_providers_and_models_there_are_then_which(upstream, settings):
    upstream.serve("/v1/models", HOSTED)
    for name, value in {**LOCAL, **custom(upstream), "OLLAMA_HOST": upstream.root}.items():
        setattr(settings, name, value)

    said = io.StringIO()
    call_command("connect", stdout=said)

    host = custom(upstream)["OPENAI_BASE_URL"].split("/")[2].partition(":")[0]
    assert said.getvalue().splitlines() == [
        "2 providers with 8 models",
        "  This machine: smollm2-135m, gemma3-270m",
        f"  {host}: 6 models",
    ]


def test_command_counts_one_provider_and_says_so_without_any(upstream, settings):
    settings.OLLAMA_HOST, settings.LOCAL_MODELS = upstream.root, "smollm2-135m=http://127.0.0.1:9001/v1"
    one, none = io.StringIO(), io.StringIO()

    call_command("connect", stdout=one)
    settings.LOCAL_MODELS = ""
    call_command("connect", stdout=none)

    assert one.getvalue() == "1 provider with 1 model\n  This machine: smollm2-135m\n"
    assert none.getvalue() == "No provider is connected; see README.md, “Using your own keys”.\n"
