"""Dates and numbers in the way of the reader's language; the words of the pages stay English.

The middleware says whose page is being made, and ``apps.web.formats`` asks here. Outside a request, and for whoever
chose nothing, dates and numbers are written as the site writes them.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.decorators import sync_only_middleware
from django.utils.formats import get_format

CODES = (
    *("en-us", "cs", "da", "de", "el", "es", "fi", "fr", "hu", "id", "it", "ja", "ko", "nb", "nl", "pl", "pt"),
    *("pt-br", "ro", "sv", "tr", "uk", "vi", "zh-hans", "zh-hant"),
)
"""The languages whose way of dates and numbers can be chosen besides the site's."""

IN_FIGURES = ("el", "it", "pt", "pt-br", "ro")
"""Languages whose months Django writes in a wrong case or with a wrong capital: dates in figures are right."""

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class Locale:
    """A language's separators of numbers, and its dates as patterns of Django's ``date`` filter."""

    code: str = ""
    decimal: str = "."
    thousands: str = ","
    moment: str = "j F Y, H:i"
    day: str = "j M Y"
    day_of_year: str = "j M"

    def number(self, text: str) -> str:
        """Return the text of a number, written as Python writes it (``1,234.5``), in this language's way."""
        return text.translate({ord(","): self.thousands, ord("."): self.decimal})

    def date(self, value: date, pattern: str) -> str:
        """Return a day or a moment by one of the patterns, months in this language."""
        with translation.override(self.code or None):
            return format_date(value, pattern)


SITES = Locale()


@cache
def locale_of(code: str) -> Locale:
    """Return the locale of one of ``CODES``; the site's for any other."""
    if code not in CODES:
        return SITES
    names = ("DATETIME_FORMAT", "DATE_FORMAT", "MONTH_DAY_FORMAT")
    if code in IN_FIGURES:
        names = ("SHORT_DATETIME_FORMAT", "SHORT_DATE_FORMAT", "SHORT_DATE_FORMAT")
    moment, day, day_of_year = (str(get_format(name, code)) for name in names)
    if "E" in day:  # the case of a month beside a day, which Django's shorter pattern leaves out
        day_of_year = day_of_year.replace("F", "E")
    decimal, thousands = (str(get_format(name, code)) for name in ("DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR"))
    return Locale(code, decimal, thousands, moment, day, day_of_year)


def current_locale() -> Locale:
    """Return the locale of whoever the page is made for."""
    user = getattr(_request.get(), "user", None)
    return locale_of(getattr(user, "locale", ""))


def native_name(code: str) -> str:
    """Return what a language calls itself: ``Deutsch``."""
    if code == "en-us":
        return "English (US)"
    name = str(translation.get_language_info(code)["name_local"])
    return name[0].upper() + name[1:]


def example(code: str, moment: datetime) -> str:
    """Return a moment and a number in the way of a language, to choose by."""
    locale = locale_of(code)
    return f"{locale.date(moment, locale.moment)} · {locale.number('1,234.5')}"


@sync_only_middleware
def reader_locale(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Remember the request while its page is made; its user is looked up only if the page has a date or a number."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        _request.set(request)
        try:
            response: HttpResponseBase = get_response(request)
        finally:
            _request.set(None)
        return response

    return answer
