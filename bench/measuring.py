"""One scenario measured: its rows, and what disturbed them."""

import time
from dataclasses import replace

import psutil

from bench import machine
from bench.figures import Row
from bench.scenarios import MORE, SCENARIOS
from bench.stack import Stack, cpu_of


async def measured(name: str, stack: Stack, quick: bool) -> list[Row]:
    """Return the rows of a scenario, with the share of stolen time and the CPU that the measuring itself took.

    A scenario that times out is a row of its own, which counts as a loss.
    """
    before, began, used = machine.steal(), time.monotonic(), _used(stack)
    try:
        rows = await (SCENARIOS | MORE)[name](stack, quick)
    except TimeoutError:
        rows = [Row(name, "runs that hung", 1, "", 0, note="nothing else of this scenario could be measured")]
    share, took = machine.steal_share(before, machine.steal()), time.monotonic() - began
    shares = {part: (seconds - used[part]) / took for part, seconds in _used(stack).items()}
    rows.append(_own_row(rows[0].scenario, shares))
    return [replace(row, steal=share) for row in rows]


def _own_row(scenario: str, shares: dict[str, float]) -> Row:
    others = max(0.0, shares.pop("all") - shares.pop("stack") - sum(shares.values()))
    note = ", ".join(f"{part} {share:.0%}" for part, share in shares.items()) + f"; others on the machine {others:.0%}"
    return Row(scenario, "CPU of the bench itself, of a core", sum(shares.values()) * 100, "%", note=note)


def _used(stack: Stack) -> dict[str, float]:
    """Return the seconds of CPU used so far, by who used them.

    These are this process, with all viewers; its children that have ended (direct clients, commands); the upstream; the
    stack; the whole machine.
    """
    own, machine_wide = psutil.Process().cpu_times(), psutil.cpu_times()
    return {
        "viewers": own.user + own.system,
        "direct client and commands": own.children_user + own.children_system,
        "upstream": cpu_of(stack.vendor),
        "stack": sum(stack.cpu().values()),
        "all": machine_wide.user + machine_wide.nice + machine_wide.system,
    }
