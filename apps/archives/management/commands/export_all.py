"""`manage.py export_all`: write everything of one person, of some, or of all, to one archive."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.archives.export import Progress, write_archive
from apps.archives.schema import archive_schema


class Command(BaseCommand):
    help = "Write everything that people keep here to one archive, which import_all reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", action="append", help="whose things; again for several; without it, everybody's")
        parser.add_argument("--schema", action="store_true", help="write the JSON Schema of archives instead")
        parser.add_argument("file", type=Path, help="the archive to write, a ZIP file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write run by run, beside the file, which is there only once it is whole."""
        if options["schema"]:
            options["file"].write_text(json.dumps(archive_schema(), indent=1, ensure_ascii=False) + "\n", "utf-8")
            return
        names = options["user"]
        users = list(User.objects.filter(**({"username__in": names} if names else {})).order_by("pk"))
        if missing := set(names or ()) - {user.username for user in users}:
            raise CommandError(f"There is nobody called {', '.join(sorted(missing))}.")
        if not users:
            raise CommandError("There are no accounts.")
        path: Path = options["file"]
        unfinished = path.with_name(f"{path.name}.unfinished")
        newest = Progress()

        def tell(progress: Progress) -> None:
            nonlocal newest
            newest = progress
            if progress.done and progress.done % 1_000 == 0:
                self.stderr.write(f"{progress.done:,} of {progress.total:,} runs")

        try:
            with unfinished.open("wb") as file:
                for piece in write_archive(users, tell):
                    file.write(piece)
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise CommandError(str(error)) from error
        self.stdout.write(f"{newest.done:,} runs of {len(users):,} accounts are in {path}.")
        if newest.left_out:
            self.stdout.write(f"Left out, as they were at work: {newest.left_out:,} runs.")
