"""Exact statistics of counts: intervals of a share, the paired test, and thresholds certified in a fixed sequence.

Pure and without numpy: binomial sums and bisection, exact to about twelve digits up to some ten thousand items.
"""

from collections.abc import Callable, Iterable
from math import comb, exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """The bounds of a share, 0 to 1."""

    low: float
    high: float


class Step(NamedTuple):
    """A threshold with the errors among the ``accepted`` calibration items that it lets through."""

    threshold: float
    errors: int
    accepted: int


def clopper_pearson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a share of ``n`` (Clopper & Pearson 1934); of no items, all shares.

    Raises ``ValueError`` unless ``0 <= hits <= n`` and ``0 < confidence < 1``.
    """
    tail = (1 - _checked(hits, n, confidence)) / 2
    return Interval(lower_bound(hits, n, tail), upper_bound(hits, n, tail))


def lower_bound(hits: int, n: int, delta: float) -> float:
    """Return the exact lower bound of a share that fails with a chance of at most ``delta``."""
    _checked(hits, n, delta)
    return 0.0 if hits == 0 else 1 - upper_bound(n - hits, n, delta)


def upper_bound(hits: int, n: int, delta: float) -> float:
    """Return the exact upper bound of a share that fails with a chance of at most ``delta``.

    It is the quantile ``1 - delta`` of the beta distribution with ``hits + 1`` and ``n - hits``.
    """
    _checked(hits, n, delta)
    if hits == n:
        return 1.0
    # The share at which so few hits or fewer have a chance of delta; the chance falls with the share.
    return _bisect(lambda share: at_most(hits, n, share) - delta)


def wilson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share of ``n`` (1927), closer to its confidence on average than the exact."""
    _checked(hits, n, confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, scale = hits / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    # At the ends the bound is the end itself, which rounding may miss.
    return Interval(0.0 if hits == 0 else centre - half, 1.0 if hits == n else centre + half)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of two methods on the same items (McNemar 1947, binomial form), 1 for no items.

    ``only_first`` counts the items that only the first got right; those that both got right or wrong say nothing.
    """
    n = only_first + only_second
    if min(only_first, only_second) < 0:
        raise ValueError("Counts cannot be negative.")
    less = sum(comb(n, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * less / 2**n))


def certify(steps: Iterable[Step], alpha: float, delta: float) -> Step | None:
    """Return the loosest threshold whose error is at most ``alpha``, wrong with a chance of at most ``delta``.

    ``steps`` go from the strictest to the loosest. They are tested in this order, each on the whole ``delta``, and the
    first that fails ends it: fixed-sequence testing, as in Learn then Test (arXiv 2110.01052). ``None`` if none holds.
    """
    certified = None
    for step in steps:
        if step.accepted == 0 or upper_bound(step.errors, step.accepted, delta) > alpha:
            break
        certified = step
    return certified


def at_most(hits: int, n: int, share: float) -> float:
    """Return the chance of at most ``hits`` successes in ``n`` trials of a chance ``share``."""
    if share <= 0 or share >= 1:
        return 1.0 if share <= 0 or hits >= n else 0.0
    logs = [_log_chance(k, n, share) for k in range(hits + 1)]
    top = max(logs, default=-inf)
    # Sums of exponentials lose nothing once the largest is taken out.
    return min(1.0, exp(top) * sum(exp(one - top) for one in logs)) if logs else 0.0


def _log_chance(k: int, n: int, share: float) -> float:
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return ways + k * log(share) + (n - k) * log1p(-share)


def _bisect(falling: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high) and high - low > 1e-13:
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _checked(hits: int, n: int, chance: float) -> float:
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    if not 0 < chance < 1:
        raise ValueError(f"A chance stands between 0 and 1: {chance}.")
    return chance
