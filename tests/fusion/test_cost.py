"""Money is exact, and unknown is never zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fusion.cost import Expected, cost_of, estimate, tokens_estimate
from apps.fusion.values import Price, Usage
from apps.fusion.vocabulary import CostSource

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
    assert cost_of(usage, PRICE, Decimal("NaN")) == (Decimal("0.004500"), CostSource.COMPUTED)


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


def test_estimate_counts_panel_judge_and_writer():
    panel = [Expected(price=PRICE, max_tokens=500)] * 2
    model = Expected(price=PRICE)

    result = estimate(1000, panel, model, model)

    low = 2 * (1000 * 3 + 100 * 15) + (1800 * 3 + 100 * 15) + (1900 * 3 + 100 * 15)
    high = 2 * (1000 * 3 + 500 * 15) + (2600 * 3 + 800 * 15) + (3400 * 3 + 800 * 15)
    assert (result.low, result.high) == (Decimal(low) / 1_000_000, Decimal(high) / 1_000_000)
    assert result.complete


def test_estimate_of_one_panellist_has_no_judge_and_no_writer():
    result = estimate(1000, [Expected(price=PRICE)], Expected(price=PRICE), Expected(price=PRICE))

    assert result.low == Decimal("0.0045")


def test_estimate_with_an_unknown_price_says_so():
    result = estimate(1000, [Expected(price=None), Expected(price=FREE)], Expected(price=FREE), Expected(price=FREE))

    assert (result.low, result.high, result.complete) == (Decimal(0), Decimal(0), False)


@pytest.mark.parametrize("text, tokens", [("", 0), ("a", 1), ("word" * 25, 25), ("東京です", 4)])
def test_tokens_estimate_is_a_quarter_of_the_characters(text, tokens):
    assert tokens_estimate(text) == tokens


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_cost_has_six_places_and_is_never_negative(fresh, cached, output):
    cost, _ = cost_of(Usage(input_tokens=fresh, cached_tokens=cached, output_tokens=output), PRICE, None)

    assert cost >= 0
    assert cost == cost.quantize(Decimal("0.000001"))
