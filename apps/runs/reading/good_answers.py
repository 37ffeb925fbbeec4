"""A person's word on answers, from wherever they gave it: which answers of their runs were good, and which were not.

Calibrations, routing, targets and advice read it here, so that it means the same to all of them. Thumbs go before a
blind vote, which goes before output checks, and these before rulings: each is nearer to the single answer.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from apps.accounts.models import User
from apps.annotations.models import BlindVote, Rating, Ruling
from apps.fusion.blind_votes import VotedAnswer
from apps.fusion.ratings import Thumb
from apps.fusion.vocabulary import Role, RulingKind
from apps.runs.models import Call, Run
from apps.runs.reading import access

MOST_RUNS = 5_000
"""The newest runs with an opinion that are looked at."""


class LabelSource(StrEnum):
    """A word on a run by which its answers are good or not; the first goes before the others."""

    RATING = "rating"
    VOTE = "vote"
    CHECK = "check"
    RULING = "ruling"


class Word(NamedTuple):
    """The word of one source on a run's answers: whether they are ``good``, by the ids of their calls.

    ``is_whole``: an answer that is equal to none of the good ones is not good, whether or not it is named. ``voted``
    are the answers that stood in a blind vote.
    """

    source: LabelSource
    good: Mapping[int, bool]
    is_whole: bool = False
    voted: tuple[VotedAnswer, ...] = ()


def newest_opinions(user: User, most: int = MOST_RUNS) -> list[int]:
    """Return the newest runs that count for a person and of which they, or output checks, said anything; one query.

    Runs that reused an answer say nothing new, and are left out.
    """
    runs = access.counting_for(user).filter(cache_hit__isnull=True)
    rated = Rating.objects.filter(author=user, run__in=runs.values("pk")).order_by()
    voted = BlindVote.objects.filter(author=user, run__in=runs.values("pk")).order_by()
    ruled = Ruling.objects.filter(run__in=runs.values("pk"), verdict=RulingKind.SIDE).order_by()
    checked = runs.filter(batch_row__passed__isnull=False).order_by()
    others = (voted.values_list("run_id", flat=True), ruled.values_list("run_id", flat=True), checked.values_list("pk"))
    found = rated.values_list("run_id", flat=True).union(*others)
    return list(found.order_by("-run_id")[:most])


def words_on(user: User, runs: Collection[int]) -> dict[int, tuple[Word, ...]]:
    """Return what was said of the answers of runs, by run, the word that goes first in front; five queries.

    A ruling for a side says so of all columns of a run, output checks of each and of the run's answer, a blind vote of
    those that stood for it, and a thumb of one. Of several rulings the newest counts.
    """
    thumbs: dict[int, dict[int, bool]] = defaultdict(dict)
    for run, call, thumb in Rating.objects.filter(author=user, run__in=runs).values_list("run_id", "call", "thumb"):
        thumbs[run][call] = thumb is Thumb.UP
    votes = dict(BlindVote.objects.filter(author=user, run__in=runs).values_list("run_id", "answers"))
    sides = Ruling.objects.filter(run__in=runs, verdict=RulingKind.SIDE).order_by("changed_at", "pk")
    ruled = {run: right for run, right in sides.values_list("run_id", "right") if right}
    rows = Run.objects.filter(pk__in=runs, batch_row__passed__isnull=False)
    results_of = rows.values_list("pk", "answer_call", "batch_row__passed", "batch_row__results")
    checked = {run: (answer, passed, results) for run, answer, passed, results in results_of}
    columns = _newest_columns({*ruled, *checked})
    said: dict[int, tuple[Word, ...]] = {}
    for run in runs:
        words = []
        if run in thumbs:
            words.append(Word(LabelSource.RATING, thumbs[run]))
        if run in votes:
            chosen = {one.call: one.is_chosen for one in votes[run]}
            words.append(Word(LabelSource.VOTE, chosen, is_whole=True, voted=votes[run]))
        if run in checked:
            answer, passed, results = checked[run]
            told = ((pk, results.get(slot)) for slot, pk in columns[run].items())
            good = {pk: all(one.passed for one in checks) for pk, checks in told if checks}
            words.append(Word(LabelSource.CHECK, good if answer is None else {**good, answer: bool(passed)}))
        if run in ruled:
            right = {pk: slot in ruled[run] for slot, pk in columns[run].items()}
            words.append(Word(LabelSource.RULING, right, is_whole=True))
        if words:
            said[run] = tuple(words)
    return said


def good_calls(words: Sequence[Word]) -> dict[int, bool]:
    """Return whether answers were good, by the ids of their calls: of several words on one the first counts."""
    return {call: good for word in reversed(words) for call, good in word.good.items()}


def good_runs(user: User, answers: dict[int, int]) -> dict[int, bool]:
    """Return whether the answers of runs were good, by run, where anything was said of them.

    ``answers`` are the ids of the calls that wrote them, by run.
    """
    good = {run: good_calls(words) for run, words in words_on(user, answers).items()}
    return {run: calls[answers[run]] for run, calls in good.items() if answers[run] in calls}


def good_members(user: User) -> dict[int, dict[str, bool]]:
    """Return whether the panel's answers were good, by run and by the model that was asked.

    Where a model was asked twice, its first column counts.
    """
    newest = newest_opinions(user)
    words, good = words_on(user, newest), defaultdict[int, dict[str, bool]](dict)
    panel = Call.objects.filter(role=Role.PANEL, run__in=newest).order_by("run", "slot", "stage", "take", "pk")
    # The newest take of a column takes the place of those before.
    columns = {(run, slot): (pk, model) for run, slot, pk, model in panel.values_list("run_id", "slot", "pk", "model")}
    called = {run: good_calls(told) for run, told in words.items()}
    for (run, _), (pk, model) in columns.items():
        if pk in called.get(run, {}):
            good[run].setdefault(model, called[run][pk])
    return dict(good)


def _newest_columns(runs: Collection[int]) -> dict[int, dict[str, int]]:
    """Return the id of the newest call of each column of the panel, by run and slot."""
    panel = Call.objects.filter(role=Role.PANEL, run__in=runs).order_by("run", "slot", "stage", "take", "pk")
    columns: dict[int, dict[str, int]] = defaultdict(dict)
    for run, slot, pk in panel.values_list("run_id", "slot", "pk"):
        columns[run][slot] = pk
    return columns
