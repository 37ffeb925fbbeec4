"""A person's own runs as labelled items: which members gave the final answer that a person ruled to be right.

A ruling that picks a side of a contradiction names the columns that are right, so the others of the run are wrong. A
run without such a ruling says nothing. The newest ruling of a run counts.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apps.accounts.models import User
from apps.annotations.models import Ruling
from apps.fusion.answers.counting import counted_answers
from apps.fusion.answers.groups import group_answers
from apps.fusion.certificates import LabelledItem
from apps.fusion.vocabulary import FinalKind, Role, RulingKind
from apps.runs.measuring.replay import final_classes
from apps.runs.measuring.replay_recipes import EVERY_KIND, Counting
from apps.runs.models import Call, Run
from apps.runs.reading.access import visible_to


class Labelled(NamedTuple):
    """A run as a labelled item, with the kind of its final answers (``None``: there are none)."""

    item: LabelledItem
    kind: FinalKind | None


def labelled_runs(user: User, models: Sequence[str] = (), counting: Counting = EVERY_KIND) -> Iterator[Labelled]:
    """Yield the labelled runs of a person, oldest first; with ``models`` those that asked each of these."""
    runs = visible_to(user).filter(owner=user, rulings__verdict=RulingKind.SIDE).distinct().order_by("pk")
    for run in runs.iterator():
        labelled = _labelled(run, counting)
        if labelled and set(models) <= labelled.item.answers.keys():
            yield labelled


def _labelled(run: Run, counting: Counting) -> Labelled | None:
    ruling = Ruling.objects.filter(run=run, verdict=RulingKind.SIDE).order_by("-changed_at", "-pk").first()
    newest: dict[str, Call] = {}
    for call in run.calls.select_related("output").filter(role=Role.PANEL).order_by("slot", "take"):
        newest[call.slot] = call
    if ruling is None or not ruling.right or not newest:
        return None
    asked = {spec.slot: spec.model for spec in run.recipe.panel}
    slots = {slot: asked[slot] for slot in newest if slot in asked}
    texts = {asked[slot]: newest[slot].output.text for slot in slots}
    counts = counting.kind, counting.labels
    kinds = [group.kind for group in group_answers(counted_answers(texts, *counts))]
    right = frozenset(model for slot, model in slots.items() if slot in ruling.right)
    return Labelled(LabelledItem(final_classes(texts, *counts), right), kinds[0] if kinds else None)
