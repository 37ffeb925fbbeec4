"""A person's own runs as labelled items: which members gave a final answer that the person said to be right.

What is said of an answer (``reading/good_answers.py``) holds for all that are equal to it. A blind vote, and a ruling
that picks a side of a contradiction, name all that are right, so the others of the run are wrong; thumbs and output
checks speak of single answers. The first word by which it is known of each member whether it is right counts. A run
without one, or whose equal answers were rated both ways, is no item.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Prefetch

from apps.accounts.models import User
from apps.fusion.answers.counting import Counted, counted_answers
from apps.fusion.certificates import LabelledItem
from apps.fusion.comparing.meaning import grouping
from apps.fusion.options import options_of
from apps.fusion.vocabulary import FinalKind, Role
from apps.runs.measuring.pack_labels import final_classes
from apps.runs.measuring.replay_recipes import EVERY_KIND, Counting
from apps.runs.models import Call, Run
from apps.runs.reading.good_answers import LabelSource, Word, newest_opinions, words_on

CHUNK = 200
UNREAD = "call "
"""The beginning of the form of a text without a final answer, which is equal to no other."""


class Labelled(NamedTuple):
    """A run as a labelled item, with the kind of its final answers (``None``: there are none)."""

    item: LabelledItem
    kind: FinalKind | None
    source: LabelSource = LabelSource.RULING
    versions: Mapping[str, str] = {}
    """The versions in which models answered, by their references, as far as their vendors say them."""


def labelled_runs(user: User, models: Sequence[str] = (), counting: Counting = EVERY_KIND) -> Iterator[Labelled]:
    """Yield the labelled runs of a person, oldest first; with ``models`` those that asked each of these.

    Runs that reused an answer are left out: what was said of them is about the run that asked.
    """
    owned = set(Run.objects.filter(owner=user, pk__in=newest_opinions(user)).values_list("pk", flat=True))
    words = words_on(user, owned)
    calls = Call.objects.filter(role__in=(Role.PANEL, Role.SYNTHESIS)).select_related("output").order_by("slot", "take")
    whole = Run.objects.filter(pk__in=words).order_by("pk").prefetch_related(Prefetch("calls", calls))
    for run in whole.iterator(chunk_size=CHUNK):
        labelled = next(filter(None, (_labelled(run, word, counting) for word in words[run.pk])), None)
        if labelled and set(models) <= labelled.item.answers.keys():
            yield labelled


def _labelled(run: Run, said: Word, counting: Counting) -> Labelled | None:
    """Return a run as an item by what one source says of it, ``None`` if that leaves a member unknown."""
    asked = {spec.slot: spec.model for spec in run.recipe.panel}
    answers = list(run.calls.all())
    newest = {call.slot: call for call in answers if call.role == Role.PANEL and call.slot in asked}
    if not newest:
        return None
    models = {asked[slot]: call.pk for slot, call in newest.items()}
    good = {call for call, is_good in said.good.items() if is_good}
    # What names all that are right leaves out their equals: these are right too.
    bad = set() if said.is_whole else said.good.keys() - good
    # A writer's answer is compared with the members', so that what was said of it is said of its equals.
    named = {*models.values(), *good, *bad}
    texts = {str(call.pk): call.output.text for call in answers if call.pk in named}
    options = options_of(run.prompt) if run.recipe.answer_format is None else {}
    counted = Counted(counting.kind, counting.labels).among(options)
    classes = final_classes(texts, counted)
    forms = {int(pk): form or f"{UNREAD}{pk}" for pk, form in classes.items()}
    right, wrong = ({forms[pk] for pk in part if pk in forms} for part in (good, bad))
    of_members = {model: forms[pk] for model, pk in models.items()}
    if not _is_known(right, wrong, set(of_members.values()), said, is_any_right=bool(good)):
        return None
    given = {model: classes[str(pk)] for model, pk in models.items()}
    own = {model: texts[str(pk)] for model, pk in models.items()}
    # Another text may divide groups by meaning anew, and a vote has no writer's.
    given = given if counting.kind.is_lasting else final_classes(own, counted)
    found = counted_answers(own, counted)
    item = LabelledItem(given, frozenset(model for model, form in of_members.items() if form in right))
    kind = next((group.kind for group in grouping(counting.kind)(found)), None)
    versions = {asked[slot]: call.model_version for slot, call in newest.items() if call.model_version}
    return Labelled(item, kind, said.source, versions)


def _is_known(right: set[str], wrong: set[str], forms: set[str], said: Word, *, is_any_right: bool) -> bool:
    """Return whether it is known of each member's answer (its form) if it is right."""
    if right & wrong or (is_any_right and not right):
        return False
    # Beside a final answer that is right, another one is wrong, and so is a text that has none.
    has_final = any(not form.startswith(UNREAD) for form in right)
    # A writer's text that is good says nothing of members whose texts cannot be compared with it.
    is_whole = said.is_whole and bool(right & forms or not right)
    return has_final or is_whole or forms <= right | wrong
