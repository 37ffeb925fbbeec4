"""`manage.py rebuild_search`: write the search rows of all runs anew, after a change of HISTORY_LANGUAGE."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.runs.lifecycle.search_rows import index_batch
from apps.runs.models import Run


class Command(BaseCommand):
    help = "Write the search rows of all runs anew; searches go on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through all runs, the newest first; runs that are made meanwhile are written as usual."""
        count = Run.objects.update(needs_indexing=True)
        due = Run.objects.filter(needs_indexing=True, binned_at=None).order_by("-pk")
        written = 0
        while found := index_batch(due):
            written += found
            if written % 1000 < found:
                self.stdout.write(f"{written:,} of {count:,} runs")
        self.stdout.write(f"{written:,} search rows are written.")
