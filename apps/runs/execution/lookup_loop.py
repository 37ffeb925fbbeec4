"""The loop of a call that looks things up: request, look-ups, results, next request, until the model answers.

What a step brought is stored before the next request goes out, so a call whose worker is lost goes on from there: no
page is fetched twice and no search is paid twice. Cancelling the task stops whatever is under way.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection

from apps.catalogue.models import ServerTool
from apps.catalogue.tool_servers import call_tool
from apps.fusion.cost import cost_of
from apps.fusion.lookup_steps import MOST_AT_ONCE, Fetch, Search, Spent, object_of, read_arguments
from apps.fusion.lookups import LookupFailure, LookupFault, LookupTool, Page, SearchResults
from apps.fusion.prompting.lookups import NO_MORE, fault_text, page_text, search_text, tool_text, without_system
from apps.fusion.tools import ToolChoice, ToolSet
from apps.fusion.values import Message, Usage
from apps.fusion.vocabulary import Channel, FinishReason, Status
from apps.lookup.addresses import check_known
from apps.providers.base import clean
from apps.providers.dialects import Dialect
from apps.providers.errors import ProviderError
from apps.runs.execution.call_stream import Streaming
from apps.runs.execution.lookup_client import LookupClient
from apps.runs.execution.routes import LookupPlan, Route
from apps.runs.lifecycle import lookups
from apps.runs.lifecycle.lookups import Found, Step
from apps.runs.lifecycle.outages import MOST_REFUSED, is_refusal, state_of
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call, Source, ToolUse
from apps.runs.spending.metering import tokens_sent, used

log = logging.getLogger(__name__)

LONGEST_LOOKUP_S = 60
"""Seconds after which a look-up counts as failed, however far it is; the client's own limits are shorter."""
LONGEST_SENTENCE = 300
DATABASE_PATIENCE_S = 600
"""Seconds for which a database that is away is waited for: what was looked up is in memory alone."""

T = TypeVar("T")
R = TypeVar("R", SearchResults, Page)


