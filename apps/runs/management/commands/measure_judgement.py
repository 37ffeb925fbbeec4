"""Print the figures of the judgement on recorded and generated answers, and write findings to be read by a person."""

import random
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.runs.measuring import panels
from apps.runs.measuring.figures import DRAWN, GROUPS, Figure, Material
from apps.runs.measuring.trust import trust_figures

MOST_PANELS = 60
"""Panels whose sentences are changed to measure what is believed of them."""


class Command(BaseCommand):
    """Measure agreement, contradictions and bottom lines. No model is called and no database is read."""

    help = (
        "Measure the built-in judgement on recorded answers (FOLDER with gsm8k.jsonl.gz, mmlu_pro.jsonl.gz and "
        "refchecker_zero.jsonl.gz), on generated ones and on the labelled pairs of the tests."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", help="Folder of recordings; without it, only what is generated.")
        parser.add_argument(
            "--read", metavar="FILE", help=f"Write {DRAWN} drawn contradictions of each kind to FILE, to be marked."
        )
        parser.add_argument("--seed", type=int, default=0, help="Seed of the draw, for a second one.")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = Path(options["folder"]) if options["folder"] else None
        if folder and not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        material = Material(folder, Path(settings.BASE_DIR) / "tests" / "fusion" / "comparing")
        for group in GROUPS:
            for figure in group(material):
                self.stdout.write(_line(figure))
        recorded = [panel.texts for panel in material.maths(panels.as_reasoning)[:MOST_PANELS]]
        for figure in trust_figures(recorded or [panel.texts for panel in panels.programs()]):
            self.stdout.write(_line(figure))
        if options["read"]:
            Path(options["read"]).write_text(_sheet(material, options["seed"]), encoding="utf-8")
            self.stdout.write(f"Drawn contradictions: {options['read']}")


def _line(figure: Figure) -> str:
    value = "–" if figure.value is None else f"{figure.value:.3f}"
    return f"{figure.name:<70} {value:>6}  n = {figure.n:<5} {figure.target}".rstrip()


def _sheet(material: Material, seed: int) -> str:
    """Return the drawn contradictions as Markdown, each with an empty mark: x for right, - for wrong."""
    draw, parts = random.Random(seed), []
    for kind, found in material.contradictions.items():
        parts.append(f"# {kind}: {len(found)} contradictions\n")
        for item, finding in draw.sample(found, min(DRAWN, len(found))):
            quotes = "\n".join(f"- {one.slot}: {one.stance!r} in {one.quote!r}" for one in finding.evidence)
            parts.append(f"[ ] {item}: {finding.text}\n{quotes}\n")
    return "\n".join(parts)
