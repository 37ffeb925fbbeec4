"""Actions on providers and models: staff connect, change and price them; every user may refresh and test them.

A provider that the environment configures keeps that configuration; only its limits can be changed here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count

import httpx
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from kombu.exceptions import OperationalError

from apps.accounts.models import User
from apps.catalogue.addresses import BadAddress, checked_base_url
from apps.catalogue.models import Model, Provider
from apps.catalogue.recipes.builtin_presets import write_presets
from apps.catalogue.recipes.warnings import LLAMA_CPP
from apps.catalogue.secrets import Secrets, seal
from apps.fusion.refusal import Refusal
from apps.outbound.addresses import url_of
from apps.providers.dialects import Dialect

log = logging.getLogger(__name__)

RESERVED = ("builtin", "auto", "local", "ollama", "custom")
"""Slugs with a meaning of their own."""
LONGEST_SLUG = 40
PATIENCE = timedelta(seconds=90)
"""After this long a task counts as lost: there is no worker, or it died."""
COOL_DOWN = timedelta(seconds=60)
"""The shortest time between two tests of a model: a test costs money."""
NO_QUEUE = "The queue does not answer. Check that every part of the site runs, and try again."


class InvalidProvider(Refusal):
    """An entry that is not accepted: the field, and a sentence for the person who made it."""


class TestRefused(Refusal):
    """A test that may not run; ``sentence`` says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """Requests per minute and streams at the same time; ``None``: none."""

    requests_per_minute: int | None = None
    max_streams: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider as a person enters it. ``secrets`` is ``None`` where those stored before are to stay.

    ``model_names`` are the models of a provider that does not list them.
    """

    name: str
    dialect: Dialect
    base_url: str
    secrets: Secrets | None = None
    limits: ProviderLimits = ProviderLimits()
    model_names: tuple[str, ...] = ()


Check = Callable[[Provider], None]
"""A function that asks a provider something before it is stored; it raises :class:`InvalidProvider`."""


def add_provider(by: User, entry: Entry, check: Check | None = None) -> Provider:
    """Store a provider and request its models. Raise :class:`InvalidProvider` for bad entries, which stores nothing.

    ``check`` is called with the provider before it is stored, and may refuse it.
    """
    provider = _row_for(entry.name)
    provider.is_from_environment, provider.api_key_env, provider.secrets = False, "", ""
    return _save_entry(by, provider, entry, check)


def change_provider(by: User, provider: Provider, entry: Entry, check: Check | None = None) -> Provider:
    """Change a provider that was entered on the page. Raise :class:`InvalidProvider` for bad entries.

    ``check`` is as in :func:`add_provider`, called only where something changes that a request depends on. On another
    host stored secrets are dropped: whoever can change an address could otherwise read the key there.
    """
    moved = _origin(entry.base_url) != _origin(provider.base_url)
    if moved and entry.secrets is None and provider.secrets:
        raise InvalidProvider("The address is on another host now: enter the key again, or remove it.", "api_key")
    before = (provider.base_url, provider.dialect, provider.names_by_hand)
    is_same = entry.secrets is None and before == (entry.base_url.strip(), entry.dialect, entry.model_names)
    return _save_entry(by, provider, entry, None if is_same else check)


def set_limits(provider: Provider, limits: ProviderLimits, model_names: tuple[str, ...] = ()) -> None:
    """Set a provider's limits on requests, and the names of its models where it does not list them."""
    provider.requests_per_minute, provider.max_streams = limits.requests_per_minute, limits.max_streams
    is_renamed = provider.names_by_hand != model_names
    provider.model_names = "\n".join(model_names)
    provider.save(update_fields=["requests_per_minute", "max_streams", "model_names"])
    if is_renamed:
        provider.refresh_asked_at = None  # one under way has the names of before
        ask_refresh(provider)


def set_connected(provider: Provider, is_connected: bool) -> None:
    """Connect or disconnect a provider; the models of a disconnected one are no longer offered."""
    provider.is_connected = is_connected
    provider.save(update_fields=["is_connected"])
    write_presets()


def delete_provider(provider: Provider) -> None:
    """Remove a provider with its secrets and models. Old runs keep the names of the models that they asked."""
    provider.delete()
    write_presets()


def ask_refresh(provider: Provider) -> None:
    """Enqueue the refresh of a provider's model list, unless one is under way."""
    if not is_waiting(provider.refresh_asked_at):
        provider.refresh_asked_at, provider.refresh_failure = timezone.now(), ""
        if not _send("catalogue.refresh", provider.pk):
            provider.refresh_asked_at, provider.refresh_failure = None, NO_QUEUE
        provider.save(update_fields=["refresh_asked_at", "refresh_failure"])


