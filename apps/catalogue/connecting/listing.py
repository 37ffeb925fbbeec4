"""Request the model lists of providers over HTTP and write them to the catalogue.

Rows are never deleted here. A price comes from the provider's own list, else from the price table; a price that a
person entered stays.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import httpx
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from apps.catalogue.connecting import price_table
from apps.catalogue.models import Model, Provider
from apps.fusion.values import Price
from apps.fusion.vocabulary import FailureCode, PriceSource
from apps.providers.base import Endpoint, ListedModel, ListModels
from apps.providers.dialects import LIST_MODELS, Dialect
from apps.providers.discover import ollama_models
from apps.providers.errors import ProviderError
from apps.providers.families import family_of, maker_of

log = logging.getLogger(__name__)

NOT_CHAT = tuple(
    "embed tts whisper dall-e moderation transcribe image audio realtime rerank babbage davinci turbo-instruct".split()
)
FREE_OF_CHARGE = ("local", "ollama")
"""Providers whose models run on somebody's own machine."""
LONGEST_NAME = 200
MOST_MODELS = 2_000
"""Every form and list of the site offers all models of a provider; the largest vendors list some hundreds."""
FREE = Price(input=Decimal(0), output=Decimal(0), cached=Decimal(0))

UNREADABLE = "The list of {0} holds something that cannot be read or stored; the log has the details."

TOO_MANY = (
    "{0} lists {1:,} models. The first {2:,} are offered; enter the names of those that you want by hand instead."
)

Listing = list[ListedModel] | ProviderError


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Whom to ask for a list: a provider's slug and dialect, and where it listens. Names by hand are a list already."""

    slug: str
    dialect: Dialect
    endpoint: Endpoint
    names_by_hand: tuple[str, ...] = ()

    @property
    def list_models(self) -> ListModels:
        """Return the function that lists the models. Ollama's own API says more of its models than the dialect does."""
        return ollama_models if self.slug == "ollama" else LIST_MODELS[self.dialect]


async def list_all(asked: Iterable[ListRequest], client: httpx.AsyncClient) -> list[Listing]:
    """Return the model list of each provider, or the reason why there is none; all are requested at once."""
    return list(await asyncio.gather(*(_ask(client, one) for one in asked)))


async def _ask(client: httpx.AsyncClient, asked: ListRequest) -> Listing:
    if asked.names_by_hand:
        return [ListedModel(id=name, name=name) for name in asked.names_by_hand]
    try:
        return await asked.list_models(client, asked.endpoint)
    except ProviderError as error:
        return error
    except Exception:  # one vendor's nonsense keeps no other's list from being read
        log.exception("The list of %s broke its reader", asked.endpoint.name)
        return _unreadable(asked.endpoint.name)


def _unreadable(name: str) -> ProviderError:
    return ProviderError(UNREADABLE.format(name), FailureCode.BAD_STREAM)


def write_listing(provider: Provider, listing: Listing) -> int | None:
    """Store what a provider said; the number of its models now, ``None`` if it did not list them.

    Models that are no longer listed become unavailable. After a failure, which a list that cannot be stored is as well,
    those known from before are kept as they are.
    """
    if isinstance(listing, ProviderError):
        _write_failure(provider, listing)
        return None
    try:
        return _write_models_now(provider, listing)
    except (DataError, IntegrityError, ArithmeticError, ValueError):
        log.exception("The list of %s cannot be stored", provider.name)
        _write_failure(provider, _unreadable(provider.name))
        return None


def _write_failure(provider: Provider, failure: ProviderError) -> None:
    provider.refresh_asked_at, provider.refresh_failure = None, failure.sentence
    provider.save(update_fields=["refresh_asked_at", "refresh_failure"])


@transaction.atomic
def _write_models_now(provider: Provider, listing: Sequence[ListedModel]) -> int:
    found = {listed.id: listed for listed in listing if listed.id in provider.names_by_hand or is_chat(listed.id)}
    chat_models = dict(islice(found.items(), MOST_MODELS))
    write_models(provider, list(chat_models.values()))
    provider.models.exclude(name__in=chat_models).update(is_available=False)
    left_out = len(found) - len(chat_models)
    provider.refresh_failure = TOO_MANY.format(provider.name, len(found), MOST_MODELS) if left_out else ""
    provider.refresh_asked_at, provider.refreshed_at = None, timezone.now()
    provider.save(update_fields=["refresh_asked_at", "refresh_failure", "refreshed_at"])
    return len(chat_models)


def is_chat(name: str) -> bool:
    """Return whether a model's name does not say that it is for something else than answering questions."""
    return len(name) <= LONGEST_NAME and not any(word in name.lower() for word in NOT_CHAT)


def write_models(provider: Provider, listed: Sequence[ListedModel]) -> None:
    """Add or update models in two queries, however many there are; needs a transaction."""
    # Locked, so that a price that a person enters meanwhile waits, and stays.
    known = {model.name: model for model in provider.models.order_by().select_for_update(no_key=True)}
    facts = [_facts(provider, one, known.get(one.id)) for one in listed]
    if facts:
        Model.objects.bulk_create(
            [Model(provider=provider, **fact) for fact in facts],
            update_conflicts=True,
            unique_fields=["reference"],
            update_fields=[field for field in facts[0] if field != "reference"],
        )


def _facts(provider: Provider, listed: ListedModel, known: Model | None) -> dict[str, Any]:
    """Return the columns of a model's row. A fact that the list leaves out this time stays as in ``known``."""
    table = price_table.look_up(listed.id, provider.base_url)
    entered = known.price if known and known.price_source == PriceSource.MANUAL else None
    price, source = _price(provider, listed, entered, table)
    return {
        "name": listed.id,
        "reference": f"{provider.slug}/{listed.id}",
        "label": (listed.name or listed.id)[:LONGEST_NAME],
        "maker": maker_of(listed.id),
        "family": family_of(listed.id)[:100],
        "context_length": listed.context_length or table.context_length or (known and known.context_length),
        "max_output": listed.max_output or (known and known.max_output),
        "supports_json_schema": bool(listed.supports_json_schema),
        "supports_vision": listed.supports_vision,
        "supports_reasoning": listed.supports_reasoning,
        "supports_tools": listed.supports_tools,
        "price_source": source,
        "price_input": price.input,
        "price_cached": price.cached,
        "price_output": price.output,
        "is_available": True,
    }


def _price(
    provider: Provider, listed: ListedModel, entered: Price | None, table: price_table.TableEntry
) -> tuple[Price, PriceSource]:
    # What a person entered goes first, then the vendor's own list, then the table.
    if entered is not None:
        return entered, PriceSource.MANUAL
    if provider.slug in FREE_OF_CHARGE:
        return FREE, PriceSource.PROVIDER
    if listed.price is not None:
        return listed.price, PriceSource.PROVIDER
    if table.price is not None:
        return table.price, PriceSource.TABLE
    return Price(), PriceSource.UNKNOWN
