"""`manage.py import_all`: read an archive back, for the users of the same names or for one."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.archives.export import Progress
from apps.archives.faults import BadArchive
from apps.archives.importing import import_archive, to_namesakes, to_one
from apps.archives.opening import Manifest


class Command(BaseCommand):
    help = "Import an archive of export_all, or of “Download everything”: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="whose it becomes, if the archive has one account; else, users of its names")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import in one transaction, and say what came of it; a bad archive is an error."""
        choose: Callable[[Manifest], dict[str, User]] = to_namesakes
        if options["user"]:
            user = User.objects.filter(username=options["user"]).first()
            if user is None:
                raise CommandError(f"There is nobody called {options['user']}.")
            choose = to_one(user)

        def tell(progress: Progress) -> None:
            if progress.done and progress.done % 1_000 == 0:
                self.stderr.write(f"{progress.done:,} of {progress.total:,} runs")

        try:
            with options["file"].open("rb") as file:
                imported = import_archive(file, choose, told=tell)
        except BadArchive as error:
            raise CommandError(error.sentence) from error
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Imported: {imported.runs:,} runs, {imported.templates:,} templates, {imported.batches:,} batches, "
            f"{imported.files:,} files of batches, {imported.kept:,} things kept under names. "
            f"New ids: {imported.renamed:,}."
        )
