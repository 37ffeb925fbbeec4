"""Refresh the model lists of providers, test models, measure the speed of local ones; try an entry before it is stored.

Tasks write their result to the row; of a list and a test also a failure, in the vendor's own words. An entry that fails
is refused at its field.
"""

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import aclosing, suppress
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.catalogue.actions import InvalidProvider
from apps.catalogue.connecting.listing import Listing, ListRequest, list_all, write_listing
from apps.catalogue.models import Model, Provider
from apps.catalogue.queries import endpoint_of, endpoint_of_provider
from apps.catalogue.recipes.builtin_presets import write_presets
from apps.fusion.cost import cost_so_far
from apps.fusion.tokens import count_tokens
from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode
from apps.outbound import clients
from apps.providers.base import End, Endpoint, Request, Timeouts
from apps.providers.dialects import STREAM, Dialect
from apps.providers.errors import ProviderError
from apps.providers.openai_compatible import check_key

TEST_TIMEOUTS = Timeouts(connect_s=5, first_token_s=20, idle_s=10, total_s=30)
MEASURING_TIMEOUTS = Timeouts(connect_s=5, first_token_s=120, idle_s=30, total_s=150)
MEASURING_WORDS = "river stone bread light window garden music letter road winter summer engine paper hill".split()
MEASURED_WORDS = 250
TRY_S = 15
"""Seconds that a person waits at most while an entry is tried."""
FIELDS = {
    FailureCode.AUTHENTICATION: "api_key",
    FailureCode.PERMISSION: "api_key",
    FailureCode.CONNECTION: "base_url",
    FailureCode.TIMEOUT: "base_url",
    FailureCode.BAD_STREAM: "base_url",
    FailureCode.INVALID_REQUEST: "base_url",
    FailureCode.INVALID_MODEL: "base_url",
}
"""The field to correct after a failure; what is not here, such as a limit of rates, may pass by itself."""
WITHOUT_LIST = "Check that it ends with the version; a server without a list of models needs their names below."
TEST_MESSAGE = Message(role="user", text="Answer with one word: ready?")


def refresh(providers: Sequence[Provider]) -> None:
    """Fetch and store the model lists of these providers, all at once, and choose the presets anew.

    The list of one that was changed or deleted meanwhile is dropped: a change asks for another.
    """
    endpoints: list[tuple[Provider, Endpoint]] = []
    for provider in providers:
        try:
            endpoints.append((provider, endpoint_of_provider(provider)))
        except ProviderError as error:
            write_listing(provider, error)
    requests = [
        ListRequest(provider.slug, provider.dialect, endpoint, provider.names_by_hand)
        for provider, endpoint in endpoints
    ]

    async def fetch() -> list[Listing]:
        async with clients.client() as client:
            return await list_all(requests, client)

    for (provider, endpoint), listing in zip(endpoints, asyncio.run(fetch()), strict=True):
        with transaction.atomic():
            if _is_as_asked(provider, endpoint):
                write_listing(provider, listing)
    write_presets()


def _is_as_asked(provider: Provider, endpoint: Endpoint) -> bool:
    """Return whether a provider would still be asked for its list in the same way, and lock it as it is now."""
    now = Provider.objects.select_for_update(no_key=True).filter(pk=provider.pk).first()
    if now is None or (now.dialect, now.names_by_hand) != (provider.dialect, provider.names_by_hand):
        return False
    try:
        return endpoint_of_provider(now) == endpoint
    except ProviderError:
        return False


def try_entry(provider: Provider) -> None:
    """Ask a provider for its models with the key that was entered, or for one token of the first model named by hand.

    Raise :class:`InvalidProvider` at the field to correct. The provider need not be stored.
    """
    try:
        endpoint = endpoint_of_provider(provider)
        asyncio.run(_try(provider, endpoint))
    except TimeoutError:
        raise InvalidProvider(f"{provider.name} did not answer within {TRY_S} s.", "base_url") from None
    except ProviderError as error:
        field = FIELDS.get(error.code)
        sentence = error.sentence
        if error.code is FailureCode.INVALID_MODEL:
            field = "model_names" if provider.model_names else field
            sentence = sentence if provider.model_names else f"{sentence} {WITHOUT_LIST}"
        if field:
            raise InvalidProvider(sentence, field) from None


