"""Usage and prices to money, and estimates before any is spent. USD, ``Decimal``, six places; unknown stays unknown."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from apps.fusion.frozen import Value
from apps.fusion.lookup_steps import MOST_SEARCHES
from apps.fusion.values import PlannedCall, Price, Usage
from apps.fusion.vocabulary import CostSource

SHORT_ANSWER = 100
LONG_ANSWER = 800
"""The range, in output tokens, in which an answer is expected of a model without a history, or a limit."""
INSTRUCTIONS = 600
"""Tokens of the judge's and the writer's own instructions, roughly."""
RESULT_TOKENS = 1_500
"""Tokens of what is looked up in a step, roughly."""
MOST = Decimal(10_000)
"""USD. A single call that is said to have cost more was not counted right: its cost is unknown."""

COUNTED = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "unread_tokens")

_PER = Decimal(1_000_000)
_PLACES = Decimal("0.000001")


class Lengths(Value):
    """The output tokens that a model usually writes, from the shorter answers to the longer ones."""

    low: int
    high: int


class Lookups(Value):
    """The look-ups that a call may make, as they are estimated: their most steps, and the price of a search in USD.

    ``None`` is an unknown price.
    """

    steps: int
    price: Decimal | None = Decimal(0)


class Expected(Value):
    """A call as it is estimated: its model's price (``None``: unknown), its limit of output tokens, and how long the
    model's answers usually are (``None``: there are too few to say). ``prompt_tokens`` are of its own prompt,
    where that is not the run's."""

    price: Price | None
    max_tokens: int | None = None
    usual: Lengths | None = None
    prompt_tokens: int | None = None
    lookups: Lookups | None = None


class Estimate(Value):
    """The likely cost of a run, in USD. Not ``complete``: the figures leave out calls whose price is unknown."""

    low: Decimal
    high: Decimal
    complete: bool


def cost_of(usage: Usage, price: Price | None, reported: Decimal | None) -> tuple[Decimal | None, CostSource]:
    """Return a call's cost in USD and its source: reported, else computed, else ``None``.

    A negative or infinite figure is unknown.
    """
    if reported is not None and reported.is_finite() and 0 <= reported <= MOST:
        return _rounded(reported), CostSource.REPORTED
    computed = _computed(usage, price) if price else None
    return (computed, CostSource.COMPUTED) if computed is not None else (None, CostSource.UNKNOWN)


def cost_so_far(price: Price | None, tokens_read: int, tokens_written: int) -> Decimal | None:
    """Return what a call costs that has read and written so much; ``None`` if its price is unknown."""
    return _computed(Usage(input_tokens=tokens_read, output_tokens=tokens_written), price) if price else None


def is_free(price: Price | None) -> bool:
    """Return whether a model costs nothing, as those do that run on this machine."""
    return price is not None and price.input == 0 and price.output == 0


def is_known(price: Price | None) -> bool:
    """Return whether a price says what a call costs."""
    return price is not None and price.input is not None and price.output is not None


def known_total(total: Decimal | None, is_complete: bool) -> Decimal | None:
    """Return a sum of costs, ``None`` while nothing is known of what was paid: its free part alone says nothing."""
    return total if total or is_complete else None


def least_cost(call: Expected, tokens_read: int) -> Decimal | None:
    """Return the USD for a call's input and a short answer, its least cost; ``None`` if the price is unknown."""
    short = min(SHORT_ANSWER, call.max_tokens or SHORT_ANSWER)
    return cost_so_far(call.price, tokens_read, short)


def estimate(prompt_tokens: int, calls: Sequence[tuple[PlannedCall, Expected]]) -> Estimate:
    """Return the range in which a run's cost should lie, from its planned calls in the order of their stages.

    Every call reads the prompt, and the texts of the stages that it names with some instructions. The low end takes the
    fewest calls and the models' shorter answers, the high end the most calls and the longer ones; without a history
    short answers and limits (or long answers, where there is none); and the high end all steps of look-ups, each with a
    search. What a failed call costs on top is not counted.
    A built-in model is free: give it a price of zero.
    """
    low, high = (_run_cost(prompt_tokens, calls, is_high=end) for end in (False, True))
    complete = all(_is_priced(expected) for planned, expected in calls if planned.most)
    return Estimate(low=_rounded(low), high=_rounded(high), complete=complete)


