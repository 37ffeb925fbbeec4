"""A person's leaderboard: their blind votes, counted by contender, for all runs or those of a tag or a preset."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.annotations.models import BlindVote
from apps.catalogue.queries import models_called, models_seen_by
from apps.fusion.blind_votes import FUSED, BlindVerdict, VotedAnswer
from apps.fusion.leaderboard import ContenderRow, Record, Vote, fused_record, standings
from apps.runs.reading import access

MOST_VOTES = 2_000
"""The newest votes, which are counted."""
RESAMPLES = 200
SEED = 20_261_128
"""Resamples begin with it, so that the same votes give the same intervals."""


@dataclass(frozen=True, slots=True)
class VoteFilter:
    """The votes that are counted: on runs with a tag, on those of a preset (the name as runs have it), or on all."""

    tag: str = ""
    preset: str = ""


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Contenders by strength, and the fused answer's record against the best single model; ``labels`` names them."""

    standings: tuple[ContenderRow, ...]
    record: Record
    labels: dict[str, str]
    verdicts: dict[BlindVerdict, int]
    is_cut: bool
    """Whether there are more votes than are counted."""

    @property
    def votes(self) -> int:
        return sum(self.verdicts.values())


def votes_that_count(user: User, wanted: VoteFilter | None = None) -> QuerySet[BlindVote]:
    """Return a person's votes on runs that count for them, the newest first.

    It is the only place that decides which votes count. A run that reused an answer is left out: its texts were, or may
    be, voted on in the run that they come from.
    """
    wanted = wanted or VoteFilter()
    runs = access.counting_for(user).filter(cache_hit__isnull=True)
    if wanted.tag:
        runs = runs.filter(tags__contains=[wanted.tag])
    if wanted.preset:
        runs = runs.filter(preset__iexact=wanted.preset)
    return BlindVote.objects.filter(author=user, run__in=runs.values("pk")).order_by("-pk")


def leaderboard(user: User, wanted: VoteFilter | None = None) -> Leaderboard:
    """Return what a person's votes say; two queries."""
    rows = list(votes_that_count(user, wanted)[: MOST_VOTES + 1])
    counted = rows[:MOST_VOTES]
    votes = tuple(_vote(row.answers) for row in counted)
    return Leaderboard(
        standings=_standings(votes),
        record=fused_record(votes),
        labels=_labels(user, [one for row in counted for one in row.answers]),
        verdicts={verdict: sum(row.verdict is verdict for row in counted) for verdict in BlindVerdict},
        is_cut=len(rows) > MOST_VOTES,
    )


def record_of(user: User) -> Record:
    """Return the fused answer's record alone; one query."""
    found = votes_that_count(user).values_list("answers", flat=True)[:MOST_VOTES]
    return fused_record([_vote(answers) for answers in found])


def presets_voted_on(user: User) -> list[str]:
    """Return the presets of the runs that a person has voted on."""
    found = votes_that_count(user).order_by().exclude(run__preset="")
    return sorted(found.values_list("run__preset", flat=True).distinct())


def _vote(answers: Sequence[VotedAnswer]) -> Vote:
    chosen = tuple(sorted(one.contender for one in answers if one.is_chosen))
    return Vote(chosen, tuple(sorted(one.contender for one in answers if not one.is_chosen)))


# The fits of all resamples take longer than anything else here, and the same votes give the same result.
@lru_cache(maxsize=128)
def _standings(votes: tuple[Vote, ...]) -> tuple[ContenderRow, ...]:
    chance = Random(SEED)  # noqa: S311 - chance from a seed
    draws = (chance.choices(range(len(votes)), k=len(votes)) for _ in range(RESAMPLES if votes else 0))
    return tuple(standings(votes, draws))


def _labels(user: User, answers: Sequence[VotedAnswer]) -> dict[str, str]:
    models = models_called({one.model for one in answers})
    if user.counts_imported:
        models = models_seen_by(user, models)
    labels = {FUSED: "Fused answer"}
    for one in answers:
        if not one.is_fused:
            label = models[one.model].label if one.model in models else one.model
            labels[one.contender] = f"{label} · {one.variant}" if one.variant else label
    return labels
