"""Usage and prices to money, and estimates before any is spent. USD, ``Decimal``, six places; unknown stays unknown."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from apps.fusion.values import Price, Usage, Value
from apps.fusion.vocabulary import CostSource

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English prose; other scripts need more tokens."""
SHORT_ANSWER = 100
LONG_ANSWER = 800
"""The range, in output tokens, in which an answer without a limit is expected."""
INSTRUCTIONS = 600
"""Tokens of the judge's and the writer's own instructions, roughly."""

_PER = Decimal(1_000_000)
_PLACES = Decimal("0.000001")


class Expected(Value):
    """A call as it is estimated: its model's price (``None``: unknown) and its limit of output tokens."""

    price: Price | None
    max_tokens: int | None = None


class Estimate(Value):
    """What a run will cost, in USD. Not ``complete``: some prices are unknown, the figures leave those calls out."""

    low: Decimal
    high: Decimal
    complete: bool


def cost_of(usage: Usage, price: Price | None, reported: Decimal | None) -> tuple[Decimal | None, CostSource]:
    """A call's cost in USD and how it is known: as reported, else computed, else ``None``."""
    if reported is not None and reported.is_finite() and reported >= 0:
        return _rounded(reported), CostSource.REPORTED
    computed = _computed(usage, price) if price else None
    return (computed, CostSource.COMPUTED) if computed is not None else (None, CostSource.UNKNOWN)


def tokens_estimate(text: str) -> int:
    """About how many tokens a text has: a quarter of its characters, but one for each of a script without spaces."""
    dense = sum("\u2e80" <= char <= "\ud7ff" for char in text) if not text.isascii() else 0
    return dense + -(-(len(text) - dense) // CHARACTERS_PER_TOKEN)


def estimate(prompt_tokens: int, panel: Sequence[Expected], judge: Expected, writer: Expected) -> Estimate:
    """The range in which a run's cost should lie.

    Every panel call reads the prompt; the judge reads the prompt and all answers; the writer reads those and the
    analysis. Short answers give the low end, limits (or long answers, where there is none) the high end.
    A built-in judge or writer is free: give it a price of zero.
    """
    low = _run_cost(prompt_tokens, panel, judge, writer, SHORT_ANSWER)
    high = _run_cost(prompt_tokens, panel, judge, writer, LONG_ANSWER)
    complete = all(_known(call.price) for call in (*panel, judge, writer))
    return Estimate(low=_rounded(low), high=_rounded(high), complete=complete)


def _run_cost(prompt: int, panel: Sequence[Expected], judge: Expected, writer: Expected, length: int) -> Decimal:
    if not panel:
        return Decimal(0)
    answers = sum(_output(call, length) for call in panel)
    calls = [(call, prompt) for call in panel]
    if len(panel) > 1:  # a single answer is returned as it is, nobody judges or fuses it
        reading = prompt + answers + INSTRUCTIONS
        calls += [(judge, reading), (writer, reading + _output(judge, length))]
    return _sum(_call_cost(call, read, length) for call, read in calls)


def _call_cost(call: Expected, tokens_read: int, length: int) -> Decimal:
    usage = Usage(input_tokens=tokens_read, output_tokens=_output(call, length))
    return (_computed(usage, call.price) if call.price else None) or Decimal(0)


def _output(call: Expected, length: int) -> int:
    """A stated limit bounds what is expected, and the high end reaches it."""
    if call.max_tokens is None:
        return length
    return min(call.max_tokens, length) if length == SHORT_ANSWER else call.max_tokens


def _computed(usage: Usage, price: Price) -> Decimal | None:
    """Cached tokens are part of the input; without a price of their own they cost what input costs."""
    cached = min(usage.cached_tokens or 0, usage.input_tokens or 0)
    fresh = None if usage.input_tokens is None else usage.input_tokens - cached
    cached_price = price.input if price.cached is None else price.cached
    parts = [_part(fresh, price.input), _part(cached, cached_price), _part(usage.output_tokens, price.output)]
    known = [part for part in parts if part is not None]
    return _rounded(_sum(known)) if len(known) == len(parts) else None


def _part(tokens: int | None, price: Decimal | None) -> Decimal | None:
    if price == 0 or tokens == 0:
        return Decimal(0)
    return None if tokens is None or price is None else tokens * price / _PER


def _known(price: Price | None) -> bool:
    return price is not None and price.input is not None and price.output is not None


def _sum(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, Decimal(0))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, ROUND_HALF_UP)
