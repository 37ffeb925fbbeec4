"""The price table that comes with the program."""

from decimal import Decimal

import pytest

from apps.catalogue.connecting import price_table
from apps.catalogue.connecting.known_vendors import KNOWN_VENDORS
from apps.catalogue.connecting.price_table import TableEntry

TABLED = [
    ("anthropic", "claude-sonnet-4-5"),
    ("openai", "gpt-5"),
    ("gemini", "gemini-2.5-flash"),
    ("groq", "llama-3.3-70b-versatile"),
    ("mistral", "mistral-large-latest"),
    ("deepseek", "deepseek-chat"),
    ("xai", "grok-4"),
]
BASE_URLS = {vendor.slug: vendor.base_url for vendor in KNOWN_VENDORS}


@pytest.mark.parametrize("vendor, model", TABLED)
def test_vendors_model_has_a_price(vendor, model):
    price = price_table.look_up(model, BASE_URLS[vendor]).price

    assert price is not None
    assert 0 < price.input < price.output < 200


def test_price_in_steps_is_the_one_for_short_prompts():
    entry = price_table.look_up("claude-sonnet-4-5", BASE_URLS["anthropic"])

    assert (entry.price.input, entry.price.cached, entry.price.output) == (3, Decimal("0.3"), 15)
    assert entry.context_length >= 200_000


@pytest.mark.parametrize("model, base_url", [("gpt-5", "https://gateway.example/v1"), ("zzz", BASE_URLS["openai"])])
def test_unknown_model_has_no_price(model, base_url):
    assert price_table.look_up(model, base_url) == TableEntry()
