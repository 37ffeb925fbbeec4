"""Filters for figures, whose words are decided in ``apps.web.formats``, and for the marks of a search."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from apps.runs.spending.caps import usd
from apps.web import formats
from apps.web.locales import current_locale

register = template.Library()
register.filter("money", formats.money)
register.filter("duration", formats.duration)
register.filter("seconds_text", formats.seconds_text)
register.filter("dot", formats.dot)
register.filter("counted", formats.counted)
register.filter("joined", formats.joined)
register.filter("tally", formats.tally)
register.filter("tokens_short", formats.tokens_short)
register.filter("decimals", formats.decimals)
register.filter("percent", formats.percent)


@register.simple_tag
def decimal_separator() -> str:
    """Return what stands before the decimals, for the figures that scripts write."""
    return current_locale().decimal


@register.filter
def begins_with(text: str, start: str) -> bool:
    """Return whether a text begins with another."""
    return text.startswith(start)


@register.filter
def run_word(run: Run) -> str:
    """Return the status of a row of the history in the page's words, and what went wrong: ``done, 2 failed``."""
    return ", ".join(filter(None, (formats.status_word(run.status, run.failure_code), run_flaws(run))))


@register.filter
def run_flaws(run: Run) -> str:
    """Return what went wrong in a run that is done all the same: ``2 failed, judge degraded``, else ''."""
    lost = Counter(formats.status_word(status, code) for status, code in run.lost_columns)
    words = [f"{count} {word}" for word, count in lost.items()]
    return ", ".join([*words, *(["judge degraded"] if run.is_degraded else [])])


@register.filter
def run_dot(run: Run) -> str:
    """Return the class of the dot beside the status of a row: one with flaws is not green."""
    return "warn" if run_flaws(run) else formats.dot(run.status)


@register.filter
def status_words(status: str) -> str:
    """Return the status of a row, or the state of a batch, in the page's words: what was cancelled is stopped."""
    return "stopped" if status == Status.CANCELLED else str(status)


@register.filter
def spaced(name: str) -> str:
    """Return a name of the program's as words: ``early exit``."""
    return name.replace("_", " ")


@register.filter
def as_set(amount: Decimal) -> str:
    """Return a cap as it was set: ``$0.75``, at least two places, no more than it has."""
    return formats.number(usd(amount))


@register.filter
def moment(when: datetime) -> str:
    """Return a day and its time, on the reader's clock."""
    return formats.moment(timezone.localtime(when))


@register.filter
def day(when: datetime) -> str:
    """Return a day of the reader's clock."""
    return formats.day(timezone.localtime(when))


@register.filter
def ago(when: datetime) -> str:
    """Say when a moment was, on the reader's clock."""
    return formats.ago(timezone.localtime(when), timezone.localtime())


@register.filter
def marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Return the pieces of a text, those that were looked for as marks."""
    drawn = ((format_html("<mark>{}</mark>", text) if is_mark else escape(text)) for text, is_mark in pieces)
    return mark_safe("".join(drawn))  # noqa: S308 - every piece is escaped here
