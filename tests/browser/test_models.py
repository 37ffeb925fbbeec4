"""The Models page in a real browser: add a provider, see its models come, search, test one."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.catalogue.models import Model, Provider
from apps.fusion.vocabulary import PriceSource
from tests.browser.conftest import ARTIFACTS, PHONE
from tests.browser.steps import box_of, check_everywhere, scrolls_sideways
from tests.calls import create_call
from tests.factories import make_recipe, make_run
from tests.web.catalogue.test_models_page import MODELS

LISTED = [
    ("anthropic/claude-opus-9", "Anthropic: Claude Opus 9", 1_000_000, "0.000015", "0.000075"),
    ("google/gemini-9-pro", "Google: Gemini 9 Pro", 1_048_576, "0.00000125", "0.00001"),
    ("meta-llama/llama-9-70b-instruct:free", "Meta: Llama 9 70B Instruct (free)", 131_072, "0", "0"),
    ("openai/gpt-9", "OpenAI: GPT-9", 400_000, "0.00000125", "0.00001"),
    *[(f"maker/model-{number}", f"Model {number}", 32_768, "0.0000001", "0.0000004") for number in range(60)],
]


@pytest.fixture
def staff(bench):
    bench.owner.is_staff = bench.owner.is_superuser = True
    bench.owner.save()
    bench.provider.delete()
    return bench.owner


@pytest.fixture
def listed(upstream):
    rows = [
        {"id": name, "name": label, "context_length": size, "pricing": {"prompt": given, "completion": written}}
        for name, label, size, given, written in LISTED
    ]
    upstream.serve("/v1/models", {"data": rows})


def test_provider_is_entered_listed_searched_and_tested(open_page, staff, upstream, listed, axe):
    page = open_page(MODELS)
    expect(page.get_by_role("heading", name="No model is connected")).to_be_visible()
    assert axe(page) == []
    page.screenshot(path=ARTIFACTS / "models-empty-1440.png", full_page=True)

    page.get_by_role("link", name="Add a provider").click()
    page.wait_for_url("**/models/providers/add")
    assert axe(page) == []
    page.screenshot(path=ARTIFACTS / "models-form-1440.png", full_page=True)
    page.get_by_label("Name").fill("Router")
    page.get_by_label("Base URL").fill(upstream.url)
    page.get_by_label("Key", exact=True).fill("sk-entered-1234567890")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#provider-router")).to_contain_text("64 models")
    page.wait_for_load_state()  # without its scripts the link leads to another page
    expect(page.locator(".offer .model")).to_have_count(50)
    expect(page.get_by_label("Maker", exact=True).locator("option")).to_contain_text(["All makers", "Anthropic"])
    expect(page.get_by_label("Provider", exact=True).locator("option")).to_contain_text(["All providers", "Router"])
    page.get_by_role("link", name="More of 64").click()
    expect(page.locator(".offer .model")).to_have_count(64)

    page.get_by_role("searchbox").fill("gpt")
    expect(page.locator(".offer .model")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=gpt$"))
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".offer .trial")).to_contain_text("to the first token")
    assert upstream.ledger("openai/gpt-9")[0]["headers"]["authorization"] == "Bearer sk-entered-1234567890"

    page.get_by_role("link", name="Settings of OpenAI: GPT-9").click()
    page.wait_for_url(re.compile(r"/models/\d+/"))
    assert axe(page) == []
    page.get_by_label("Output").fill("9.5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".offer td.col-output")).to_have_text("$9.50 out")
    expect(page.locator(".offer")).to_contain_text("entered by hand")
    page.get_by_role("button", name="Refresh Router").click()
    expect(page.locator("#provider-router")).to_contain_text("listed just now")
    expect(page.locator(".offer")).to_contain_text("entered by hand")


def test_wrong_key_is_said_at_its_field_and_nothing_is_kept(open_page, staff, upstream, axe):
    upstream.serve("/v1/models", {"error": {"message": "Incorrect API key provided."}}, 401)
    page = open_page("/models/providers/add")
    page.get_by_label("Name").fill("Router")
    page.get_by_label("Base URL").fill(upstream.url)
    page.get_by_label("Key", exact=True).fill("sk-wrong-1234567890")
    page.get_by_role("button", name="Save", exact=True).click()

    key = page.get_by_label("Key", exact=True)
    expect(key).to_be_focused()
    expect(key).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_api_key_error")).to_contain_text("Router did not accept the key.")
    page.screenshot(path=ARTIFACTS / "models-wrong-key-1440.png", full_page=True)
    assert axe(page) == []
    assert Provider.objects.count() == 0
    upstream.serve("/v1/models", {"data": [{"id": "one"}]})
    key.fill("sk-right-1234567890")
    key.press("Enter")
    expect(page.locator("#provider-router")).to_contain_text("1 model")
    expect(page).to_have_url(re.compile("/models/#provider-router$"))
    open_page.errors.clear()  # the browser logs the 400 that is wanted here


def test_models_are_filtered_put_in_order_starred_and_hidden(open_page, busy, axe):
    page = open_page(MODELS)
    rows = page.locator(".offer .model")
    page.get_by_role("link", name="Model", exact=True).press("Enter")
    expect(page.locator("[aria-sort=ascending]")).to_have_text("Model")
    first = rows.first.locator("th").inner_text()
    page.get_by_role("link", name="Model", exact=True).press("Enter")
    expect(page.locator("[aria-sort=descending]")).to_have_text("Model")
    expect(rows.last.locator("th")).to_have_text(first)
    star = page.get_by_role("button", name="Star OpenAI: GPT-9")
    star.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()
    page.get_by_role("button", name="Hide Google: Gemini 9 Pro").click()
    expect(page.get_by_role("button", name="Show Google: Gemini 9 Pro")).to_be_visible()
    page.get_by_label("Starred", exact=True).press("Space")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?starred=1&sort=-name$"))
    page.get_by_label("Sees images").press("Space")
    expect(page).to_have_url(re.compile("images=1"))
    page.get_by_label("Provider", exact=True).select_option("My gateway")
    expect(page.get_by_role("heading", name="No model matches")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Show all models").click()
    expect(rows).to_have_count(6)
    expect(rows.first.locator("th")).to_contain_text("GPT-9")


@pytest.fixture
def busy(staff, upstream, listed):
    """Return the Models page with every kind of content."""
    hosted = Provider.objects.create(
        slug="openrouter", name="OpenRouter", base_url=upstream.url, api_key_env="OPENROUTER_API_KEY"
    )
    for name, label, size, _, _ in LISTED[:6]:
        Model.objects.create(
            provider=hosted, name=name, reference=f"openrouter/{name}", label=label, context_length=size,
            maker=label.split(":")[0], max_output=64_000, supports_vision=True, supports_reasoning=True,
            supports_json_schema=True, price_input=3, price_output=15, price_cached="0.3",
            price_source=PriceSource.TABLE,
            test_latency_s=0.84, tested_at=timezone.now(),
        )  # fmt: skip
    Model.objects.filter(name="openai/gpt-9").update(
        test_failure="OpenRouter does not let this key use openai/gpt-9. Check the account or choose another model. "
        "OpenRouter said: “No credits left on this key, see your settings page”."
    )
    Model.objects.filter(name__startswith="maker").update(
        is_available=False, price_input=None, price_output=None, maker=""
    )
    broken = Provider.objects.create(
        slug="mine", name="My gateway", base_url="http://10.0.0.7:4000/v1", is_from_environment=False, secrets="old",
        requests_per_minute=60, max_streams=4,
    )  # fmt: skip
    Model.objects.create(provider=broken, name="qwen9", reference="mine/qwen9", label="qwen9")
    Provider.objects.create(
        slug="groq", name="Groq", base_url="https://api.groq.com/openai/v1", api_key_env="GROQ_API_KEY",
        refresh_failure="Groq did not accept the key. Check the key of this provider. Groq said: “Invalid API Key”",
    )  # fmt: skip
    run = make_run(staff, recipe=make_recipe("openrouter/openai/gpt-9", writer="openrouter/openai/gpt-9"))
    create_call(
        run,
        slot="A",
        model="openrouter/openai/gpt-9",
        status="done",
        ttft_s=0.7,
        ended_at=timezone.now(),
    )
    create_call(
        run,
        slot="B",
        model="openrouter/openai/gpt-9",
        status="failed",
        failure_code="overloaded",
        ended_at=timezone.now(),
    )


def test_models_page_is_readable_everywhere(open_page, busy, axe):
    page = open_page(MODELS)

    expect(page.locator(".offer .model").first).to_be_visible()
    check_everywhere(page, axe, "models")
    page.goto("/models/providers/mine/")
    check_everywhere(page, axe, "models-edit")


def test_filters_are_all_in_sight_on_a_phone(open_page, busy):
    page = open_page("/models/", viewport=PHONE)

    boxes = page.locator("#filters :is(#search, select, .flags label)").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map(({left, right, bottom}) => [left, right, bottom])"
    )

    assert len(boxes) == 9
    assert min(left for left, _, _ in boxes) >= 0
    assert max(right for _, right, _ in boxes) <= PHONE["width"]
    assert box_of(page.locator("#filters"))["height"] <= 180  # the search, the choices, two rows of flags
    assert not scrolls_sideways(page)


def test_row_of_a_model_keeps_its_buttons_in_the_card_on_a_phone(open_page, busy):
    Model.objects.update(price_input="0.123456", price_output="1.234567", context_length=1_048_576)
    page = open_page("/models/", viewport=PHONE)
    expect(page.locator(".offer .model").first).to_be_visible()

    ends = page.locator(".offer :is(.trial, .do) .btn").evaluate_all(
        "(all) => all.map((b) => b.getBoundingClientRect().right)"
    )
    tops = page.locator(".provider > header :is(h2, .right)").evaluate_all(
        "(all) => all.map((b) => b.getBoundingClientRect().top)"
    )

    assert max(ends) <= box_of(page.locator("#models"))["x"] + box_of(page.locator("#models"))["width"] - 8
    assert all(abs(name - buttons) < 12 for name, buttons in zip(tops[::2], tops[1::2], strict=True))