def ask_test(by: User, model: Model) -> bool:
    """Enqueue the test of a model. Return False if one is under way; raise :class:`TestRefused` if it may not run."""
    if not (by.is_staff or model.can_be_asked):
        raise TestRefused("This model is not offered now, so it cannot be tested.")
    is_claimed = _claim_test(model)
    model.refresh_from_db(fields=["test_asked_at", "tested_at", "test_latency_s", "test_failure"])
    if not is_claimed and not is_waiting(model.test_asked_at):
        raise TestRefused("This model was tested less than a minute ago. Wait a little, then test it again.")
    if is_claimed and not _send("catalogue.test_model", model.pk):
        model.test_asked_at, model.test_failure = None, NO_QUEUE
        model.save(update_fields=["test_asked_at", "test_failure"])
        return False
    return is_claimed


def ask_speeds() -> None:
    """Enqueue the measurement of the models that `make run` serves, if there are any."""
    if Model.objects.filter(provider__slug=LLAMA_CPP, provider__is_connected=True).exists():
        _send("catalogue.measure_speeds")


def is_waiting(asked_at: datetime | None) -> bool:
    """Return whether an enqueued task may still finish."""
    return asked_at is not None and timezone.now() - asked_at < PATIENCE


def _claim_test(model: Model) -> bool:
    """Claim the test of a model. Return False if one is under way or just was.

    A conditional UPDATE, so that of several requests at once only one pays for a test.
    """
    now = timezone.now()
    is_idle = Q(test_asked_at=None) | Q(test_asked_at__lte=now - PATIENCE)
    is_cool = Q(tested_at=None) | Q(tested_at__lte=now - COOL_DOWN)
    return bool(Model.objects.filter(is_idle, is_cool, pk=model.pk).update(test_asked_at=now))


def _save_entry(by: User, provider: Provider, entry: Entry, check: Check | None) -> Provider:
    try:
        provider.base_url = checked_base_url(entry.base_url, may_be_private=by.is_superuser)
    except BadAddress as error:
        raise InvalidProvider(str(error), "base_url") from None
    provider.name, provider.dialect = entry.name, entry.dialect
    provider.only_public, provider.is_connected = not by.is_superuser, True
    provider.requests_per_minute, provider.max_streams = entry.limits.requests_per_minute, entry.limits.max_streams
    provider.model_names = "\n".join(entry.model_names)
    if entry.secrets is not None:
        provider.secrets = seal(entry.secrets)
    if check:
        check(provider)
    # A refresh under way still uses the old address and key, so it must not hold up the next one.
    provider.refresh_asked_at = None
    try:
        with transaction.atomic():
            # While it was tried, which takes seconds; saved all the same, it would be there again.
            if provider.pk and not Provider.objects.select_for_update().filter(pk=provider.pk).exists():
                raise InvalidProvider(f"{provider.name} was deleted meanwhile. Add it as a new one.", "name")
            provider.save()
    except IntegrityError:
        # Two requests at once took the same slug, which is found before the provider is tried.
        sentence = f"“{provider.name}” was added a moment ago. Look at the Models page, or choose another name."
        raise InvalidProvider(sentence, "name") from None
    ask_refresh(provider)
    return provider


def _row_for(name: str) -> Provider:
    """Return a new row, or the one that the environment left behind under this name: its models keep their names."""
    wanted = slugify(name)[:LONGEST_SLUG] or "provider"
    taken = {provider.slug: provider for provider in Provider.objects.filter(slug__startswith=wanted)}
    left = taken.get(wanted)
    if left and left.is_from_environment and not left.is_connected and wanted not in RESERVED:
        return left
    slugs = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return Provider(slug=next(slug for slug in slugs if slug not in taken and slug not in RESERVED))


def _origin(base_url: str) -> tuple[str, str, int | None]:
    try:
        url = url_of(base_url.strip())
    except httpx.InvalidURL:
        return ("", "", None)
    return (url.scheme, url.host, url.port)


def _send(task: str, *arguments: int) -> bool:
    try:
        # By name, because the tasks import this module; one retry, because a person waits for the page.
        current_app.send_task(task, args=arguments, queue="calls", retry_policy={"max_retries": 1, "interval_start": 0})
    except (OperationalError, OSError) as error:
        log.warning("%s%s could not be sent: %s", task, arguments, error)
        return False
    return True
