"""Usage and prices to money, and estimates before any is spent. USD, ``Decimal``, six places; unknown stays unknown."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from apps.fusion.values import Price, Usage, Value
from apps.fusion.vocabulary import CostSource

SHORT_ANSWER = 100
LONG_ANSWER = 800
"""The range, in output tokens, in which an answer is expected of a model without a history, or a limit."""
INSTRUCTIONS = 600
"""Tokens of the judge's and the writer's own instructions, roughly."""
MOST = Decimal(10_000)
"""USD. A single call that is said to have cost more was not counted right: its cost is unknown."""

_PER = Decimal(1_000_000)
_PLACES = Decimal("0.000001")


class Lengths(Value):
    """The output tokens that a model usually writes, from the shorter answers to the longer ones."""

    low: int
    high: int


class Expected(Value):
    """A call as it is estimated: its model's price (``None``: unknown), its limit of output tokens, and how long the
    model's answers usually are (``None``: there are too few to say)."""

    price: Price | None
    max_tokens: int | None = None
    usual: Lengths | None = None


class Estimate(Value):
    """What a run will cost, in USD. Not ``complete``: some prices are unknown, the figures leave those calls out."""

    low: Decimal
    high: Decimal
    complete: bool


def cost_of(usage: Usage, price: Price | None, reported: Decimal | None) -> tuple[Decimal | None, CostSource]:
    """A call's cost in USD and how it is known: as reported, else computed, else ``None``. Nonsense is unknown."""
    if reported is not None and reported.is_finite() and 0 <= reported <= MOST:
        return _rounded(reported), CostSource.REPORTED
    computed = _computed(usage, price) if price else None
    return (computed, CostSource.COMPUTED) if computed is not None else (None, CostSource.UNKNOWN)


def cost_so_far(price: Price | None, tokens_read: int, tokens_written: int) -> Decimal | None:
    """What a call costs that has read and written so much; ``None`` if its price is unknown."""
    return _computed(Usage(input_tokens=tokens_read, output_tokens=tokens_written), price) if price else None


def is_free(price: Price | None) -> bool:
    """Whether a model costs nothing, as those do that run on this machine."""
    return price is not None and price.input == 0 and price.output == 0


def is_known(price: Price | None) -> bool:
    """Whether a price says what a call costs."""
    return price is not None and price.input is not None and price.output is not None


def least_cost(call: Expected, tokens_read: int) -> Decimal | None:
    """The least that a call should cost: what it reads, and a short answer; ``None`` if its price is unknown."""
    short = min(SHORT_ANSWER, call.max_tokens or SHORT_ANSWER)
    return cost_so_far(call.price, tokens_read, short)


def estimate(prompt_tokens: int, panel: Sequence[Expected], judge: Expected, writer: Expected) -> Estimate:
    """The range in which a run's cost should lie.

    Every panel call reads the prompt; the judge reads the prompt and all answers; the writer reads those and the
    analysis. The model's shorter answers give the low end, its longer ones the high end; without a history short
    answers and limits (or long answers, where there is none). Repeated attempts are not counted. A built-in judge or
    writer is free: give it a price of zero.
    """
    low, high = (_run_cost(prompt_tokens, panel, judge, writer, is_high=end) for end in (False, True))
    complete = all(is_known(call.price) for call in (*panel, judge, writer))
    return Estimate(low=_rounded(low), high=_rounded(high), complete=complete)


def estimate_of_one(prompt_tokens: int, call: Expected) -> Estimate:
    """The range in which the cost of a single call should lie."""
    nobody = Expected(price=None)
    low, high = (_run_cost(prompt_tokens, [call], nobody, nobody, is_high=end) for end in (False, True))
    return Estimate(low=_rounded(low), high=_rounded(high), complete=is_known(call.price))


def _run_cost(prompt: int, panel: Sequence[Expected], judge: Expected, writer: Expected, *, is_high: bool) -> Decimal:
    if not panel:
        return Decimal(0)
    answers = sum(_output(call, is_high) for call in panel)
    calls = [(call, prompt) for call in panel]
    if len(panel) > 1:  # a single answer is returned as it is, nobody judges or fuses it
        reading = prompt + answers + INSTRUCTIONS
        calls += [(judge, reading), (writer, reading + _output(judge, is_high))]
    return _sum(cost_so_far(call.price, read, _output(call, is_high)) or Decimal(0) for call, read in calls)


def _output(call: Expected, is_high: bool) -> int:
    """The output tokens expected at one end of the range; a limit bounds both."""
    if is_high:
        longest = call.usual.high if call.usual else call.max_tokens or LONG_ANSWER
        return min(longest, call.max_tokens or longest)
    shortest = call.usual.low if call.usual else SHORT_ANSWER
    return min(shortest, call.max_tokens or shortest)


def _computed(usage: Usage, price: Price) -> Decimal | None:
    """Cached tokens are part of the input; without a price of their own they cost what input costs."""
    cached = min(usage.cached_tokens or 0, usage.input_tokens or 0)
    fresh = None if usage.input_tokens is None else usage.input_tokens - cached
    cached_price = price.input if price.cached is None else price.cached
    parts = [_part(fresh, price.input), _part(cached, cached_price), _part(usage.output_tokens, price.output)]
    known = [part for part in parts if part is not None]
    total = _sum(known)
    return _rounded(total) if len(known) == len(parts) and total <= MOST else None


def _part(tokens: int | None, price: Decimal | None) -> Decimal | None:
    if price == 0 or tokens == 0:
        return Decimal(0)
    return None if tokens is None or price is None else tokens * price / _PER


def _sum(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, Decimal(0))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, ROUND_HALF_UP)
