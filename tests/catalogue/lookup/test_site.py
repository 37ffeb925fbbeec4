"""The engine that counts: the Web page's, else the environment's."""

from typing import Any

import pytest
from pydantic import SecretStr

from apps.catalogue.lookup.site import environment_engine, web_settings
from apps.catalogue.models import SearchSettings
from apps.catalogue.secrets import Secrets, seal
from apps.lookup.engines.base import EngineName

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "environment, expected",
    [
        ({}, None),
        ({"BRAVE_API_KEY": "b"}, ("brave", "https://api.search.brave.com/res/v1", "b")),
        ({"SEARXNG_BASE_URL": "http://searxng:8080/"}, ("searxng", "http://searxng:8080", "")),
        ({"TAVILY_API_KEY": "t", "SERPER_API_KEY": "s"}, ("tavily", "https://api.tavily.com", "t")),
        (
            {"TAVILY_API_KEY": "t", "SERPER_API_KEY": "s", "SEARCH_ENGINE": "serper"},
            ("serper", "https://google.serper.dev", "s"),
        ),
        ({"TAVILY_API_KEY": "t", "SEARCH_ENGINE": "exa"}, None),
    ],
)
def test_environment_names_an_engine(settings: Any, environment: dict[str, str], expected: Any) -> None:
    for name, value in environment.items():
        setattr(settings, name, value)

    found = environment_engine()

    assert (found and (found.name, found.base_url, found.key)) == expected


def test_page_counts_before_the_environment(settings: Any) -> None:
    settings.BRAVE_API_KEY = "b"
    sealed = seal(Secrets(SecretStr("e-1")))
    SearchSettings.objects.create(engine="exa", secrets=sealed, price_per_1000=3, obeys_robots_for_named=False)

    found = web_settings()

    assert found.engine is not None
    assert (found.engine.name, found.engine.key, found.engine.price_per_1000) == (EngineName.EXA, "e-1", 3)
    assert (found.obeys_robots, found.obeys_robots_for_named) == (True, False)


def test_page_without_an_engine_leaves_it_to_the_environment(settings: Any) -> None:
    settings.BRAVE_API_KEY = "b"
    SearchSettings.objects.create()

    found = web_settings()

    assert found.engine is not None
    assert found.engine.name is EngineName.BRAVE


def test_key_that_cannot_be_read_any_more_is_none() -> None:
    SearchSettings.objects.create(engine="exa", secrets="sealed-under-another-key")

    found = web_settings()

    assert found.engine is not None
    assert found.engine.key == ""


def test_rules_are_the_environment_s(settings: Any) -> None:
    settings.SITE_URL = "https://fusion.example"
    settings.FETCH_ALLOWED_HOSTS = ["Wiki.inside:8080"]
    settings.FETCH_PROXY = "http://proxy.example:3128"

    rules = web_settings().rules

    assert (rules.user_agent, rules.allowed_hosts, rules.is_proxied) == (
        "FusionWeb (+https://fusion.example)",
        {"wiki.inside:8080"},
        True,
    )
