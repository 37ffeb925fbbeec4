"""Replay a strategy over recorded answers and print what it would have got right, and at what cost."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.fusion.calibration import CountingRule
from apps.fusion.statistics import Interval
from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import SLOTS, StrategyName
from apps.runs.measuring.counting import add_counting, counting_of
from apps.runs.measuring.packs import BadPack, load_pack
from apps.runs.measuring.replay import UNDECIDED, UNRECORDED, Finals, Report, Rival, Share, replay
from apps.runs.measuring.replay_recipes import SETTINGS

SMALLEST_P = 0.001


class Command(BaseCommand):
    """Drive a strategy's own steps with recorded answers. No model is called and no database is read."""

    help = (
        "Replay a strategy over a PACK of recorded answers (JSON lines, see docs/strategies.md). The first items say "
        "what the members are worth, the others test the strategy."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", help="A .jsonl or .jsonl.gz file; prices are read from models.json beside it.")
        parser.add_argument("strategy", choices=[str(name) for name in SETTINGS])
        parser.add_argument("--panel", help="Models with commas between, or all; without it the first 8 of the pack.")
        parser.add_argument("--calibrate", type=int, default=200, metavar="N", help="Items to calibrate on (200).")
        parser.add_argument(
            "--finals",
            choices=[str(one) for one in Finals],
            default=str(Finals.TEXT),
            help="Read the final answers in the texts (text), or take those that the pack has of them (recorded).",
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
            "--fields",
            choices=[str(one) for one in NoMajority],
            help="Make answers in JSON of each field’s winner; a field without a majority is null, or judged.",
        )
        add_counting(parser)
        parser.add_argument("--json", metavar="FILE", help="Write the figures to FILE as well.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            pack = load_pack(Path(options["pack"]))
            named = [name.strip() for name in (options["panel"] or "").split(",") if name.strip()]
            panel = pack.models if named == ["all"] else named or pack.models[: len(SLOTS)]
            strategy, finals = StrategyName(options["strategy"]), Finals(options["finals"])
            rule = CountingRule(options["rule"]) if options["rule"] else None
            counting = counting_of(options)
            report = replay(pack, strategy, panel, options["calibrate"], finals, options["alpha"], rule, counting)
        except (BadPack, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(lines_of(report)))
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(document_of(report), indent=2) + "\n", encoding="utf-8")


def lines_of(report: Report) -> list[str]:
    """Return the report as lines for a terminal."""
    at_least = "≥ " if report.unpriced else ""
    lines = [
        f"{report.strategy} on {report.pack}: {', '.join(report.panel)}",
        f"calibrated on the first {report.calibrated} items, tested on the other {report.share.n}; "
        f"final answers: {report.finals}",
        *_calibration_lines(report),
        "",
        _line(str(report.strategy), report.share),
        *(
            f"{_line(rival.name, rival.share)}   {at_least}${rival.cost:.4f}   {_paired(report, rival)}"
            for rival in report.rivals
        ),
        _line(f"{report.strategy}, all {report.whole.n} items", report.whole),
        _line("every member wrong, all items", report.all_wrong),
        "",
        "how it ended",
        *(_line(f"  {name}", share, of=f"{share.n} of {report.share.n}") for name, share in report.exits.items()),
        "",
        f"calls {report.calls}, saved {report.calls_saved} of {report.calls + report.calls_saved}"
        + (f"; {report.calls_cut} cut off, which may be billed and are in the cost" if report.calls_cut else ""),
        f"cost {at_least}${report.cost:.4f} of {at_least}${report.cost_of_all:.4f} for the whole panel, estimated from "
        "characters (four to a token)",
    ]
    if report.unpriced:
        lines.append(f"without a price, so not in the cost: {', '.join(report.unpriced)}")
    if UNRECORDED in report.exits:
        lines.append("fields that no model of the pack gave together: nobody said if that is right, so it is not right")
    if UNDECIDED in report.exits:
        lines.append("undecided: a judge would be asked; that was not recorded, so it counts as not right")
    return lines


def _calibration_lines(report: Report) -> list[str]:
    """Say how weighted votes were counted, and what was certified."""
    if report.strategy not in (StrategyName.WEIGHTED, StrategyName.EARLY_EXIT):
        return []
    calibration, certificate = report.calibration, report.calibration.certificate
    lines = [f"counted by the rule: {calibration.rule}"]
    if certificate:
        lines.append(
            f"certified at {certificate.threshold:.0%} of the weight: at most {certificate.alpha:.1%} wrong "
            f"(δ {certificate.delta:.0%}; {certificate.errors} of {certificate.accepted} items)"
        )
    return lines


def document_of(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it; shares are 0 to 1, amounts USD."""
    return {
        "pack": report.pack,
        "strategy": str(report.strategy),
        "panel": list(report.panel),
        "answer_kind": str(report.calibration.counts),
        "labels": list(report.calibration.labels),
        "finals": str(report.finals),
        "calibrated": report.calibrated,
        "accuracy": _document(report.share),
        "accuracy_of_all_items": _document(report.whole),
        "every_member_wrong": _document(report.all_wrong),
        "rivals": [
            {
                "name": rival.name,
                "accuracy": _document(rival.share),
                "cost_usd": float(rival.cost),
                "only_strategy_right": rival.only_strategy,
                "only_rival_right": rival.only_rival,
                "mcnemar_p": rival.p,
            }
            for rival in report.rivals
        ],
        "exits": {name: _document(share) for name, share in report.exits.items()},
        "calls": report.calls,
        "calls_saved": report.calls_saved,
        "calls_cut": report.calls_cut,
        "calibration": report.calibration.model_dump(mode="json"),
        "cost_usd": float(report.cost),
        "cost_of_whole_panel_usd": float(report.cost_of_all),
        "cost_is_estimated": True,
        "models_without_price": list(report.unpriced),
    }


def _line(name: str, share: Share, of: str = "") -> str:
    return f"{name:<44} {share.percent:6.2f} %  {_bounds(share.interval)}  {of or f'n = {share.n}'}"


def _paired(report: Report, rival: Rival) -> str:
    alone = f"only {report.strategy} right {rival.only_strategy}, only this right {rival.only_rival}"
    return f"{alone}, McNemar p {'< 0.001' if rival.p < SMALLEST_P else f'= {rival.p:.3f}'}"


def _bounds(interval: Interval) -> str:
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _document(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"right": share.right, "n": share.n, "share": share.percent / 100, "low": low, "high": high}
