"""Money is exact, and unknown is never zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.cost import MOST, Expected, Lengths, Lookups, cost_of, estimate, estimate_of_one, least_cost
from apps.fusion.values import PlannedCall, Price, Usage
from apps.fusion.vocabulary import CostSource, Role

PRICE = Price(input=Decimal(3), output=Decimal(15), cached=Decimal("0.3"))
FREE = Price(input=Decimal(0), output=Decimal(0))


@pytest.mark.parametrize(
    "usage, price, reported, cost",
    [
        (Usage(input_tokens=1000, output_tokens=100), PRICE, None, Decimal("0.004500")),
        (Usage(input_tokens=1000, cached_tokens=600, output_tokens=100), PRICE, None, Decimal("0.002880")),
        (Usage(input_tokens=10, cached_tokens=60, output_tokens=0), PRICE, None, Decimal("0.000003")),
        (Usage(input_tokens=1, output_tokens=0), PRICE, None, Decimal("0.000003")),
        (Usage(), FREE, None, Decimal(0)),
        (
            Usage(input_tokens=1000, cached_tokens=500, output_tokens=0),
            Price(input=Decimal(2), output=Decimal(1)),
            None,
            Decimal("0.002000"),
        ),
    ],
)
def test_cost_is_computed_from_usage_and_price(usage, price, reported, cost):
    assert cost_of(usage, price, reported) == (cost, CostSource.COMPUTED)


def test_cost_as_reported_comes_first():
    usage = Usage(input_tokens=1000, output_tokens=100)

    assert cost_of(usage, PRICE, Decimal("0.0012345678")) == (Decimal("0.001235"), CostSource.REPORTED)


@pytest.mark.parametrize("nonsense", ["NaN", "Infinity", "-0.01", "10000.01", "1e30"])
def test_cost_reported_as_nonsense_is_not_believed(nonsense):
    usage = Usage(input_tokens=1000, output_tokens=100)

    assert cost_of(usage, PRICE, Decimal(nonsense)) == (Decimal("0.004500"), CostSource.COMPUTED)


def test_cost_of_absurd_usage_is_unknown():
    usage = Usage(input_tokens=10**12, output_tokens=1)

    assert cost_of(usage, PRICE, None) == (None, CostSource.UNKNOWN)
    assert cost_of(usage, PRICE, MOST) == (MOST, CostSource.REPORTED)


@pytest.mark.parametrize(
    "usage, price",
    [
        (Usage(input_tokens=10, output_tokens=10), None),
        (Usage(), PRICE),
        (Usage(input_tokens=10), PRICE),
        (Usage(input_tokens=10, output_tokens=10), Price(input=Decimal(1))),
        (Usage(output_tokens=10), PRICE),
    ],
)
def test_cost_without_a_price_or_usage_is_unknown(usage, price):
    assert cost_of(usage, price, None) == (None, CostSource.UNKNOWN)


def planned(role, *reads, **counts):
    """Return a planned call in a stage that is named like its role."""
    return PlannedCall(stage=role, role=role, model="x/y", reads=reads, **counts)


PANEL = planned(Role.PANEL)
JUDGE = planned(Role.JUDGE, "panel")
WRITER = planned(Role.SYNTHESIS, "panel", "judge")


def test_estimate_counts_panel_judge_and_writer():
    capped, model = Expected(price=PRICE, max_tokens=500), Expected(price=PRICE)

    result = estimate(1000, [(PANEL, capped), (PANEL, capped), (JUDGE, model), (WRITER, model)])

    low = 2 * (1000 * 3 + 100 * 15) + (1800 * 3 + 100 * 15) + (1900 * 3 + 100 * 15)
    high = 2 * (1000 * 3 + 500 * 15) + (2600 * 3 + 800 * 15) + (3400 * 3 + 800 * 15)
    assert (result.low, result.high) == (Decimal(low) / 1_000_000, Decimal(high) / 1_000_000)
    assert result.complete


def test_estimate_of_a_call_that_reads_no_other_has_no_instructions():
    result = estimate(1000, [(PANEL, Expected(price=PRICE))])

    assert result.low == Decimal("0.0045")


def test_estimate_runs_from_the_fewest_calls_to_the_most():
    """A strong model that is asked only where the cheap one is not sure."""
    cheap, strong = Expected(price=FREE, max_tokens=100), Expected(price=PRICE, max_tokens=100)
    escalated = planned(Role.PANEL, "panel", fewest=0, expected=0.4, most=2)

    result = estimate(1000, [(PANEL, cheap), (escalated, strong)])

    one = (1000 + 600 + 100) * 3 + 100 * 15
    assert (result.low, result.high) == (Decimal(0), Decimal(2 * one) / 1_000_000)


def test_estimate_of_a_call_that_is_never_made_needs_no_price():
    never = planned(Role.JUDGE, "panel", fewest=0, expected=0, most=0)

    result = estimate(1000, [(PANEL, Expected(price=PRICE)), (never, Expected(price=None))])

    assert result.complete


@pytest.mark.parametrize(
    "max_tokens, usual, low, high",
    [
        (None, None, 100, 800),
        (50, None, 50, 50),
        (500, None, 100, 500),
        (2000, None, 100, 2000),
        (None, Lengths(low=300, high=900), 300, 900),
        (500, Lengths(low=300, high=900), 300, 500),
        (200, Lengths(low=300, high=900), 200, 200),
    ],
)
def test_estimate_rests_on_limits_and_on_how_long_a_model_usually_writes(max_tokens, usual, low, high):
    call = Expected(price=Price(input=Decimal(0), output=Decimal(1)), max_tokens=max_tokens, usual=usual)

    result = estimate_of_one(1000, call)

    assert (result.low * 1_000_000, result.high * 1_000_000) == (low, high)


@pytest.mark.parametrize(
    "call, least",
    [
        (Expected(price=PRICE), Decimal("0.0045")),
        (Expected(price=PRICE, max_tokens=10), Decimal("0.00315")),
        (Expected(price=FREE), Decimal(0)),
        (Expected(price=None), None),
        (Expected(price=Price(input=Decimal(1))), None),
    ],
)
def test_least_cost_is_the_input_and_a_short_answer(call, least):
    assert least_cost(call, 1000) == least


def test_estimate_with_look_ups_ends_higher_and_begins_alike():
    call = PlannedCall(stage="panel", role=Role.PANEL, model="m")
    plain = Expected(price=Price(input=Decimal(1), output=Decimal(0)))
    looking = plain.model_copy(update={"lookups": Lookups(steps=2, price=Decimal("0.005"))})

    without, found = (estimate(1_000, [(call, one)]) for one in (plain, looking))

    assert found.low == without.low == Decimal("0.001")
    # Three requests of the prompt, the results of one step twice and of the other once, and two searches.
    assert found.high == Decimal("0.001") * 3 + Decimal("0.0015") * 3 + Decimal("0.01")


def test_estimate_with_an_unknown_price_says_so():
    unknown, free = Expected(price=None), Expected(price=FREE)

    result = estimate(1000, [(PANEL, unknown), (PANEL, free), (JUDGE, free), (WRITER, free)])

    assert (result.low, result.high, result.complete) == (Decimal(0), Decimal(0), False)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_cost_has_six_places_and_is_never_negative(fresh, cached, output):
    cost, _ = cost_of(Usage(input_tokens=fresh, cached_tokens=cached, output_tokens=output), PRICE, None)

    assert cost >= 0
    assert cost == cost.quantize(Decimal("0.000001"))
