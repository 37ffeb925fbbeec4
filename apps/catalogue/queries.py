"""Read the connected providers and models from the database."""

import os
from collections.abc import Iterable, Mapping

import httpx
from django.db.models import QuerySet
from pydantic import SecretStr

from apps.accounts.models import User
from apps.catalogue import access
from apps.catalogue.addresses import BadAddress, check_name
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import Secrets, UnreadableSecrets, unseal
from apps.fusion.vocabulary import FailureCode
from apps.outbound.addresses import asked_host
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


def labels_called(references: Iterable[str], user: User | None = None) -> dict[str, str]:
    """Return the labels of the models of these references, whoever may see them; with a person, of those they may."""
    models = Model.objects.filter(reference__in=set(references))
    if user is not None:
        models = models.filter(pk__in=access.visible_models(user).values("pk"))
    return dict(models.order_by().values_list("reference", "label"))


def models_seen_by(user: User, models: Mapping[str, Model]) -> dict[str, Model]:
    """Return those of these models that a person may see; no query where all are the site's.

    An archive can name any model, so imported runs tell nothing but the reference of the others.
    """
    of_teams = [model.pk for model in models.values() if model.provider.team_id is not None]
    if not of_teams:
        return dict(models)
    seen = set(access.visible_models(user).filter(pk__in=of_teams).values_list("pk", flat=True))
    hidden = set(of_teams) - seen
    return {reference: model for reference, model in models.items() if model.pk not in hidden}


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
