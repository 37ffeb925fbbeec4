"""What is connected, read from the database."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from pydantic import SecretStr

from apps.catalogue.addresses import BadAddress, asked_host, check_public
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import Secrets, UnreadableSecrets, unseal
from apps.fusion.vocabulary import FailureCode
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError
from apps.tables import Table, joined

UNREADABLE = (
    "The key of {0} cannot be decrypted, because SECRET_KEY has changed. Enter it again on the Models page, or add the "
    "old SECRET_KEY to SECRET_KEY_FALLBACKS."
)


WITH_PROVIDERS = (Table(Model, "model"), Table(Provider, "provider"))
SOURCE = "FROM catalogue_model AS model JOIN catalogue_provider AS provider ON provider.id = model.provider_id"
CONNECTED = "model.is_available AND provider.is_connected"


def available_models() -> list[Model]:
    """The models that can be asked now, by provider and name."""
    return list(_models(f"WHERE {CONNECTED} ORDER BY provider.slug, model.name", []).values())


def find_models(references: Iterable[str]) -> dict[str, Model]:
    """The available models among these references, by reference; one query."""
    return _models(f"WHERE model.reference = ANY(%s) AND {CONNECTED}", [list(references)])


def models_called(references: Iterable[str]) -> dict[str, Model]:
    """The models of these references, connected or not."""
    return _models("WHERE model.reference = ANY(%s)", [list(references)])


def _models(where: str, parameters: Sequence[Any]) -> dict[str, Model]:
    """Models with their providers, by reference."""
    found: dict[str, Model] = {}
    for model, provider in joined(WITH_PROVIDERS, f"{SOURCE} {where}", parameters):
        model.provider = provider
        found[model.reference] = model
    return found


def endpoint_of(model: Model) -> Endpoint:
    """Where a model is reached, with its key; raises ``ProviderError`` if that cannot be said or may not be asked."""
    return endpoint_of_provider(model.provider, model.base_url)


def endpoint_of_provider(provider: Provider, base_url: str = "") -> Endpoint:
    """Where a provider is reached (or one of its models, at ``base_url``); raises ``ProviderError`` as above.

    The key comes from the environment or from the sealed secrets. An address that became private is refused here.
    """
    secrets = _secrets_of(provider)
    base_url = base_url or provider.base_url
    if provider.only_public:
        _refuse_private(base_url)
    return Endpoint(name=provider.name, base_url=base_url, api_key=secrets.api_key, headers=secrets.headers)


def _secrets_of(provider: Provider) -> Secrets:
    if provider.is_from_environment:
        return Secrets(SecretStr(os.environ.get(provider.api_key_env, "") if provider.api_key_env else ""))
    try:
        return unseal(provider.secrets)
    except UnreadableSecrets:
        raise ProviderError(UNREADABLE.format(provider.name), FailureCode.AUTHENTICATION, permanent=True) from None


def _refuse_private(base_url: str) -> None:
    try:
        check_public(asked_host(httpx.URL(base_url)))
    except BadAddress as error:
        raise ProviderError(str(error), FailureCode.CONNECTION, permanent=True) from None
