"""How long the answers of a model usually are, read from the calls of everybody: what forecasts of cost rest on."""

from collections.abc import Iterable
from statistics import quantiles

from django.db.models import F, QuerySet

from apps.catalogue.estimates import Habits
from apps.fusion.cost import Lengths
from apps.fusion.vocabulary import Role, Status
from apps.runs.models import Call

NEWEST = 100
"""Calls of a model and role that are looked at: models change under their names."""
ENOUGH = 8
"""Fewer say nothing about a model."""


def habits_of(pairs: Iterable[tuple[str, Role]]) -> Habits:
    """The middle half of the newest answers' lengths by model and role, in output tokens; one query."""
    samples: dict[tuple[str, Role], list[int]] = {}
    asked = [_newest(reference, role) for reference, role in dict.fromkeys(pairs)]
    for reference, role, tokens in asked[0].union(*asked[1:], all=True) if asked else []:
        samples.setdefault((reference, Role(role)), []).append(tokens)
    return {pair: _middle(lengths) for pair, lengths in samples.items() if len(lengths) >= ENOUGH}


def _newest(reference: str, role: Role) -> QuerySet[Call, tuple[str, str, int]]:
    ended = Call.objects.filter(model=reference, role=role, status=Status.DONE, usage__output_tokens__gt=0)
    return ended.order_by("-id").values_list("model", "role", F("usage__output_tokens"))[:NEWEST]


def _middle(lengths: list[int]) -> Lengths:
    low, _, high = quantiles(lengths, n=4, method="inclusive")
    return Lengths(low=round(low), high=round(high))
