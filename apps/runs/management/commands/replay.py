"""Replay a strategy over recorded answers and print what it would have got right, at what cost and after what time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fusion.calibration import CountingRule
from apps.fusion.routing import ROUTE
from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import SLOTS, StrategyName, WeightBasis
from apps.runs.measuring.counting import add_counting, counting_of
from apps.runs.measuring.pack_labels import Finals
from apps.runs.measuring.packs import BadPack, fault_of, load_latencies, load_pack
from apps.runs.measuring.replay import replay, with_latencies
from apps.runs.measuring.replay_recipes import Variation
from apps.runs.measuring.replay_report import Plan
from apps.runs.measuring.replay_words import document_of, lines_of

Number = TypeVar("Number", int, float)


class Command(BaseCommand):
    """Drive a strategy's own steps with recorded answers. No model is called and no database is read."""

    help = (
        "Replay a strategy over a PACK of recorded answers (JSON lines, see docs/strategies.md). The first items say "
        "what the members are worth, the others test the strategy."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", help="A .jsonl or .jsonl.gz file; prices are read from models.json beside it.")
        parser.add_argument("strategy", choices=[*map(str, StrategyName), ROUTE])
        parser.add_argument("--panel", help="Models with commas between, or all; without it the first 8 of the pack.")
        parser.add_argument(
            "--calibrate", type=int, default=200, metavar="N", help="Items to calibrate on (200); 0 tests on all."
        )
        parser.add_argument(
            "--finals",
            choices=[str(one) for one in Finals],
            help="Take the final answers that the pack has (recorded; the default if it has any), or read the texts.",
        )
        parser.add_argument(
            "--alpha", type=float, help="Certify that no more than this share of answers is wrong, such as 0.05."
        )
        parser.add_argument(
            "--rule",
            choices=[str(rule) for rule in CountingRule],
            help="Count weighted votes so; without it the calibration items choose.",
        )
        parser.add_argument(
            "--weigh-by", choices=[str(one) for one in WeightBasis], help="What votes weigh by (accuracy)."
        )
        parser.add_argument("--weights", default="", help="Weights by hand, in the panel's order, with commas between.")
        parser.add_argument(
            "--stages", default="", help="Members of each stage of a cascade, such as 2,1,1; else all but the last."
        )
        parser.add_argument("--threshold", type=float, help="The share of the weight at which a stage agrees.")
        parser.add_argument(
            "--fields",
            choices=[str(one) for one in NoMajority],
            help="Make answers in JSON of each field’s winner; a field without a majority is null, or judged.",
        )
        add_counting(parser)
        parser.add_argument(
            "--latencies", metavar="FILE", help="JSON: seconds by model, a number or a list to draw from."
        )
        parser.add_argument("--json", metavar="FILE", help="Write the figures to FILE as well; - prints them alone.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            pack = load_pack(Path(options["pack"]))
            if options["latencies"]:
                pack = with_latencies(pack, load_latencies(Path(options["latencies"])))
            report = replay(pack, _plan(options, pack.models))
        except (BadPack, ValueError) as error:
            raise CommandError(fault_of(error)) from error
        figures = json.dumps(document_of(report), indent=2)
        self.stdout.write(figures if options["json"] == "-" else "\n".join(lines_of(report)))
        if options["json"] and options["json"] != "-":
            try:
                Path(options["json"]).write_text(figures + "\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"The figures cannot be written: {error}") from error


def _plan(options: dict[str, Any], models: tuple[str, ...]) -> Plan:
    """Return the replay that the options ask for; raises ``ValueError`` for options that do not go together."""
    named = tuple(_listed(options["panel"] or ""))
    weights = _numbers(options, "weights", float, "3,1,1")
    default = WeightBasis.HAND if weights else WeightBasis.ACCURACY
    variation = Variation(
        weigh_by=WeightBasis(options["weigh_by"] or default),
        weights=weights,
        stages=_numbers(options, "stages", int, "2,1,1"),
        threshold=options["threshold"],
    )
    return Plan(
        strategy=options["strategy"],
        panel=models if named == ("all",) else named or models[: len(SLOTS)],
        calibrated=options["calibrate"],
        finals=Finals(options["finals"]) if options["finals"] else None,
        alpha=options["alpha"],
        rule=CountingRule(options["rule"]) if options["rule"] else None,
        counting=counting_of(options),
        variation=variation,
    )


def _numbers(options: dict[str, Any], name: str, kind: Callable[[str], Number], example: str) -> tuple[Number, ...]:
    try:
        return tuple(kind(one) for one in _listed(options[name]))
    except ValueError:
        told = options[name]
        raise ValueError(f"Write --{name} as numbers with commas between, such as {example}, not {told}.") from None


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
