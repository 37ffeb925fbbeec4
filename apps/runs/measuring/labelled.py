"""A person's own runs as labelled items: which members gave a final answer that the person said to be right.

A ruling that picks a side of a contradiction names the columns that are right, so the others of the run are wrong; the
newest ruling counts. Without one, thumbs say of single answers that they are right or wrong, and without these a blind
vote says so of the answers that were chosen and of the others. What is said of an answer holds for all that are
equal to it. A run of which nobody said what is right, or whose equal answers were rated both ways, is no item.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Prefetch, Q

from apps.accounts.models import User
from apps.annotations.models import BlindVote, Rating, Ruling
from apps.fusion.answers.counting import counted_answers
from apps.fusion.certificates import LabelledItem
from apps.fusion.comparing.meaning import grouping
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import CountedKind, FinalKind, Role, RulingKind
from apps.runs.measuring.pack_labels import final_classes
from apps.runs.measuring.replay_recipes import EVERY_KIND, Counting
from apps.runs.models import Call, Run
from apps.runs.reading.access import counting_for

MOST_RUNS = 5_000
"""The newest labelled runs that are looked at."""
CHUNK = 200
UNREAD = "call "
"""The beginning of the form of a text without a final answer, which is equal to no other."""


class LabelSource(StrEnum):
    """A person's word on a run by which its answers are right or wrong."""

    RULING = "ruling"
    RATING = "rating"
    VOTE = "vote"


class Labelled(NamedTuple):
    """A run as a labelled item, with the kind of its final answers (``None``: there are none)."""

    item: LabelledItem
    kind: FinalKind | None
    source: LabelSource = LabelSource.RULING


class _Opinion(NamedTuple):
    """The calls (ids) whose answers are right and wrong; ``is_whole``: those that are not named are wrong too."""

    right: frozenset[int]
    wrong: frozenset[int]
    is_whole: bool
    source: LabelSource


def labelled_runs(user: User, models: Sequence[str] = (), counting: Counting = EVERY_KIND) -> Iterator[Labelled]:
    """Yield the labelled runs of a person, oldest first; with ``models`` those that asked each of these.

    Runs that reused an answer are left out: what was said of them is about the run that asked.
    """
    opinions = Q(rulings__verdict=RulingKind.SIDE) | Q(ratings__author=user) | Q(blind_votes__author=user)
    own = counting_for(user).filter(owner=user, cache_hit__isnull=True).filter(opinions)
    newest = own.order_by("-pk").values("pk").distinct()[:MOST_RUNS]
    calls = Call.objects.filter(role__in=(Role.PANEL, Role.SYNTHESIS)).select_related("output").order_by("slot", "take")
    rulings = Ruling.objects.filter(verdict=RulingKind.SIDE).order_by("-changed_at", "-pk")
    runs = Run.objects.filter(pk__in=newest).order_by("pk")
    whole = runs.prefetch_related(
        Prefetch("calls", calls),
        Prefetch("rulings", rulings),
        Prefetch("ratings", Rating.objects.filter(author=user)),
        Prefetch("blind_votes", BlindVote.objects.filter(author=user)),
    )
    for run in whole.iterator(chunk_size=CHUNK):
        labelled = _labelled(run, counting)
        if labelled and set(models) <= labelled.item.answers.keys():
            yield labelled


def _labelled(run: Run, counting: Counting) -> Labelled | None:
    asked = {spec.slot: spec.model for spec in run.recipe.panel}
    answers = list(run.calls.all())
    newest = {call.slot: call for call in answers if call.role == Role.PANEL and call.slot in asked}
    said = _opinion(run, newest)
    if said is None or not newest:
        return None
    models = {asked[slot]: call.pk for slot, call in newest.items()}
    # A writer's answer is compared with the members', so that what was said of it is said of its equals.
    named = {*models.values(), *said.right, *said.wrong}
    texts = {str(call.pk): call.output.text for call in answers if call.pk in named}
    counts = counting.kind, counting.labels
    classes = final_classes(texts, *counts)
    forms = {int(pk): form or f"{UNREAD}{pk}" for pk, form in classes.items()}
    right, wrong = ({forms[pk] for pk in part if pk in forms} for part in (said.right, said.wrong))
    of_members = {model: forms[pk] for model, pk in models.items()}
    if not _is_known(right, wrong, set(of_members.values()), said):
        return None
    given = {model: classes[str(pk)] for model, pk in models.items()}
    own = {model: texts[str(pk)] for model, pk in models.items()}
    # Another text may divide groups by meaning anew, and a vote has no writer's.
    given = final_classes(own, *counts) if counting.kind is CountedKind.MEANING else given
    found = counted_answers(own, *counts)
    item = LabelledItem(given, frozenset(model for model, form in of_members.items() if form in right))
    return Labelled(item, next((group.kind for group in grouping(counting.kind)(found)), None), said.source)


def _is_known(right: set[str], wrong: set[str], forms: set[str], said: _Opinion) -> bool:
    """Return whether it is known of each member's answer (its form) if it is right."""
    if right & wrong or (said.right and not right):
        return False
    # Beside a final answer that is right, another one is wrong, and so is a text that has none.
    has_final = any(not form.startswith(UNREAD) for form in right)
    # A writer's text that is good says nothing of members whose texts cannot be compared with it.
    is_whole = said.is_whole and bool(right & forms or not right)
    return has_final or is_whole or forms <= right | wrong


def _opinion(run: Run, newest: Mapping[str, Call]) -> _Opinion | None:
    """Return what a person said of a run's answers: by a ruling, else by thumbs, else in a blind vote."""
    for ruling in run.rulings.all()[:1]:
        right = frozenset(call.pk for slot, call in newest.items() if slot in ruling.right)
        return _Opinion(right, frozenset(), True, LabelSource.RULING) if right else None
    thumbs = {rating.call: rating.thumb for rating in run.ratings.all()}
    if thumbs:
        up, down = (frozenset(call for call, one in thumbs.items() if one is thumb) for thumb in (Thumb.UP, Thumb.DOWN))
        return _Opinion(up, down, False, LabelSource.RATING)
    for vote in run.blind_votes.all()[:1]:
        chosen = frozenset(one.call for one in vote.answers if one.is_chosen)
        return _Opinion(chosen, frozenset(), True, LabelSource.VOTE)
    return None
