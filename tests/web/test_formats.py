"""Figures as a person reads them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from apps.fusion.vocabulary import Status
from apps.web import formats


@pytest.mark.parametrize(
    "amount, text",
    [
        (None, "unknown"),
        ("0", "$0"),
        ("0.00001", "< $0.0001"),
        ("0.0001", "$0.0001"),
        ("0.0412", "$0.0412"),
        ("0.099999", "$0.1000"),
        ("0.5", "$0.500"),
        ("1.005", "$1.01"),
        ("1234.5", "$1,234.50"),
    ],
)
def test_money_is_written_with_two_significant_digits(amount: str | None, text: str) -> None:
    assert formats.money(None if amount is None else Decimal(amount)) == text


@pytest.mark.parametrize(
    "low, high, text",
    [
        ("0.03", "0.07", "$0.03–0.07"),
        ("0.0301", "0.1249", "$0.03–0.12"),
        ("0.05", "0.0501", "$0.05"),
        ("0", "0.002", "$0–0.002"),
        ("0.00001", "0.002", "< $0.0001–0.002"),
        ("0.9", "12.346", "$0.9–12.35"),
        (None, "1", "unknown"),
        ("1", None, "unknown"),
    ],
)
def test_money_range_joins_its_ends(low: str | None, high: str | None, text: str) -> None:
    assert formats.money_range(low and Decimal(low), high and Decimal(high)) == text


@pytest.mark.parametrize(
    "seconds, text",
    [(None, "–"), (0, "0.0 s"), (9.94, "9.9 s"), (9.96, "0:10"), (59.6, "1:00"), (61, "1:01"), (3723, "1:02:03")],
)
def test_duration_is_written_in_its_largest_units(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "passed, text",
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=11, minutes=59), "11 h ago"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(hours=36), "yesterday"),
        (timedelta(hours=37), "20 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
    ],
)
def test_ago_is_written_in_its_largest_unit(passed: timedelta, text: str) -> None:
    assert formats.ago(NOON - passed, NOON) == text


def test_every_status_has_a_dot() -> None:
    assert set(formats.DOTS) == set(Status)


@pytest.mark.parametrize(
    "names, text", [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_joined_puts_and_before_the_last(names: list[str], text: str) -> None:
    assert formats.joined(names) == text


@pytest.mark.parametrize("count, text", [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (1000, "1,000 calls")])
def test_counted_writes_a_plural(count: int, text: str) -> None:
    assert formats.counted(count, "call") == text


@pytest.mark.parametrize("names, text", [([], ""), (["A"], "A"), (["A", "B", "A"], "A ×2, B")])
def test_tally_leaves_out_what_is_none(names: list[str], text: str) -> None:
    assert formats.tally(names) == text


@pytest.mark.parametrize("folder", ["apps/web", "apps/runs/reading", "templates"])
def test_percentages_that_people_read_have_a_blank(folder: str) -> None:
    root = Path(settings.BASE_DIR) / folder
    written = re.compile(r":\.\d%\}|\}\}%|[\d}]%(?= (?:of|bound|within|interval)\b)")
    found = {
        (path.name, match[0])
        for path in root.rglob("*.*")
        if path.suffix in (".py", ".html") and path.name != "export.py"
        for match in written.finditer(path.read_text())
    }

    assert found == set()
