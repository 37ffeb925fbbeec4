"""`python -m bench`: run the scenarios on the real stack, print the table, keep it as JSON."""

import argparse
import asyncio
import json
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import machine, measuring, profiles, stack
from bench.figures import Row, exit_status
from bench.scenarios import MORE, SCENARIOS

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Exit status as :func:`bench.figures.exit_status` says."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the stack is stopped as well
    options = _options()
    console = Console(width=140)
    rows: list[Row] = []
    began = time.monotonic()
    with stack.running() as running:
        console.print(f"the stack is up after {time.monotonic() - began:.0f} s")
        for name in options.only or SCENARIOS:
            began = time.monotonic()
            with profiles.recorded(running, name, options.profile):
                rows += asyncio.run(measuring.measured(name, running, options.quick))
            console.print(f"{name}: {time.monotonic() - began:.0f} s")
    console.print(_table(rows))
    if options.profile:
        console.print(f"Profiles are in {profiles.FOLDER}; figures that were taken meanwhile are not written.")
    elif not options.quick:
        console.print(f"Written to {_write(rows)}")
    return exit_status(rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short; writes no file")
    parser.add_argument(
        "--only", choices=[*SCENARIOS, *MORE], action="append", help="only this scenario (may be repeated)"
    )
    parser.add_argument(
        "--profile", nargs="?", choices=profiles.FORMATS, const="svg", help="sample worker and web while they work"
    )
    return parser.parse_args()


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
