"""`manage.py export_runs`: write the runs of a person that a search finds to a file, or to standard output."""

import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.models import User
from apps.runs.reading.bulk_export import FORMS, export_runs, runs_found
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import SearchTooSlow


class Command(BaseCommand):
    help = "Write the runs of a person that a search finds as Markdown, JSON, CSV or JSONL of preference pairs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--query", default="", help="a search as the Runs page takes it; without one, all runs")
        parser.add_argument("--format", choices=FORMS, default="json")
        parser.add_argument("--output", type=Path, help="the file to write; without one, standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write run by run. A search that cannot be read, or takes too long, is an error."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is nobody called {options['username']}.")
        output = options["output"]
        try:
            query = RunQuery.parse(options["query"], timezone.localdate())
            with output.open("w", encoding="utf-8", newline="") if output else nullcontext(sys.stdout) as file:
                for piece in export_runs(user, runs_found(user, query), options["format"]):
                    file.write(piece)
        except (BadQuery, OSError) as error:
            raise CommandError(str(getattr(error, "sentence", error))) from error
        except SearchTooSlow as error:
            raise CommandError(error.sentence) from None
