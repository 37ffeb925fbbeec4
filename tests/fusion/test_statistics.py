"""Intervals and tests are exact. They are those of scipy, which the tests alone need."""

import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.statistics import Step, at_most, certify, clopper_pearson, lower_bound, mcnemar, upper_bound, wilson

INTERVALS = [
    # scipy.stats.binomtest(hits, n).proportion_ci(confidence, method="exact") and method="wilson"
    (0, 10, 0.95, (0.0, 0.3084971078), (0.0, 0.2775327999)),
    (1, 10, 0.95, (0.0025285785, 0.4450161170), (0.0178762131, 0.4041500268)),
    (5, 10, 0.90, (0.2224411010, 0.7775588990), (0.2692718211, 0.7307281789)),
    (10, 10, 0.95, (0.6915028922, 1.0), (0.7224672001, 1.0)),
    (26, 600, 0.95, (0.0284989042, 0.0628510282), (0.0297409981, 0.0627360221)),
    (594, 604, 0.95, (0.9697636989, 0.9920327956), (0.9697942979, 0.9909825487)),
    (1, 1, 0.95, (0.0250000000, 1.0), (0.2065493144, 1.0)),
    (200, 10_000, 0.99, (0.0165730645, 0.0238920925), (0.0166992769, 0.0239372508)),
]


@pytest.mark.parametrize("hits, n, confidence, exact, score", INTERVALS)
def test_intervals_are_those_of_the_table(hits, n, confidence, exact, score):
    assert clopper_pearson(hits, n, confidence) == pytest.approx(exact, abs=1e-9)
    assert wilson(hits, n, confidence) == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(
    "hits, n, delta, bound",
    [
        # The quantiles of scipy.stats.beta, by its function ppf.
        (0, 100, 0.10, 0.02276277904418932),
        (11, 604, 0.10, 0.02735286513674572),
        (3, 50, 0.05, 0.14783717636418123),
        (0, 1, 0.10, 0.9),
    ],
)
def test_upper_bound_is_the_quantile_of_the_beta_distribution(hits, n, delta, bound):
    assert upper_bound(hits, n, delta) == pytest.approx(bound, abs=1e-9)
    assert lower_bound(n - hits, n, delta) == pytest.approx(1 - bound, abs=1e-9)


@pytest.mark.parametrize(
    "only_first, only_second, p",
    [
        # The p of scipy.stats.binomtest, two-sided, of one count among both.
        (0, 0, 1),
        (10, 2, 0.03857421875),
        (5, 5, 1),
        (1, 9, 0.021484375),
        (30, 12, 0.007915897334896727),
        (0, 6, 0.03125),
    ],
)
def test_mcnemar_is_the_exact_two_sided_binomial_test(only_first, only_second, p):
    assert mcnemar(only_first, only_second) == pytest.approx(p, rel=1e-12)
    assert mcnemar(only_second, only_first) == mcnemar(only_first, only_second)


def test_of_no_items_every_share_is_possible():
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0, 1)


@pytest.mark.parametrize("hits, n, confidence", [(-1, 3, 0.9), (4, 3, 0.9), (1, 3, 0), (1, 3, 1)])
def test_intervals_of_no_share_are_refused(hits, n, confidence):
    for interval in (clopper_pearson, wilson):
        with pytest.raises(ValueError, match=r"is no share|stands between"):
            interval(hits, n, confidence)
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 2)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))), st.floats(0.01, 0.5))
def test_chance_of_so_few_hits_at_the_upper_bound_is_delta(counts, delta):
    hits, n = counts

    assert at_most(hits, n, upper_bound(hits, n, delta)) == pytest.approx(delta, abs=1e-6)


CALIBRATED = (Step(1.0, 0, 200), Step(0.9, 2, 400), Step(0.8, 11, 604), Step(0.7, 60, 700), Step(0.6, 1, 900))


@pytest.mark.parametrize(
    "alpha, threshold",
    [
        (0.001, None),
        (0.02, 0.9),
        (0.03, 0.8),
        # The first that fails ends the sequence: what comes after it is not tried.
        (0.05, 0.8),
        (0.2, 0.6),
    ],
)
def test_certificate_is_the_loosest_before_the_first_that_fails(alpha, threshold):
    found = certify(CALIBRATED, alpha, delta=0.1)

    assert (found.threshold if found else None) == threshold


def test_threshold_that_accepts_nothing_certifies_nothing():
    assert certify([Step(1.0, 0, 0), Step(0.9, 0, 500)], 0.05, 0.1) is None


@pytest.mark.parametrize("n", [1, 7, 60, 604])
def test_formulas_are_those_of_scipy(n):
    for hits in sorted({0, 1, n // 3, n - 1, n}):
        test = scipy.stats.binomtest(hits, n)
        exact, score = test.proportion_ci(0.9, method="exact"), test.proportion_ci(0.9, method="wilson")
        assert clopper_pearson(hits, n, 0.9) == pytest.approx((exact.low, exact.high), abs=1e-9)
        assert wilson(hits, n, 0.9) == pytest.approx((score.low, score.high), abs=1e-9)
        assert upper_bound(hits, n, 0.1) == pytest.approx(
            1.0 if hits == n else scipy.stats.beta.ppf(0.9, hits + 1, n - hits)
        )
        assert mcnemar(hits, n - hits) == pytest.approx(test.pvalue)
