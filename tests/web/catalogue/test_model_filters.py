"""The filters and orders of the Models page, and the models that people star and hide."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.preferences import NONE, preferences_of, set_hidden, set_starred
from tests.calls import create_call
from tests.factories import make_model, make_provider, make_recipe, make_run
from tests.web.catalogue.test_models_page import MODELS, names


@pytest.fixture
def varied(alice: User) -> None:
    """Make four models that differ in everything by which they are filtered and put in order."""
    far, here = make_provider("up", "Up"), make_provider("local", "This machine")
    make_model(far, "ant", maker="Anvil", context_length=8_000, price_input=3, price_output=9, supports_vision=True)
    make_model(far, "bee", maker="Birch", context_length=9_000, price_input=1, price_output=9, supports_reasoning=True)
    make_model(far, "cat", maker="Birch", supports_vision=False, supports_reasoning=False)
    make_model(here, "dog", price_input=0, price_output=0, context_length=2_000)
    run = make_run(alice, recipe=make_recipe("up/ant", "up/bee", writer="up/bee"))
    now = timezone.now()
    create_call(run, slot="A", model="up/ant", status="done", ttft_s=2, ended_at=now)
    create_call(run, slot="B", model="up/bee", status="done", ttft_s=1, ended_at=now)
    create_call(run, slot="B", take=2, model="up/bee", status="failed", failure_code="overloaded", ended_at=now)
    star, hidden = Model.objects.get(name="cat"), make_model(far, "eel")
    set_starred(alice, star, True)
    set_hidden(alice, hidden, True)


@pytest.mark.parametrize(
    "query, found",
    [
        ("", "cat ant bee dog"),
        ("provider=up", "cat ant bee"),
        ("maker=Birch", "cat bee"),
        ("maker=Birch&q=bee", "bee"),
        ("local=1", "dog"),
        ("images=1", "ant"),
        ("thinks=1", "bee"),
        ("starred=1", "cat"),
        ("hidden=1", "eel"),
        ("health=well", "ant"),
        ("health=failing", "bee"),
        ("images=1&thinks=1", ""),
        ("sort=name", "ant bee cat dog"),
        ("sort=-name", "dog cat bee ant"),
        ("sort=provider", "dog ant bee cat"),
        ("sort=context", "dog ant bee cat"),
        ("sort=-context", "bee ant dog cat"),
        ("sort=input", "dog bee ant cat"),
        ("sort=-output", "ant bee dog cat"),
        ("sort=speed", "bee ant cat dog"),
        ("sort=nonsense&health=&start=x", "cat ant bee dog"),
    ],
)
def test_filters_and_orders_have_addresses(as_alice: Client, varied: None, query: str, found: str) -> None:
    assert names(as_alice.get(f"{MODELS}?{query}")) == found.split()


def test_hidden_and_starred_are_ones_own(as_charlie: Client, varied: None) -> None:
    assert sorted(names(as_charlie.get(MODELS))) == ["ant", "bee", "cat", "dog", "eel"]
    assert [names(as_charlie.get(f"{MODELS}?{flag}=1")) for flag in ("starred", "hidden")] == [[], []]


def test_list_whose_models_are_all_hidden_says_so(as_alice: Client, alice: User) -> None:
    provider = make_provider()
    assert "No model is known yet" in as_alice.get(MODELS).content.decode()
    set_hidden(alice, make_model(provider, "one"), True)

    page = as_alice.get(MODELS).content.decode()

    assert "You have hidden all models" in page
    assert 'href="/models/?hidden=1"' in page
    assert "No model is known yet" not in page


def test_press_on_a_column_sorts_and_a_second_turns_it_round(as_alice: Client, varied: None) -> None:
    def link(query: str) -> tuple[str, str]:
        page = as_alice.get(f"{MODELS}?{query}").content.decode()
        found = re.search(r'class="col-output"\s+aria-sort="(\w+)".*?href="([^"]+)"', page, re.DOTALL)
        assert found
        return found[1], found[2].replace("&amp;", "&")

    assert link("maker=Birch") == ("none", f"{MODELS}?maker=Birch&sort=output")
    assert link("maker=Birch&sort=output") == ("ascending", f"{MODELS}?maker=Birch&sort=-output")
    assert link("sort=-output") == ("descending", f"{MODELS}?sort=output")


def test_filter_by_htmx_gets_an_address_without_what_is_empty(as_alice: Client, varied: None) -> None:
    headers = {"HX-Request": "true", "HX-Target": "models", "HX-Current-URL": f"http://testserver{MODELS}"}

    response = as_alice.get(f"{MODELS}?q=&maker=Birch&provider=&sort=", headers=headers)
    again = as_alice.get(f"{MODELS}?q=", headers=headers)

    assert response.headers["HX-Push-Url"] == f"{MODELS}?maker=Birch"
    assert "HX-Push-Url" not in again.headers


@pytest.mark.parametrize(
    "presses, kept",
    [
        (["star"], (True, False)),
        (["star", "unstar"], (False, False)),
        (["star", "hide"], (False, True)),
        (["hide", "star"], (True, False)),
        (["hide", "show"], (False, False)),
        (["nonsense"], (False, False)),
    ],
)
def test_star_and_hide_are_kept_for_the_person(
    as_alice: Client, alice: User, presses: list[str], kept: tuple[bool, bool]
) -> None:
    model = make_model(make_provider(), "one")

    by_script = [
        as_alice.post(f"/models/{model.pk}/prefer/", {"do": do}, headers={"HX-Request": "true"}) for do in presses
    ]
    plain = as_alice.post(f"/models/{model.pk}/prefer/", {"do": presses[-1]})

    found = preferences_of(alice).get(model.pk, NONE)
    assert (found.is_starred, found.is_hidden) == kept
    assert by_script[-1].context["row"].preference == found
    assert plain.url == f"{MODELS}?q=one&provider=local"


def test_forms_offer_starred_models_first_and_hidden_ones_not_at_all(as_alice: Client, varied: None) -> None:
    offered = as_alice.get("/models/choices/").json()
    added = as_alice.post(
        "/", {"prompt": "Why?", "model": ["up/ant"], "judge": "auto", "writer": "auto", "edit": "add"}
    )

    assert [one["label"] for one in offered["models"]] == ["ant", "bee", "cat", "dog"]
    assert offered["hidden"] == 1
    assert [slot.model for slot in added.context["draft"].slots] == ["up/ant", "up/cat"]


def test_choices_say_what_helps_to_choose(as_alice: Client, varied: None) -> None:
    models = {one["label"]: one for one in as_alice.get("/models/choices/").json()["models"]}

    assert models["ant"] == {
        "reference": "up/ant",
        "label": "ant",
        "maker": "Anvil",
        "provider": "Up",
        "price": "$3.00 in · $9.00 out",
        "context": "8k",
        "sees_images": True,
        "thinks": False,
        "is_local": False,
        "is_starred": False,
        "recent": 0,
        "state": "done",
        "state_word": "2.0 s to the first token",
    }
    assert (models["bee"]["state"], models["bee"]["state_word"]) == ("warn", "1 of 2 calls failed")
    assert (models["cat"]["is_starred"], models["cat"]["price"], models["cat"]["recent"]) == (True, "", None)
    assert (models["dog"]["is_local"], models["dog"]["price"], models["dog"]["maker"]) == (True, "free", "This machine")
