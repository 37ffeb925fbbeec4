"""The bar at the top: which entry it marks on a page and on the pages below it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

MARKED = re.compile(r'aria-current="(\w+)">([^<]+)</a>')


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("home", [("page", "New run")]),
        ("runs", [("page", "Runs")]),
        ("models", [("page", "Models")]),
        ("provider_add", [("true", "Models")]),
        ("preset_new", [("true", "Presets")]),
        ("rules", [("true", "Presets")]),
        ("calibration_new", [("true", "Presets")]),
        ("settings", []),
    ],
)
def test_bar_marks_the_page_or_its_parent(as_staff: Client, name: str, marked: list[tuple[str, str]]):
    page = as_staff.get(reverse(f"web:{name}")).content.decode()

    bar = page[page.index("<nav") : page.index("</nav>")]

    assert MARKED.findall(bar) == marked


def test_bar_marks_no_entry_whose_word_stands_elsewhere_in_the_address(as_staff: Client):
    page = as_staff.get("/api/docs/runs/").content.decode()

    assert MARKED.findall(page[page.index("<nav") : page.index("</nav>")]) == []
