"""Runs whose prompts are like that of another one, by the vectors of their words: no model is asked."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.fusion.vectors import nearest
from apps.runs.lifecycle.run_vectors import LONGEST_PROMPT, MOST, make_own_vectors
from apps.runs.models import Run
from apps.runs.reading import access
from apps.runs.reading.history_pages import attach_facts, in_lists

SHOWN = 20
"""Runs that are shown, the most alike first."""
SPARE = 10
"""Runs more that are looked up, in place of those that are in the bin."""


@dataclass(frozen=True, slots=True)
class SimilarRuns:
    """Runs with their likeness, -1 to 1, out of ``compared``; ``is_partial`` while others have no vector."""

    runs: tuple[tuple[Run, float], ...]
    compared: int
    is_partial: bool


def similar_runs(user: User, run: Run, most: int = SHOWN) -> SimilarRuns:
    """Return the runs that a person may read whose prompts are most like that of a run, of the newest ones.

    What the prompts are about counts, and hardly what they say of it: figures, names and negations weigh little.
    """
    is_partial = make_own_vectors(user)
    rows = access.vectors_visible_to(user).exclude(run=run.pk).order_by("-run")
    keys_and_vectors = list(rows.values_list("run", "numbers")[:MOST])
    stored = [bytes(numbers) for _, numbers in keys_and_vectors]
    alike = nearest(run.prompt[:LONGEST_PROMPT], stored, most + SPARE)
    likeness = {keys_and_vectors[place][0]: value for place, value in alike}
    found = in_lists(access.visible_to(user)).in_bulk(list(likeness))
    chosen = [(found[key], value) for key, value in likeness.items() if key in found][:most]
    attach_facts([one for one, _ in chosen])
    return SimilarRuns(tuple(chosen), len(stored), is_partial)