async def _try(provider: Provider, endpoint: Endpoint) -> None:
    if names := provider.names_by_hand:
        model = Model(provider=provider, name=names[0])
        async with asyncio.timeout(TRY_S):
            await _first_token(model, endpoint)
        return
    asked = ListRequest(provider.slug, provider.dialect, endpoint)
    async with asyncio.timeout(TRY_S), clients.client() as client:
        await asked.list_models(client, endpoint)
        if provider.dialect is Dialect.OPENAI and endpoint.api_key.get_secret_value():
            await check_key(client, endpoint)


def cost_of_test(model: Model) -> Decimal | None:
    """Return the cost of a test in USD by our count, or ``None`` if the price is unknown."""
    return cost_so_far(model.price, count_tokens(TEST_MESSAGE.text), 1)


def test_models(models: Iterable[Model]) -> None:
    """Request one token of each, as a call would; store the seconds to it, or the failure."""
    for model in models:
        _test(model)


def measure_speeds(models: Iterable[Model]) -> None:
    """Let each of these models read a prompt that is new to it, and store its speed; one that fails keeps its own."""
    for model in models:
        with suppress(ProviderError):
            model.prompt_speed = asyncio.run(_prompt_speed(model, endpoint_of(model)))
            model.save(update_fields=["prompt_speed"])


def _test(model: Model) -> None:
    try:
        endpoint = endpoint_of(model)
        model.test_latency_s, model.test_failure = asyncio.run(_first_token(model, endpoint)), ""
    except ProviderError as error:
        model.test_latency_s, model.test_failure = None, error.sentence
    model.test_asked_at, model.tested_at = None, timezone.now()
    model.save(update_fields=["test_asked_at", "tested_at", "test_latency_s", "test_failure"])


async def _prompt_speed(model: Model, endpoint: Endpoint) -> float | None:
    """Return the tokens of a fresh prompt that the model reads in a second; ``None`` if it had seen it all the same."""
    # Random from its first word: a server keeps the beginnings of prompts that it has read.
    prompt = " ".join(secrets.choice(MEASURING_WORDS) for _ in range(MEASURED_WORDS))
    request = Request(
        model=model.name,
        messages=(Message(role="user", text=prompt),),
        parameters=Parameters(max_tokens=1),
        style=model.style,
        timeouts=MEASURING_TIMEOUTS,
    )
    usage, first_at, started = Usage(), 0.0, time.monotonic()
    async with (
        clients.client() as client,
        aclosing(STREAM[model.provider.dialect](client, endpoint, request)) as pieces,
    ):
        async for piece in pieces:
            first_at = first_at or time.monotonic()
            usage = piece.usage if isinstance(piece, End) else usage
    read = (usage.input_tokens or count_tokens(prompt)) - (usage.cached_tokens or 0)
    return read / (first_at - started) if read > MEASURED_WORDS / 2 else None


async def _first_token(model: Model, endpoint: Endpoint) -> float:
    """Return the seconds to the first token, or to the end if the one token was spent on hidden reasoning."""
    request = Request(
        model=model.name,
        messages=(TEST_MESSAGE,),
        parameters=Parameters(max_tokens=1),
        style=model.style,
        timeouts=TEST_TIMEOUTS,
    )
    started = time.monotonic()
    async with clients.client() as client:
        sent = STREAM[model.provider.dialect](client, endpoint, request)
        async with aclosing(sent) as pieces:
            try:
                async for _ in pieces:
                    # Leaving hangs up, so that a model which ignores max_tokens does not run on.
                    break
            except ProviderError as error:
                if error.code is not FailureCode.EMPTY:
                    raise
    return time.monotonic() - started
