"""The baseline of a list of runs: the run that its address names, and how far each row is from it."""

from collections.abc import Sequence

from apps.accounts.models import User
from apps.runs.models import Run
from apps.runs.reading.access import visible_to
from apps.runs.reading.history_pages import in_lists
from apps.runs.reading.run_comparison import row_figures
from apps.web.differences import difference_of


def find_baseline(user: User, public_id: str) -> Run | None:
    """Return the run that a person may read by this id; ``None`` for any other, for none, and for nonsense."""
    return in_lists(visible_to(user)).filter(public_id=public_id).first() if public_id.isalnum() else None


def attach_differences(runs: Sequence[Run], base: Run | None) -> None:
    """Give each run ``differences``: by the name of a figure its sign with its size, and its class."""
    for run in runs:
        of_run = row_figures(run, base) if base and run.is_final and run.pk != base.pk else ()
        run.differences = {figure.name: difference_of(figure) for figure in of_run}
