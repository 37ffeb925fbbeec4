"""The request of a call, from its run, its inputs and the catalogue."""

from contextlib import suppress
from dataclasses import replace

from django.utils import timezone

from apps.catalogue.lookup.site import web_settings
from apps.catalogue.models import Model
from apps.catalogue.native_search import price_of_native_search
from apps.catalogue.queries import endpoint_of
from apps.catalogue.recipes.warnings import LLAMA_CPP
from apps.catalogue.timeouts import timeouts_of
from apps.catalogue.tool_servers import offered_tools
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.lookups import FETCH, SEARCH
from apps.fusion.prompting.lookups import day_text, lookup_rules, with_system
from apps.fusion.tools import Tool
from apps.fusion.values import Message
from apps.fusion.vocabulary import LOOKING_UP, FailureCode, PromptStyle, Role
from apps.fusion.wanted_repetition import asks_for_repetition, repeats_alike
from apps.lookup.addresses import known_addresses
from apps.providers.base import Endpoint, Request
from apps.providers.dialects import dropped
from apps.providers.errors import ProviderError
from apps.providers.schemas import is_strict
from apps.runs.execution.inputs import CannotSend, answers_of, model_of, request_of, tools_of
from apps.runs.execution.native_search import SEARCHING
from apps.runs.execution.roles import role_of
from apps.runs.execution.routes import LookupPlan, Prepared, Route
from apps.runs.lifecycle.lookups import steps_of
from apps.runs.lifecycle.rows_to_events import started_event
from apps.runs.models import Call


def prepare(call: Call) -> Prepared:
    """Return the request of a call, from its run, its inputs and the catalogue; raises :class:`CannotSend`.

    Where it is the fallback's turn, the model itself has had its own.
    """
    routes = [_route(call, call.next_model)]
    if call.fallback and call.fallback != call.next_model:
        with suppress(CannotSend):  # a fallback that has left is no reason not to ask the model itself
            routes.append(_route(call, call.fallback))
    attempts = call.attempt_values if call.claim > 1 else ()  # nobody asked before the first claim
    plan = lookup_plan_of(call)
    looks = plan or any(route.request.searches_natively for route in routes)
    day = call.run.recipe.today or (timezone.localdate().isoformat() if looks else "")
    if day:
        routes = [_told(route, day_text(day)) for route in routes]
    if plan:
        routes = [_with_rules(route, plan) for route in routes]
    return Prepared(started=started_event(call), routes=tuple(routes), attempts=attempts, lookups=plan)


def lookup_plan_of(call: Call) -> LookupPlan | None:
    """Return the look-ups that a call may make, ``None`` for none.

    A call that may ask for the client's tools has none of ours: its answer would be neither one's whole.
    """
    web = _settings_of(call)
    if web is None:
        return None
    can_search = web.search and web_settings().engine is not None
    server_tools = offered_tools()
    if not (can_search or web.fetch or server_tools):
        return None
    tools = (SEARCH,) * can_search + (FETCH,) * web.fetch
    described = (
        Tool(name=name, description=tool.description, parameters=tool.input_schema)
        for name, tool in server_tools.items()
    )
    own = [message.text for message in call.own_messages if message.result is None and message.role != "assistant"]
    return LookupPlan(
        call=call,
        tools=(*tools, *described),
        rules=lookup_rules(
            can_search=can_search,
            can_fetch=web.fetch,
            tools=list(server_tools),
            is_judge=call.role is Role.JUDGE,
        ),
        max_steps=web.max_tool_calls,
        own_urls=known_addresses(own),
        server_tools=server_tools,
        steps=steps_of(call.pk) if call.claim > 1 else (),
    )


def _settings_of(call: Call) -> LookupSettings | None:
    """Return the look-ups that the recipe allows a call, ``None`` for none."""
    web = LookupSettings() if call.role is Role.SETTLEMENT else call.run.recipe.web
    is_allowed = web is not None and web.is_on and call.role in LOOKING_UP and not tools_of(call)
    return web if is_allowed else None


def _searches_natively(call: Call, model: Model) -> bool:
    """Return whether the vendor of a model is asked to search. Then the model is given no tools of ours."""
    web = _settings_of(call)
    return web is not None and web.search and call.role in SEARCHING and model.searches_natively


def _with_rules(route: Route, plan: LookupPlan) -> Route:
    """Return a route whose model is told of the look-ups; one that has no place for tools answers without."""
    if route.request.searches_natively:
        return route
    if not route.takes_tools:
        return replace(route, dropped=(*route.dropped, "tools"))
    return _told(route, plan.rules)


def _told(route: Route, words: str) -> Route:
    """Return a route whose model is told more; a small model follows its task better without."""
    request = route.request
    if request.style is not PromptStyle.CHAT:
        return route
    return replace(route, request=replace(request, messages=with_system(request.messages, words)))


def _route(call: Call, reference: str) -> Route:
    model = model_of(call, reference)
    dialect, endpoint = model.provider.dialect, _endpoint(model)
    role = role_of(call)
    schema = role.schema(call, model) if model.supports_json_schema or role.schema_is_given else None
    messages, unseen = _seen_by(model, role.messages(call, model))
    tools = tools_of(call)
    if tools and not model.takes_tools:
        sentence = f"The model “{reference}” takes no tools. Ask another model, or send it none."
        raise CannotSend(FailureCode.INVALID_REQUEST, sentence)
    is_native = _searches_natively(call, model)
    request = Request(
        model=model.name,
        messages=messages,
        parameters=call.parameters,
        style=model.style,
        json_schema=schema,
        tries_schema=role.schema_is_given and not (model.supports_json_schema and is_strict(schema)),
        tools=tools,
        searches_natively=is_native,
        max_output=model.max_output,
        depth=call.run.recipe.depth + 1,
        timeouts=timeouts_of(model, call.parameters.reasoning_effort is not None),
    )
    return Route(
        reference=model.reference,
        dialect=dialect,
        endpoint=endpoint,
        request=request,
        guard=model.style != PromptStyle.CHAT and not _may_repeat(call),
        dropped=(*dropped(dialect, endpoint, request), *unseen),
        is_rationed=model.provider.requests_per_minute is not None,
        is_limited=model.provider.is_limited,
        is_local=model.provider.slug == LLAMA_CPP,
        price=model.price,
        search_price=price_of_native_search(model) if is_native else None,
        takes_tools=model.looks_things_up and model.takes_tools and not is_native,
    )


def _may_repeat(call: Call) -> bool:
    """Return whether the text of a call may repeat itself: so the request wants it, or most answers that it reads do.

    A reply about answers is never wanted twice.
    """
    if call.role.urgency is Role.JUDGE or call.role.is_beside:
        return False
    return asks_for_repetition(request_of(call)) or repeats_alike("", answers_of(call).values())


def _seen_by(model: Model, messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Return the messages as the model can read them, and "images" if it gets the text without them."""
    if model.sees_images or not any(message.images for message in messages):
        return messages, ()
    return tuple(message.model_copy(update={"images": ()}) for message in messages), ("images",)


def _endpoint(model: Model) -> Endpoint:
    try:
        return endpoint_of(model)
    except ProviderError as error:
        raise CannotSend(error.code, error.sentence) from None
