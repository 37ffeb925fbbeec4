"""The settings of one model: its prices, its times, and whether it looks things up."""

import re
from typing import Any

import pytest
from django import forms
from django.test import Client

from apps.catalogue.models import Model, Provider
from apps.web.catalogue.provider_forms import ModelForm
from tests.factories import make_model, make_provider

MODELS = "/models/"


@pytest.mark.parametrize(
    "values, source, expected",
    [
        ({"price_input": "2", "price_output": "8"}, "manual", (2, 8, None)),
        ({"price_input": "", "price_output": "", "price_cached": ""}, "unknown", (None, None, None)),
        ({"price_input": "1", "price_output": "5", "first_token_s": "120"}, "provider", (1, 5, None)),
    ],
)
def test_price_that_was_changed_counts_as_entered_by_hand(
    as_staff: Client, values: dict[str, str], source: str, expected: tuple[Any, ...]
) -> None:
    model = make_model(make_provider(), "one", price_source="provider", price_input=1, price_output=5)

    as_staff.post(f"/models/{model.pk}/", values)

    model.refresh_from_db()
    assert (model.price_source, (model.price_input, model.price_output, model.price_cached)) == (source, expected)
    assert model.first_token_s == (120 if "first_token_s" in values else None)


def test_settings_leave_alone_what_else_is_changed_of_a_model(
    as_staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(make_provider(), "one", price_source="provider", price_input=1, price_output=5)

    def is_valid(form: ModelForm) -> bool:
        Model.objects.filter(pk=model.pk).update(is_available=False, price_output=7)  # the vendor's list was read
        return forms.ModelForm.is_valid(form)

    monkeypatch.setattr(ModelForm, "is_valid", is_valid)

    as_staff.post(f"/models/{model.pk}/", {"price_input": "1", "price_output": "5", "first_token_s": "120"})

    model.refresh_from_db()
    found = (model.first_token_s, model.price_output, model.price_source, model.is_available)
    assert found == (120, 7, "provider", False)


def test_price_that_came_while_the_form_was_open_is_not_taken_back(as_staff: Client) -> None:
    model = make_model(make_provider(), "one", price_source="provider", price_input=1, price_output="2.5")
    shown = shown_fields(as_staff.get(f"/models/{model.pk}/"))
    Model.objects.update(price_input=3, price_output=9, idle_s=7)

    answer = as_staff.post(f"/models/{model.pk}/", {**shown, "first_token_s": "120", "total_s": "x"})
    assert answer.status_code == 400
    as_staff.post(f"/models/{model.pk}/", {**shown_fields(answer), "total_s": "50"})

    model.refresh_from_db()
    assert (model.price_input, model.price_output, model.price_source) == (3, 9, "provider")
    assert (model.first_token_s, model.idle_s, model.total_s) == (120, 7, 50)
    as_staff.post(f"/models/{model.pk}/", {**shown, "price_output": "8"})
    model.refresh_from_db()
    assert (model.price_input, model.price_output, model.price_source) == (3, 8, "manual")


def shown_fields(page: Any) -> dict[str, str]:
    """Return the names and values of the inputs on a page's form, as a browser sends them."""
    form = page.content.decode().partition('<form class="card"')[2].partition("</form>")[0]
    inputs = [dict(re.findall(r'(name|value)="([^"]*)"', one)) for one in re.findall(r"<input[^>]*>", form)]
    return {one["name"]: one.get("value", "") for one in inputs if "name" in one}


def test_model_may_be_kept_from_the_web(as_staff: Client) -> None:
    model = make_model(make_provider(), "one")

    as_staff.post(f"/models/{model.pk}/", {"search": "off"})
    as_staff.post(f"/models/{model.pk}/", {"idle_s": "5"})  # says nothing of it

    model.refresh_from_db()
    assert (model.search, model.looks_things_up) == ("off", False)
    assert "no web" in as_staff.get(MODELS).content.decode()
    assert as_staff.post(f"/models/{model.pk}/", {"search": "always"}).status_code == 400


def test_model_may_search_by_its_vendor_where_that_can_be_asked_to(as_staff: Client) -> None:
    anthropic, plain = make_provider(slug="claude", dialect="anthropic"), make_provider(slug="deep")
    Provider.objects.filter(pk=plain.pk).update(base_url="https://api.deepseek.com/v1")

    for provider, can in ((anthropic, True), (plain, False)):
        model = make_model(Provider.objects.get(pk=provider.pk), "one")
        as_staff.post(f"/models/{model.pk}/", {"search": "native"})
        model.refresh_from_db()
        assert (model.search, model.searches_natively) == (("native", True) if can else ("own", False))


def test_prices_are_shown_without_needless_zeros(as_staff: Client) -> None:
    model = make_model(make_provider(), "one", price_input=0, price_output="100", price_cached="0.075")

    prices = as_staff.get(f"/models/{model.pk}/").context["form"].prices()

    assert [price.value() for price in prices] == ["0", "100", "0.075"]


@pytest.mark.parametrize(
    "field, value",
    [("price_input", "-1"), ("price_output", "x"), ("idle_s", "0"), ("total_s", "99999"), ("connect_s", "nan")],
)
def test_setting_that_is_wrong_is_said_at_its_field(as_staff: Client, field: str, value: str) -> None:
    model = make_model(make_provider(), "one")

    response = as_staff.post(f"/models/{model.pk}/", {field: value})

    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
