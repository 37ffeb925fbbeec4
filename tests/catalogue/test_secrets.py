"""Keys at rest: encrypted, unreadable by accident, and readable again after a rotation of the secret key."""

import logging

import pytest
from django.test import Client
from pydantic import SecretStr

from apps.accounts.models import User
from apps.catalogue.connecting.environment import connect
from apps.catalogue.models import Model, Provider
from apps.catalogue.queries import endpoint_of_provider
from apps.catalogue.secrets import Secrets, UnreadableSecrets, reseal, seal, unseal
from apps.providers.errors import ProviderError

KEY = "sk-entered-by-hand-1234567890"
SECRETS = Secrets(SecretStr(KEY), {"X-Account": "acct-9876543210"})
QUIET = {"OLLAMA_HOST": "127.0.0.1:9"}


@pytest.fixture
def provider(db):
    return Provider.objects.create(
        slug="mine", name="Mine", base_url="https://mine.example/v1", is_from_environment=False, secrets=seal(SECRETS)
    )


def test_sealed_secrets_open_again():
    assert unseal(seal(SECRETS)) == SECRETS


def test_sealed_text_holds_neither_key_nor_headers():
    sealed = seal(SECRETS)

    assert [part for part in (KEY, "X-Account", "acct-9876543210") if part in sealed] == []
    assert seal(SECRETS) != sealed


def test_empty_secrets_are_stored_as_empty_text():
    assert (seal(Secrets()), unseal("")) == ("", Secrets())


def test_secrets_do_not_show_in_a_repr(provider):
    shown = f"{SECRETS!r} {provider!r} {endpoint_of_provider(provider)!r}"

    assert [part for part in (KEY, "acct-9876543210", provider.secrets) if part in shown] == []


@pytest.mark.parametrize("sealed", ["nonsense", "gAAAAABdamaged"])
def test_damaged_secrets_are_unreadable(sealed):
    with pytest.raises(UnreadableSecrets):
        unseal(sealed)


def test_another_secret_key_opens_nothing_unless_the_old_one_is_a_fallback(settings):
    sealed = seal(SECRETS)

    settings.SECRET_KEY = "the-next-one"
    with pytest.raises(UnreadableSecrets):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = ["only-for-tests"]

    assert unseal(sealed) == SECRETS


def test_resealed_secrets_do_without_the_old_key(settings):
    sealed = seal(SECRETS)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-next-one", ["only-for-tests"]

    fresh = reseal(sealed)
    settings.SECRET_KEY_FALLBACKS = []

    assert unseal(fresh) == SECRETS


def test_start_brings_secrets_under_the_newest_key(provider, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-next-one", ["only-for-tests"]

    connect(QUIET)
    settings.SECRET_KEY_FALLBACKS = []

    provider.refresh_from_db()
    assert unseal(provider.secrets) == SECRETS


def test_endpoint_has_the_key_and_the_headers(provider):
    endpoint = endpoint_of_provider(provider)

    assert (endpoint.api_key.get_secret_value(), endpoint.headers) == (KEY, SECRETS.headers)


def test_changed_secret_key_says_what_to_do_and_keeps_the_start_going(provider, settings, caplog):
    settings.SECRET_KEY = "the-next-one"

    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderError) as raised:
        endpoint_of_provider(provider)

    assert raised.value.sentence.startswith("The key of Mine cannot be decrypted")
    assert "Enter it again" in raised.value.sentence
    assert connect(QUIET) == ["Mine: its key cannot be decrypted; enter it again on the Models page"]
    assert provider.secrets not in f"{raised.value!r}{caplog.text}"


def test_admin_sends_no_key_elsewhere(provider):
    model = Model.objects.create(provider=provider, name="one", reference="mine/one", label="One")
    client = Client()
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))

    refused = client.post(f"/admin/catalogue/model/{model.pk}/change/", {"base_url": "http://127.0.0.1"})

    assert refused.status_code == 403


def test_admin_shows_no_secret_and_changes_none(provider):
    admin = User.objects.create(username="root", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)

    page = client.get(f"/admin/catalogue/provider/{provider.pk}/change/")
    refused = client.post(f"/admin/catalogue/provider/{provider.pk}/change/", {"base_url": "http://127.0.0.1"})

    assert b"https://mine.example/v1" in page.content
    assert [part for part in (KEY, provider.secrets, "secrets") if part in page.content.decode()] == []
    assert refused.status_code == 403