def estimate_of_one(prompt_tokens: int, call: Expected) -> Estimate:
    """Return the range in which the cost of a single call should lie."""
    low, high = (
        cost_so_far(call.price, _read(prompt_tokens, call, is_high), _output(call, is_high)) or Decimal(0)
        for is_high in (False, True)
    )
    high += _searches(call)
    return Estimate(low=_rounded(low), high=_rounded(high), complete=_is_priced(call))


def _read(prompt: int, call: Expected, is_high: bool) -> int:
    """Return the tokens that a call reads in all its requests: each is sent all before it, and what was looked up."""
    if not (is_high and call.lookups):
        return prompt
    steps = call.lookups.steps
    return prompt * (steps + 1) + RESULT_TOKENS * steps * (steps + 1) // 2


def _searches(call: Expected) -> Decimal:
    """Return what the most searches of a call cost (USD)."""
    lookups = call.lookups
    return lookups.price * min(lookups.steps, MOST_SEARCHES) if lookups and lookups.price else Decimal(0)


def _is_priced(call: Expected) -> bool:
    """Return whether the prices of a call's tokens and of its searches are known."""
    return is_known(call.price) and not (call.lookups and call.lookups.price is None)


def _run_cost(prompt: int, calls: Sequence[tuple[PlannedCall, Expected]], *, is_high: bool) -> Decimal:
    written: dict[str, int] = defaultdict(int)
    total = Decimal(0)
    for planned, expected in calls:
        count, output = planned.most if is_high else planned.fewest, _output(expected, is_high)
        own = prompt if expected.prompt_tokens is None else expected.prompt_tokens
        read = own + (INSTRUCTIONS if planned.reads else 0) + sum(written[stage] for stage in planned.reads)
        read = _read(read, expected, is_high)
        if is_high:
            total += count * _searches(expected)
        total += count * (cost_so_far(expected.price, read, output) or Decimal(0))
        written[planned.stage] += count * output
    return total


def _output(call: Expected, is_high: bool) -> int:
    """Return the output tokens expected at one end of the range; a limit bounds both ends."""
    if is_high:
        longest = call.usual.high if call.usual else call.max_tokens or LONG_ANSWER
        return min(longest, call.max_tokens or longest)
    shortest = call.usual.low if call.usual else SHORT_ANSWER
    return min(shortest, call.max_tokens or shortest)


def _computed(usage: Usage, price: Price) -> Decimal | None:
    """Return the cost by price, or ``None``.

    Cached tokens are part of the input and cost the same unless priced apart.
    """
    # Part of the input, and never more of it than there is, whatever a vendor says.
    cached = min(usage.cached_tokens or 0, usage.input_tokens or 0)
    fresh = None if usage.input_tokens is None else usage.input_tokens - cached
    cached_price = price.input if price.cached is None else price.cached
    parts = [_part(fresh, price.input), _part(cached, cached_price), _part(usage.output_tokens, price.output)]
    known = [part for part in parts if part is not None]
    total = sum(known, Decimal(0))
    return _rounded(total) if len(known) == len(parts) and total <= MOST else None


def _part(tokens: int | None, price: Decimal | None) -> Decimal | None:
    # Nothing costs nothing, even where the other factor is unknown: a local model that counts no tokens is still free.
    if price == 0 or tokens == 0:
        return Decimal(0)
    return None if tokens is None or price is None else tokens * price / _PER


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, ROUND_HALF_UP)


def total_usage(steps: Iterable[Usage]) -> Usage:
    """Return the tokens of all requests of a call together, as far as they are known."""
    total = None
    for usage in steps:
        if total is None:
            total = usage
            continue
        sums = {name: _sum(getattr(total, name), getattr(usage, name)) for name in COUNTED}
        total = Usage(**sums, estimated=total.estimated or usage.estimated)
    return total or Usage()


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
