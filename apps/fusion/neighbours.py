"""Routing by questions like this one: the cheapest way that was good enough for the nearest rated prompts.

Prompts are near whose static vectors are (``vectors.py``). Each way (a single model, a vote, a fusion) has the share of
them for which it was good, by Laplace's rule. The idea is RouteLLM's (arXiv 2406.18665), whose router is trained. One's
own prompts say little where models differ in other things than topics, so the rule is first tried on each rated prompt
without itself, and stays off unless it does better than the best single model.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np

from apps.fusion.blind_votes import FUSED
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.frozen import Value
from apps.fusion.vectors import matrix

VOTED = "vote"
"""The name of a vote among the ways; a fusion's is ``FUSED``, and a single model's its reference."""
NEAREST = 25
LONGEST_PROMPT = 2_000
"""Characters of a prompt by which others are like it."""
FEWEST_LIKE = 5
"""Prompts among the nearest for which a way is rated, from which on it is considered."""
MARGIN = 0.05
"""The share by which a dearer way has to be better."""

Counts = Mapping[str, tuple[int, int]]
"""By way: for how many of the nearest prompts it was good, of how many for which it is rated."""


class RatedPrompt(Value):
    """A prompt, and for each way of which it is known whether its answer was good."""

    text: str
    good: tuple[tuple[str, bool], ...]


class Advice(Value):
    """The way that the nearest prompts speak for, '' for none, and why, in a sentence for a person."""

    way: str = ""
    reason: str = ""


def advise(question: str, rated: tuple[RatedPrompt, ...], models: Collection[str]) -> Advice:
    """Return the way to answer a question with these models; ``rated`` are all rated prompts of a person."""
    if len(rated) < ENOUGH_ITEMS:
        return Advice(
            reason=f"Questions like it decide once {ENOUGH_ITEMS} of your prompts are rated; {len(rated)} are."
        )
    routed, single, n = trial(rated, tuple(sorted(models)))
    if not n or routed <= single:
        shares = [f"{100 * right / n:.0f} %" for right in (routed, single) if n]
        of = f"{shares[0]} of your {n} rated prompts, the best single model {shares[1]}" if n else "none"
        return Advice(reason=f"Questions like it do not decide: tried on your ratings, they were right in {of}.")
    vectors = matrix([question, *(one.text for one in rated)])
    counts = _counts(np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")[:NEAREST].tolist(), rated)
    way = _way(counts, models)
    if not way:
        return Advice(reason="Too few of the prompts like it are rated for these models.")
    good, rated_so = counts[way]
    reason = f"Of the {NEAREST} rated prompts most like it, {good} of {rated_so} were answered well so"
    return Advice(way=way, reason=reason)


@lru_cache(maxsize=32)
def trial(rated: tuple[RatedPrompt, ...], models: tuple[str, ...]) -> tuple[int, int, int]:
    """Try the rule on each rated prompt without itself, against the model that is best over all of them.

    Return how often the rule's way was good, how often that model, and on how many prompts both are rated.
    """
    vectors = matrix([one.text for one in rated])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST].tolist()
    best = _way(_counts(range(len(rated)), rated), models, only_models=True)
    known = [dict(one.good) for one in rated]
    ways = [_way(_counts(near, rated), models) for near in order]
    both = [(found[way], found[best]) for way, found in zip(ways, known, strict=True) if way in found and best in found]
    return sum(routed for routed, _ in both), sum(single for _, single in both), len(both)


def _counts(places: Sequence[int], rated: Sequence[RatedPrompt]) -> Counts:
    counts: dict[str, tuple[int, int]] = {}
    for place in places:
        for way, is_good in rated[place].good:
            good, of = counts.get(way, (0, 0))
            counts[way] = good + is_good, of + 1
    return counts


def _way(counts: Counts, models: Collection[str], *, only_models: bool = False) -> str:
    """Return the cheapest way that is as good as any but for the margin: a model, then a vote, then a fusion."""
    share = {way: (good + 1) / (of + 2) for way, (good, of) in counts.items() if of >= FEWEST_LIKE}
    model = max(sorted(share.keys() & set(models)), key=lambda one: share[one], default="")
    ways = [way for way in (model, *(() if only_models else (VOTED, FUSED))) if way in share]
    best = max((share[way] for way in ways), default=0.0)
    return next((way for way in ways if share[way] >= best - MARGIN), "")
