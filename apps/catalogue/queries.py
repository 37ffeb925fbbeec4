"""What is connected, read from the database."""

import os
from collections.abc import Iterable

from pydantic import SecretStr

from apps.catalogue.models import Model
from apps.providers.base import Endpoint


def available_models() -> list[Model]:
    """The models that can be asked now, by provider and name."""
    return list(Model.objects.filter(is_available=True, provider__is_connected=True).select_related("provider"))


def find_model(reference: str) -> Model:
    """The available model of a reference ``provider/name``; raises ``Model.DoesNotExist``."""
    return Model.objects.select_related("provider").get(
        reference=reference, is_available=True, provider__is_connected=True
    )


def find_models(references: Iterable[str]) -> dict[str, Model]:
    """The available models among these references, by reference; one query."""
    named = Model.objects.filter(reference__in=set(references), is_available=True, provider__is_connected=True)
    return {model.reference: model for model in named.select_related("provider")}


def endpoint_of(model: Model) -> Endpoint:
    """Where a model is reached, with its key from the environment."""
    provider = model.provider
    return Endpoint(
        name=provider.name,
        base_url=model.base_url or provider.base_url,
        api_key=SecretStr(os.environ.get(provider.api_key_env, "") if provider.api_key_env else ""),
    )
