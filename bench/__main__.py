"""`python -m bench`: run the scenarios on the real stack, print the table, keep it as JSON."""

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import machine, stack
from bench.figures import Row
from bench.scenarios import SCENARIOS
from bench.stack import Stack

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Exit status 1 only for what a slow machine cannot explain: a loss, or a run that did not end."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short; writes no file")
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="only this scenario (may be repeated)")
    options = parser.parse_args()
    names = options.only or list(SCENARIOS)
    console = Console(width=140)
    rows: list[Row] = []
    with stack.running() as running:
        for name in names:
            console.print(f"[dim]{name} …[/dim]")
            rows += asyncio.run(_measured(name, running, options.quick))
    console.print(_table(rows))
    if not options.quick:
        console.print(f"Written to {_write(rows)}")
    return 1 if any(row.target == 0 and not row.is_reached for row in rows) else 0


async def _measured(name: str, running: Stack, quick: bool) -> list[Row]:
    """The rows of a scenario, with the share of time that was stolen meanwhile."""
    before = machine.steal()
    rows = await SCENARIOS[name](running, quick)
    share = machine.steal_share(before, machine.steal())
    return [Row(**{**vars(row), "steal": share}) for row in rows]


def _table(rows: list[Row]) -> Table:
    table = Table("scenario", "figure", "measured", "to reach", "verdict", "steal", "note")
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        target = "" if row.target is None else f"{sign} {row.target:g} {row.unit}"
        table.add_row(
            row.scenario, row.figure, f"{row.value:.4g} {row.unit}", target, row.verdict, f"{row.steal:.1%}", row.note
        )
    return table


def _write(rows: list[Row]) -> Path:
    now = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%d-%H%M}.json"
    found = {"at": now.isoformat(timespec="seconds"), **machine.description(), "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