class LookupLoop:
    """The steps of one call. ``ask`` sends the next request with the routes of ``streaming``."""

    def __init__(
        self, streaming: Streaming, plan: LookupPlan, ask: Callable[[], Awaitable[Outcome]], client: LookupClient
    ) -> None:
        self._streaming, self._plan, self._ask, self._client = streaming, plan, ask, client
        self._steps: list[Step] = []
        self._is_last = False

    async def answer(self) -> Outcome:
        """Return the outcome of the request that brought the answer. Raises what ``ask`` raises."""
        await self._resume()
        while True:
            self._offer_tools()
            outcome = await self._ask_tolerantly()
            calls = outcome.reply.tool_calls
            if outcome.status is not Status.DONE or not calls or self._is_last:
                return _without_calls(outcome)
            self._streaming.price_step(*_cost_of_step(self._streaming, self._plan.call, outcome))
            if (task := asyncio.current_task()) and task.cancelling():  # it was stopped when its request was over
                raise asyncio.CancelledError
            step, spent = await in_database(
                lookups.begin_step,
                self._plan.call,
                len(self._steps) + 1,
                self._streaming.step_text(),
                outcome.reply.vendor_data,
                calls,
                self._streaming.attempts,
            )
            await self._take(step, spent)

    async def _resume(self) -> None:
        """Go on from the steps that an earlier worker has stored."""
        for step in self._plan.steps:
            self._streaming.add_step_text(step.text)
            for use in step.uses:
                if use.status.is_final:
                    self._streaming.tell(use.value, "ended")
            self._streaming.end_step()
        if self._plan.steps:
            *whole, newest = self._plan.steps
            for step in whole:
                self._go_on_with(step)
            await self._take(newest, await in_database(lookups.spent_by, self._plan.call))

    async def _take(self, step: Step, spent: Spent) -> None:
        """Carry out the look-ups of a step that have no result yet, and let the next request have them all."""
        self._streaming.end_step()
        gate = asyncio.Semaphore(MOST_AT_ONCE)
        for use in step.uses:
            if use.status.is_final and use.code == LookupFailure.BUDGET_REACHED:
                self._streaming.tell(use.value, "ended")
        try:
            async with asyncio.TaskGroup() as group:
                for use in step.open_uses:
                    group.create_task(self._look_up(use, gate))
        except BaseException:
            # A call that ends within a step has paid for what it has; a worker that goes on with it prices the whole.
            if not (step.is_done or self._streaming.is_interrupted):
                self._streaming.price_lookups([use.cost for use in step.uses if use.status.is_final])
            raise
        self._is_last = step.number >= self._plan.max_steps or spent.is_all
        if not step.is_done:
            self._streaming.price_lookups([use.cost for use in step.uses])
            words = NO_MORE if self._is_last else ""
            await in_database(lookups.finish_step, self._plan.call, step, self._streaming.attempts, words)
        self._go_on_with(step)

    def _go_on_with(self, step: Step) -> None:
        """Let every route go on with a step; after an answer only the one whose model asked for it."""
        self._steps.append(step)
        self._streaming.tokens_added += tokens_sent(step.turns())
        turns, answering = step.turns(), self._streaming.answering
        prepared = self._streaming.prepared
        routes = [one for one in prepared.routes if answering is None or one.reference == answering.reference]
        self._streaming.prepared = replace(prepared, routes=tuple(_with_turns(route, turns) for route in routes))

    def _offer_tools(self) -> None:
        choice = ToolChoice.NONE if self._is_last else ToolChoice.AUTO
        tools = ToolSet(tools=self._plan.tools, choice=choice)
        self._streaming.map_routes(lambda route: _with_tools(route, tools) if route.takes_tools else route)

    async def _ask_tolerantly(self) -> Outcome:
        """Ask; a model whose vendor refuses tools answers without, and the column says so."""
        self._streaming.is_asking = True
        try:
            return await self._ask()
        except ProviderError as error:
            if not error.refuses_tools or self._streaming.first_at:
                raise
        self._is_last = True
        self._streaming.map_routes(partial(_without_tools, rules=self._plan.rules))
        return await self._ask()

    async def _look_up(self, use: ToolUse, gate: asyncio.Semaphore) -> None:
        """Carry out a look-up; whatever comes of it is a result for the model."""
        async with gate:
            self._streaming.tell(use.value, "started")
            begun = time.monotonic()
            try:
                async with asyncio.timeout(LONGEST_LOOKUP_S):
                    found = await self._found(use)
            except LookupFault as fault:
                found = _failed(fault.code, fault.sentence)
            except TimeoutError:
                found = _failed(LookupFailure.TIMEOUT, "It took too long.")
            except Exception:  # the boundary of a look-up: the model is told, and goes on
                log.exception("A look-up of call %s broke", use.call_id)
                found = _failed(LookupFailure.UNAVAILABLE, "Something went wrong inside FusionWeb.")
            told = await in_database(lookups.end_use, use, found, round((time.monotonic() - begun) * 1000))
            self._streaming.tell(told, "ended")

    async def _found(self, use: ToolUse) -> Found:
        if tool := self._plan.server_tools.get(use.name):
            return await _answer_of(tool, use)
        asked = read_arguments(use.name, use.arguments)
        return await (self._search(asked) if isinstance(asked, Search) else self._fetch(asked))

    async def _search(self, asked: Search) -> Found:
        if not self._plan.offers(LookupTool.SEARCH):
            sentence = "Web search is not set up here. Answer with what you know."
            raise LookupFault(LookupFailure.NOT_CONFIGURED, sentence)
        results = _cleaned(await self._client.search(asked.query, asked.max_results))
        sources = await in_database(lookups.sources_for, self._plan.run, results.hits)
        text = search_text(results, sources, token_outside(str(results)))
        return Found(text, sources=sources, engine=results.engine, cost=results.cost)

    async def _fetch(self, asked: Fetch) -> Found:
        source = await self._source(asked.url)
        page = Page(url=source.url, final_url=source.final_url, title=source.title, text=source.text)
        page = page.model_copy(update={"is_cut": source.is_cut, "warnings": source.warnings})
        text = page_text(page, source.number, asked.offset, token_outside(page.title, page.text))
        return Found(text, sources=(source.ref,))

    async def _source(self, url: str) -> Source:
        """Return the run's copy of a page: fetched once, whoever of the run asks for it first."""
        if not self._plan.offers(LookupTool.FETCH):
            raise LookupFault(LookupFailure.NOT_CONFIGURED, "Pages cannot be read in this run.")
        is_named = True
        try:
            check_known(url, self._plan.own_urls)
        except LookupFault:
            is_named = False
            check_known(url, await in_database(lookups.known_to, self._plan.run))
        kept = await in_database(lookups.kept_page, self._plan.run, url)
        if kept is not None:
            return kept
        page = await self._client.fetch(url, is_named=is_named)
        return await in_database(lookups.keep_page, self._plan.run, url, _cleaned(page))


