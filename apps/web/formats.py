"""Figures as a person reads them: money, durations, moments, the word and dot of a status.

Pure functions but for the reader's way of writing dates and numbers, which is that of the page being made.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from apps.fusion.vocabulary import FailureCode, Status
from apps.web.locales import current_locale

DOTS = {
    Status.QUEUED: "wait",
    Status.RUNNING: "live",
    Status.DONE: "done",
    Status.FAILED: "bad",
    Status.CANCELLED: "",
}
"""The class of a status's dot."""

CANCELLED_WORDS = {FailureCode.TOO_SLOW: "cut", FailureCode.CAPPED: "cap reached"}
"""Why something was cancelled, in a word; else a person stopped it."""

SMALLEST = Decimal("0.0001")


def number(text: str) -> str:
    """Return the text of a number (``1,234.5``) as the reader writes it."""
    return current_locale().number(text)


def decimals(value: float, places: int) -> str:
    """Return a number with so many decimals: ``0.50``."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return number(f"{exact:,}")


def moment(when: datetime) -> str:
    """Return a day with its time: ``12 October 2025, 14:05``."""
    locale = current_locale()
    return locale.date(when, locale.moment)


def day(when: date) -> str:
    """Return a day: ``12 Oct 2025``."""
    locale = current_locale()
    return locale.date(when, locale.day)


def dot(status: str) -> str:
    """Return the class of the dot beside a status."""
    return DOTS[Status(status)]


def status_word(status: Status, code: FailureCode | None) -> str:
    """Return a status in the page's words: nobody "cancels", but somebody stops, a wait ends, or a cap is reached."""
    if status is not Status.CANCELLED:
        return str(status)
    return CANCELLED_WORDS.get(code, "stopped") if code else "stopped"


def money(amount: Decimal | None) -> str:
    """Return USD as text, to the hundredth of a cent where it is small; ``None`` is "unknown", never nought."""
    if amount is None:
        return "unknown"
    if amount == 0:
        return "$0"
    if amount < SMALLEST:
        return f"< ${number(str(SMALLEST))}"
    places = "0.01" if amount >= 1 else "0.001" if amount >= Decimal("0.1") else "0.0001"
    rounded = amount.quantize(Decimal(places), ROUND_HALF_UP)
    return f"${number(f'{rounded:,}')}"


def money_range(low: Decimal | None, high: Decimal | None) -> str:
    """Return ``$0.03–0.07``; one figure where both ends read the same, "unknown" where an end is."""
    if low is None or high is None:
        return money(None)
    first, last = _roughly(low), _roughly(high)
    return first if first == last else f"{first}–{last.removeprefix('$')}"


def _roughly(amount: Decimal) -> str:
    """Return an expected cost with two significant figures below a dollar, in whole cents above."""
    if amount < SMALLEST:
        return money(amount)
    if amount >= 1:
        return f"${number(f'{amount:,.2f}')}"
    rough = Decimal(f"{amount:.2g}").normalize()
    return f"${number(f'{rough:f}')}"


def duration(seconds: float | None) -> str:
    """Return seconds as ``0:24`` or ``1:02:03``; with tenths below ten (``3.2 s``); ``–`` if unknown."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{number(f'{seconds:.1f}')} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def seconds_text(seconds: float) -> str:
    """Return seconds as they were set: ``20 s``, ``0.5 s``."""
    return f"{number(f'{Decimal(str(seconds)).normalize():f}')}\u00a0s"


def ago(when: datetime, now: datetime) -> str:
    """Say in few words when it was: ``5 min ago``, ``3 h ago``, ``yesterday``, ``12 Oct``, ``12 Oct 2025``."""
    passed = now - when
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(hours=12) or when.date() == now.date():
        return f"{passed // timedelta(hours=1)} h ago"
    if when.date() == now.date() - timedelta(days=1):
        return "yesterday"
    locale = current_locale()
    return locale.date(when, locale.day_of_year if when.year == now.year else locale.day)


def joined(names: Sequence[str]) -> str:
    """Join names as in ``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def tally(names: Sequence[str]) -> str:
    """Return each name once, in the order of first appearance: ``A ×2, B``."""
    return ", ".join(f"{name} ×{times}" if times > 1 else name for name, times in Counter(names).items())


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 call``, ``3 calls``, ``1,000 calls``."""
    return f"{number(f'{count:,}')} {noun}{'' if count == 1 else 's'}"


def size_words(size: int) -> str:
    """Return a number of bytes as ``812 bytes``, ``4.2 kB``, ``1.3 MB``."""
    if size < 1_000:
        return counted(size, "byte")
    return f"{decimals(size / 1_000, 1)} kB" if size < 999_950 else f"{decimals(size / 1_000_000, 1)} MB"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as ``82 %``; what is not quite all is never called so."""
    return f"{99 if 0.99 < share < 1 else round(100 * share)}\u00a0%"


def tokens_short(count: int | None) -> str:
    """Return a number of tokens in short: ``512``, ``200k``, ``1M``, ``1.5M``; ``–`` if unknown."""
    if count is None:
        return "–"
    if count < 1000:
        return str(count)
    size, unit = (count / 1_000_000, "M") if count >= 999_500 else (count / 1000, "k")
    return number(f"{size:.1f}".removesuffix(".0")) + unit if unit == "M" else f"{size:.0f}{unit}"


def ordinal(number: int) -> str:
    """Return ``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
