"""`manage.py seed_history 1000000`: a long history of 50 people, to measure lists and searches with."""

import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.runs.measuring.history import disk_needed, seed_history

PEOPLE = 50


class Command(BaseCommand):
    help = "Store made-up runs of 50 people, to measure with. Never on a site that people use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("runs", type=int)
        parser.add_argument("--body", type=int, default=2000, help="characters of an answer (the median)")
        parser.add_argument("--yes", action="store_true", help="do not ask before the disk is filled")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what disk is needed, ask, and store the runs."""
        needed = disk_needed(options["runs"], options["body"]) / 1e9
        free = shutil.disk_usage(".").free / 1e9
        self.stdout.write(f"{options['runs']:,} runs take about {needed:.1f} GB; on this disk {free:.0f} GB are free.")
        if not options["yes"] and input("Store them? [y/N] ").lower() != "y":
            return
        model = (
            Model.objects.filter(provider__is_connected=True, is_available=True)
            .values_list("reference", flat=True)
            .first()
        )
        if model is None:
            raise CommandError("Connect a model first: the runs are said to be of one.")
        owners = [User.objects.get_or_create(username=f"history-{number:02d}")[0] for number in range(PEOPLE)]
        for done in seed_history(owners, options["runs"], model, options["body"]):
            self.stdout.write(f"{done:,} runs")
