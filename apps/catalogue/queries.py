"""Read the connected providers and models from the database."""

import os
from collections.abc import Iterable

import httpx
from django.db.models import QuerySet
from pydantic import SecretStr

from apps.accounts.models import User
from apps.catalogue import access
from apps.catalogue.addresses import BadAddress, asked_host, check_name
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import Secrets, UnreadableSecrets, unseal
from apps.fusion.vocabulary import FailureCode
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError

UNREADABLE = (
    "The key of {0} cannot be decrypted, because SECRET_KEY has changed. Enter it again on the Models page, or add the "
    "old SECRET_KEY to SECRET_KEY_FALLBACKS."
)


def available_models(user: User | None = None) -> list[Model]:
    """Return the models that a person can ask now, by provider and name; without one, the site's."""
    return list(_connected(access.visible_models(user)))


def find_models(references: Iterable[str], user: User | None = None) -> dict[str, Model]:
    """Return those of :func:`available_models` that have one of these references, by reference; one query."""
    return _by_reference(_connected(access.visible_models(user)).filter(reference__in=set(references)))


def models_called(references: Iterable[str]) -> dict[str, Model]:
    """Return the models of these references, connected or not, whoever may see them: of runs that name them already."""
    return _by_reference(Model.objects.filter(reference__in=set(references)).select_related("provider"))


def _connected(models: QuerySet[Model]) -> QuerySet[Model]:
    return models.filter(is_available=True, provider__is_connected=True)


def _by_reference(models: QuerySet[Model]) -> dict[str, Model]:
    return {model.reference: model for model in models.order_by()}


def endpoint_of(model: Model) -> Endpoint:
    """Return the endpoint of a model with its key. Raise ``ProviderError`` if it is unknown or not allowed."""
    return endpoint_of_provider(model.provider, model.base_url)


def endpoint_of_provider(provider: Provider, base_url: str = "") -> Endpoint:
    """Return the endpoint of a provider, or of one of its models at ``base_url``. Raise ``ProviderError`` as above.

    The key comes from the environment or from the sealed secrets. Where only public addresses are allowed, a host that
    cannot be one is refused here; what its name resolves to is checked as the connection is made.
    """
    secrets = _secrets_of(provider)
    base_url = base_url or provider.base_url
    if provider.only_public:
        _refuse_private(base_url)
    return Endpoint(provider.name, base_url, secrets.api_key, secrets.headers, provider.only_public)


def _secrets_of(provider: Provider) -> Secrets:
    if provider.is_from_environment:
        return Secrets(SecretStr(os.environ.get(provider.api_key_env, "") if provider.api_key_env else ""))
    try:
        return unseal(provider.secrets)
    except UnreadableSecrets:
        raise ProviderError(UNREADABLE.format(provider.name), FailureCode.AUTHENTICATION, permanent=True) from None


def _refuse_private(base_url: str) -> None:
    try:
        check_name(asked_host(httpx.URL(base_url)))
    except BadAddress as error:
        raise ProviderError(str(error), FailureCode.CONNECTION, permanent=True) from None
