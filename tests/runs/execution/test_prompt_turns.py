"""Calls that send the same long prompt to a model of this machine: read once, where the server can."""

import asyncio
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from apps.catalogue.models import Model, Provider
from apps.fusion.tokens import count_tokens
from apps.fusion.values import Message, Parameters
from apps.fusion.vocabulary import PromptStyle, Role, Status
from apps.providers.base import Endpoint, Request
from apps.providers.dialects import Dialect
from apps.runs import actions
from apps.runs.execution.prompt_turns import LEAST_TOKENS, PromptTurns
from apps.runs.execution.routes import Route
from fusionweb.local import models
from fusionweb.local.ports import inner_port
from fusionweb.local.supervisor import tied
from tests.services import wait_until

LONG = "The river carries stones, and the garden has a wall of them. " * 25
SHORT = "How high is the Eiffel Tower?"


def route(prompt: str = LONG, model: str = "small", *, is_local: bool = True, port: int = 1) -> Route:
    request = Request(model=model, messages=(Message(role="user", text=prompt),))
    endpoint = Endpoint("This machine", f"http://127.0.0.1:{port}/v1")
    return Route(f"local/{model}", Dialect.OPENAI, endpoint, request, is_local=is_local)


class Calls:
    """Calls that hold their turn until they are told to end."""

    def __init__(self) -> None:
        self.turns, self.at_work, self.may_end = PromptTurns(), 0, asyncio.Event()

    async def carry_out(self, one: Route) -> None:
        async with self.turns.turn(one):
            self.at_work += 1
            await self.may_end.wait()


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "second, at_work",
    [
        (route(), 1),
        (route(LONG + "And?"), 2),
        (route(model="other"), 2),
        (route(port=2), 2),
        (replace(route(), is_local=False), 2),
    ],
    ids="same prompt model server vendor".split(),
)
async def test_same_long_prompt_waits_for_its_turn(second: Route, at_work: int) -> None:
    calls = Calls()
    tasks = [asyncio.create_task(calls.carry_out(one)) for one in (route(), second)]
    await settled()

    assert calls.at_work == at_work
    calls.may_end.set()
    await asyncio.gather(*tasks)
    assert calls.at_work == 2
    assert calls.turns._turns == {}


async def test_short_prompts_go_side_by_side() -> None:
    calls = Calls()
    tasks = [asyncio.create_task(calls.carry_out(route(SHORT))) for _ in range(3)]
    await settled()

    assert count_tokens(SHORT) < LEAST_TOKENS <= count_tokens(LONG)
    assert calls.at_work == 3
    calls.may_end.set()
    await asyncio.gather(*tasks)


async def test_call_that_is_stopped_while_it_waits_leaves_the_turn_to_the_next() -> None:
    calls = Calls()
    first, second, third = [asyncio.create_task(calls.carry_out(route())) for _ in range(3)]
    await settled()

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    calls.may_end.set()
    await asyncio.gather(first, third)

    assert calls.at_work == 2
    assert calls.turns._turns == {}


def local_model(bench: Any, base_url: str, name: str, **values: Any) -> str:
    provider, _ = Provider.objects.get_or_create(slug="local", defaults={"name": "This machine", "base_url": base_url})
    facts = {"provider": provider, "name": name, "label": name, "base_url": base_url, "price_input": 0}
    return Model.objects.create(reference=f"local/{name}", price_output=0, **facts, **values).reference


@pytest.mark.parametrize("prompt, at_once", [(LONG, 1), (SHORT, 2)], ids="long short".split())
def test_columns_of_one_local_model_are_asked_in_turn(bench, private_valkey, own_worker, prompt, at_once) -> None:
    bench.upstream.script("small", "stall-mid", text="It is 330 metres high.")
    reference = local_model(bench, bench.upstream.url, "small")
    own_worker()

    run = bench.start(reference, reference, bench.model("other"), prompt=prompt, quorum=3)
    bench.upstream.wait_for("other", ended=True)
    bench.upstream.wait_for("small", requests=at_once, events=1)
    calls = run.calls.filter(model=reference)
    wait_until(lambda: calls.filter(status=Status.RUNNING).count() == 2, "both columns are at work")
    asked = len(bench.upstream.ledger("small"))
    bench.upstream.release("small")

    assert asked == at_once
    assert bench.finish(run).status == Status.DONE
    assert len(bench.upstream.ledger("small")) == 2
    assert set(calls.values_list("status", flat=True)) == {Status.DONE}


@pytest.mark.timeout(600)
def test_real_model_reads_the_prompt_of_two_columns_once(bench, private_valkey, own_worker, tmp_path) -> None:
    port, small = inner_port(), models.LOCAL_MODELS[0]
    command = models.serve_command(small, port, tmp_path, 1)
    server = subprocess.Popen(tied(command, "TERM"), start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: models.is_ready(port), "the model is loaded", 120)
        reference = local_model(bench, models.url(port), small.name, style=PromptStyle.SMALL)
        own_worker(FIRST_TOKEN_TIMEOUT="250", IDLE_TIMEOUT="250", LOST_AFTER_SECONDS="60")

        recipe = bench.recipe(reference, reference)
        panel = tuple(spec.model_copy(update={"parameters": Parameters(max_tokens=8)}) for spec in recipe.panel)
        asked = recipe.model_copy(update={"panel": panel})
        run = bench.finish(actions.start_run(bench.owner, [bench.message(LONG)], asked), 400)
    finally:
        server.kill()
        server.wait()

    usages = [call.usage for call in run.calls.filter(role=Role.PANEL).order_by("started_at", "pk")]
    fresh = sorted((usage.input_tokens or 0) - (usage.cached_tokens or 0) for usage in usages)
    assert fresh[0] < 20  # of some 500
    assert fresh[1] > LEAST_TOKENS
