"""The scenarios, in the order in which they run. Each is a coroutine from a stack to rows; ``quick`` makes it small."""

from collections.abc import Awaitable, Callable

from bench.figures import Row
from bench.scenarios import browser, gateway, history, many_streams, many_viewers, one_run, queue, scaling, slopes
from bench.stack import Stack

Scenario = Callable[[Stack, bool], Awaitable[list[Row]]]
SCENARIOS: dict[str, Scenario] = {
    "one-run": one_run.measure,
    "many-streams": many_streams.measure,
    "many-viewers": many_viewers.measure,
    "gateway": gateway.measure,
    "queue": queue.measure,
    "browser": browser.measure,
    "history": history.measure,
}

MORE: dict[str, Scenario] = {"slopes": slopes.measure, "scaling": scaling.measure}
"""Scenarios that run only when they are named."""
