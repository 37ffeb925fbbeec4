"""Providers and their lists while somebody else changes them: two lists at once, a change, a price, two presses."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.catalogue import actions, tasks
from apps.catalogue.actions import Entry, InvalidProvider, ProviderLimits
from apps.catalogue.connecting import price_table
from apps.catalogue.connecting.listing import write_listing
from apps.catalogue.models import Model, Preset, Provider
from apps.catalogue.queries import available_models
from apps.catalogue.recipes import builtin_presets
from apps.fusion.vocabulary import PriceSource
from apps.providers.base import ListedModel
from apps.providers.dialects import Dialect
from tests.factories import make_model, make_provider
from tests.services import wait_until
from tests.upstream import Upstream

PUBLIC = "https://93.184.215.14/v1"
"""An address that needs no name server."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream().start()
    yield server
    server.stop()


@pytest.fixture
def provider(upstream: Upstream, db: None) -> Provider:
    upstream.serve("/v1/models", {"data": [{"id": "of-before"}]})
    provider = make_provider("up", "Upstream", is_from_environment=False)
    Provider.objects.filter(pk=provider.pk).update(base_url=upstream.url)
    return Provider.objects.get(pk=provider.pk)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Return a function that lets something happen before fetched lists are stored."""
    run = asyncio.run

    def during_the_fetch(happen: Callable[[], Any]) -> None:
        def run_and_happen(fetching: Coroutine[Any, Any, Any]) -> Any:
            found = run(fetching)
            happen()
            return found

        monkeypatch.setattr(asyncio, "run", run_and_happen)

    return during_the_fetch


def offered() -> list[str]:
    return sorted(Model.objects.filter(is_available=True).values_list("name", flat=True))


@pytest.mark.parametrize("change", [{"base_url": PUBLIC}, {"dialect": Dialect.ANTHROPIC}, {"model_names": "now"}])
def test_list_of_before_a_change_is_dropped(
    provider: Provider, meanwhile: Callable[[Callable[[], Any]], None], change: dict[str, Any]
) -> None:
    make_model(provider, "now")
    meanwhile(lambda: Provider.objects.filter(pk=provider.pk).update(refresh_failure="of now", **change))

    tasks.refresh(provider.pk)

    assert offered() == ["now"]
    assert Provider.objects.get().refresh_failure == "of now"


def test_provider_deleted_during_the_daily_refresh_keeps_no_other_list_from_being_read(
    upstream: Upstream, provider: Provider, meanwhile: Callable[[Callable[[], Any]], None]
) -> None:
    other = make_provider("other", "Other", is_from_environment=False)
    Provider.objects.filter(pk=other.pk).update(base_url=upstream.url)
    meanwhile(lambda: Provider.objects.filter(pk=provider.pk).delete())

    tasks.refresh_all()

    assert offered() == ["of-before"]
    assert [(one.slug, one.refresh_failure) for one in Provider.objects.all()] == [("other", "")]


def test_names_entered_during_a_refresh_are_listed_by_another(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def send(*task: Any) -> bool:
        sent.append(task)
        return True

    monkeypatch.setattr(actions, "_send", send)

    actions.ask_refresh(provider)
    actions.set_limits(provider, ProviderLimits(), ("typo",))
    actions.set_limits(provider, ProviderLimits(), ("right",))
    actions.set_limits(provider, ProviderLimits(max_streams=2), ("right",))

    assert sent == [("catalogue.refresh", provider.pk)] * 3


def test_provider_that_was_added_while_it_was_tried_is_refused_at_its_name(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_send", lambda *_: True)
    staff = User.objects.create(username="staff", is_staff=True)
    entry = Entry("Mine", Dialect.OPENAI, PUBLIC)

    def add_another(_: Provider) -> None:
        actions.add_provider(staff, entry)

    with pytest.raises(InvalidProvider, match="“Mine” was added a moment ago") as refused:
        actions.add_provider(staff, entry, add_another)

    assert refused.value.field == "name"
    assert [one.slug for one in Provider.objects.all()] == ["mine"]


def test_provider_that_was_deleted_while_a_change_was_tried_stays_so(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "_send", lambda *_: True)
    staff = User.objects.create(username="staff", is_staff=True)

    def delete_it(_: Provider) -> None:
        Provider.objects.filter(pk=provider.pk).delete()

    with pytest.raises(InvalidProvider, match="was deleted meanwhile"):
        actions.change_provider(staff, provider, Entry("Mine", Dialect.OPENAI, PUBLIC), delete_it)

    assert not Provider.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_price_that_is_entered_while_a_list_is_written_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, look_up = make_provider("up", "Upstream"), price_table.look_up
    entered = {"price_source": PriceSource.MANUAL, "price_input": 3, "price_output": 7}
    make_model(provider, "a")

    with ThreadPoolExecutor(1) as others:

        def enter_it() -> None:
            try:
                Model.objects.update(**entered)
            finally:
                connection.close()

        def look_up_and_let_somebody_enter_it(model: str, base_url: str) -> price_table.TableEntry:
            other = others.submit(enter_it)
            wait_until(lambda: other.done() or waits_for_a_lock(), "the price is entered")
            return look_up(model, base_url)

        monkeypatch.setattr(price_table, "look_up", look_up_and_let_somebody_enter_it)
        write_listing(provider, [ListedModel("a", "A")])

    assert Model.objects.values(*entered).get() == entered


@pytest.mark.django_db(transaction=True)
def test_presets_are_of_the_models_of_both_lists_that_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, read = make_provider("one", "One"), available_models
    make_model(provider, "first", maker="A", price_output=1)

    with ThreadPoolExecutor(1) as others:

        def other_list() -> None:
            try:
                make_model(make_provider("two", "Two"), "second", maker="B", price_output=1)
                builtin_presets.write_presets()
            finally:
                connection.close()

        def read_and_let_another_come() -> list[Model]:
            monkeypatch.setattr(builtin_presets, "available_models", read)
            found, other = read(), others.submit(other_list)
            wait_until(lambda: other.done() or waits_for_a_lock(), "the other list has come")
            return found

        monkeypatch.setattr(builtin_presets, "available_models", read_and_let_another_come)
        builtin_presets.write_presets()

    [panel] = Preset.objects.filter(slug="quality", is_current=True).values_list("panel", flat=True)
    assert {spec.model for spec in panel} == {"one/first", "two/second"}


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        [count] = cursor.fetchone()
    return bool(count)
