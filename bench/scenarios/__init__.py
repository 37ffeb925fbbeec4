"""The scenarios, in the order in which they run. Each is a coroutine from a stack to rows; ``quick`` makes it small."""

from bench.scenarios import browser, gateway, many_streams, many_viewers, one_run, queue

SCENARIOS = {
    "one-run": one_run.measure,
    "many-streams": many_streams.measure,
    "many-viewers": many_viewers.measure,
    "gateway": gateway.measure,
    "queue": queue.measure,
    "browser": browser.measure,
}