async def in_database(do: Callable[..., T], *arguments: object) -> T:
    """Do something in the database in a thread, which keeps no connection; wait for a database that is away.

    Raise ``OperationalError`` for what it refuses again and again.
    """
    deadline, refused = time.monotonic() + DATABASE_PATIENCE_S, 0
    while True:
        try:
            return await asyncio.to_thread(_closing, do, *arguments)
        except (OperationalError, InterfaceError) as error:
            refused += is_refusal(state_of(error))
            if refused == MOST_REFUSED or time.monotonic() > deadline:
                raise
            log.warning("A look-up waits for the database: %s", error)
            await asyncio.sleep(0.5)


async def _answer_of(tool: ServerTool, use: ToolUse) -> Found:
    """Return the answer of a connected tool. A fault that the tool tells of goes to the model like an answer."""
    answer = await call_tool(tool, object_of(use.arguments))
    text = tool_text(use.name, answer.text, token_outside(answer.text))
    if not answer.is_error:
        return Found(text)
    return Found(text, Status.FAILED, LookupFailure.UNAVAILABLE, answer.text[:LONGEST_SENTENCE])


def token_outside(*texts: str) -> str:
    """Return a random word for the marks of a fence that is in none of the texts."""
    while True:
        token = secrets.token_hex(4)
        if not any(token in text for text in texts):
            return token


def _closing(do: Callable[..., T], *arguments: object) -> T:
    try:
        return do(*arguments)
    finally:
        connection.close()


def _with_turns(route: Route, turns: Sequence[Message]) -> Route:
    return replace(route, request=replace(route.request, messages=(*route.request.messages, *turns)))


def _with_tools(route: Route, tools: ToolSet) -> Route:
    request = replace(route.request, tools=tools)
    if route.dialect is Dialect.GEMINI:  # most of its models refuse a schema beside tools; the prompt has it in words
        request = replace(request, json_schema=None)
    return replace(route, request=request)


def _without_tools(route: Route, rules: str) -> Route:
    """Return a route whose model is neither offered tools nor told of them."""
    if not route.takes_tools:
        return route
    request = replace(route.request, tools=None, messages=without_system(route.request.messages, rules))
    return replace(route, request=request, takes_tools=False, dropped=(*route.dropped, "tools"))


def _failed(code: LookupFailure, sentence: str) -> Found:
    return Found(fault_text(sentence), Status.FAILED, code, sentence)


def _cost_of_step(streaming: Streaming, call: Call, outcome: Outcome) -> tuple[Usage, Decimal | None]:
    """Return what the newest request used and cost (USD), by our count where its vendor says nothing."""
    texts = {"text": streaming.step_text(), "reasoning": streaming.step_text(Channel.REASONING)}
    reply = outcome.reply.model_copy(update=texts)
    usage = used(call, reply, was_answered=True, sent=outcome.sent)
    price = streaming.answering.price if streaming.answering else None
    return usage, cost_of(usage, price, reply.cost)[0]


def _cleaned(found: R) -> R:
    """Return results or a page as a database can hold them, whatever the web sent."""
    return type(found).model_validate(_clean_texts(found.model_dump()))


def _clean_texts(found: Any) -> Any:
    if isinstance(found, str):
        return clean(found)
    if isinstance(found, dict):
        return {name: _clean_texts(value) for name, value in found.items()}
    return tuple(map(_clean_texts, found)) if isinstance(found, tuple) else found


def _without_calls(outcome: Outcome) -> Outcome:
    """Return an answer without calls of tools: after the last step they are no answer any more."""
    reply = outcome.reply
    reason = FinishReason.STOP if reply.finish_reason is FinishReason.TOOL_CALLS else reply.finish_reason
    return replace(outcome, reply=reply.model_copy(update={"tool_calls": (), "finish_reason": reason}))
