"""A person's name, way of dates and numbers, and what Enter does: kept per person, and obeyed on every page."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.runs.models import Run
from apps.web.locales import CODES, IN_FIGURES, current_locale, locale_of
from tests.factories import make_run
from tests.web.run_factories import make_call, make_finished_run

SAVE = "/settings/preferences/"
SPRING = datetime(2024, 3, 9, 14, 5, tzinfo=UTC)


@pytest.fixture
def dear_run(alice: User, local) -> Run:
    """Return a run of some years ago that cost more than a thousand dollars."""
    run = make_run(alice)
    make_call(run, slot="A", cost=Decimal("1234.5"))
    Run.objects.update(cost=Decimal("1234.5"), created_at=SPRING, agreement=0.5, agreement_items=2)
    return run


def test_preferences_are_saved_for_one_person(as_alice: Client, alice: User, charlie: User) -> None:
    answer = as_alice.post(SAVE, {"display_name": "  Ada   Byron ", "locale": "de", "enter_sends": "on"})

    alice.refresh_from_db()
    charlie.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    assert (alice.display_name, alice.locale, alice.enter_sends) == ("Ada Byron", "de", True)
    assert (charlie.display_name, charlie.locale, charlie.enter_sends) == ("", "", False)


@pytest.mark.parametrize("wrong", [{"locale": "klingon"}, {"display_name": "x" * 61}, {"display_name": "a\x00b"}])
def test_preferences_that_cannot_be_are_refused_and_change_nothing(as_alice: Client, alice: User, wrong) -> None:
    answer = as_alice.post(SAVE, {"display_name": "Ada", "locale": "de", **wrong})

    alice.refresh_from_db()
    assert answer.status_code == 400
    assert list(answer.context["preferences_form"].errors) == list(wrong)
    assert (alice.display_name, alice.locale) == ("", "")


def test_menu_shows_the_display_name_and_the_account_without_one(as_alice: Client, as_charlie: Client) -> None:
    as_alice.post(SAVE, {"display_name": "Ada Byron"})

    menus = [re.findall(r"<summary class=\"btn ghost\"><span>(.*?)</span>", person.get("/settings/").content.decode())
             for person in (as_alice, as_charlie)]  # fmt: skip

    assert menus == [["Ada Byron"], ["charlie"]]


@pytest.mark.parametrize(
    "code, cost, day, moment, share",
    [
        ("", "$1,234.50", "9 Mar 2024", "9 March 2024, 14:05", "0.50"),
        ("de", "$1.234,50", "9. März 2024", "9. März 2024 14:05", "0,50"),
        ("fr", "$1\xa0234,50", "9 mars 2024", "9 mars 2024 14:05", "0,50"),
        ("cs", "$1\xa0234,50", "9. března 2024", "9. března 2024 14:05", "0,50"),
        ("pt-br", "$1.234,50", "09/03/2024", "09/03/2024 14:05", "0,50"),
        ("ja", "$1,234.50", "2024年3月9日", "2024年3月9日14:05", "0.50"),
    ],
)
def test_history_has_dates_and_numbers_in_the_readers_way(
    as_alice: Client, alice: User, dear_run: Run, code: str, cost: str, day: str, moment: str, share: str
) -> None:
    as_alice.post(SAVE, {"locale": code})

    page = as_alice.get("/runs/").content.decode()

    assert f'title="{moment}">{day}</time>' in page
    assert cost in page
    assert f"</meter>\n{share} <span" in page
    assert 'value="0.5"' in page  # a figure for the browser stays as browsers read it


def test_run_page_has_numbers_in_the_readers_way(as_alice: Client, alice: User, local) -> None:
    run = make_finished_run(alice)
    run.calls.update(duration_s=3.2)
    as_alice.post(SAVE, {"locale": "de"})

    page = as_alice.get(run.get_absolute_url()).content.decode()

    assert ("3,2 s" in page, "3.2 s" in page) == (True, False)
    assert 'data-decimal=","' in page


def test_way_of_one_reader_is_not_left_to_the_next(as_alice: Client, as_charlie: Client) -> None:
    as_alice.post(SAVE, {"locale": "de"})

    as_alice.get("/settings/")

    assert current_locale() == locale_of("")
    assert 'data-decimal="."' in as_charlie.get("/settings/").content.decode()


@pytest.mark.parametrize("code", CODES)
def test_every_language_to_choose_has_its_own_way(code: str) -> None:
    locale = locale_of(code)

    assert locale.code == code
    assert locale.decimal != locale.thousands
    assert "2024" in locale.date(SPRING, locale.day)
    assert "05" in locale.date(SPRING, locale.moment)
    assert ("2024" in locale.date(SPRING, locale.day_of_year)) == (code in IN_FIGURES)


def test_enter_sends_is_told_to_the_scripts_of_every_page(as_alice: Client, local) -> None:
    before = as_alice.get("/").content.decode()
    as_alice.post(SAVE, {"enter_sends": "on"})
    after = as_alice.get("/").content.decode()

    assert ("data-enter-sends" in before, "data-enter-sends" in after) == (False, True)


def test_single_keys_are_on_until_they_are_turned_off(as_alice: Client, local) -> None:
    before = as_alice.get("/").content.decode()
    as_alice.post(SAVE, {})
    after = as_alice.get("/").content.decode()

    assert ("data-single-keys" in before, "data-single-keys" in after) == (True, False)


def test_day_is_told_to_fusions_until_that_is_turned_off(as_alice: Client, local) -> None:
    alice = User.objects.create(username="new")
    assert alice.tells_day

    as_alice.post(SAVE, {"tells_day": "on"})
    on = User.objects.get(username="alice").tells_day
    as_alice.post(SAVE, {})

    assert (on, User.objects.get(username="alice").tells_day) == (True, False)


def test_settings_name_the_default_preset_and_lead_to_the_presets(as_alice: Client, local) -> None:
    page = " ".join(as_alice.get("/settings/").content.decode().split())

    assert f"A new run begins with the preset <strong>{local.name}</strong>." in page
    assert '<a href="/presets/">Choose another default' in page
