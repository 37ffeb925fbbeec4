"""The words in the documents, the database and the browser are those of the enums."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from apps.fusion import blind_votes, calibration, exits, ratings, strategy_settings, vocabulary
from apps.fusion.events import EVENTS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "vocabulary.md").read_text()
MODULES = (vocabulary, ratings, blind_votes, calibration, strategy_settings, exits)
WORDS = {name: value for module in MODULES for name, value in vars(module).items()}
ENUMS = [enum for enum in WORDS.values() if isinstance(enum, type) and issubclass(enum, StrEnum)]
NAMED = [enum for enum in ENUMS if enum is not StrEnum]


@pytest.mark.parametrize("enum", NAMED, ids=lambda enum: enum.__name__)
def test_page_lists_the_words_of_each_enum(enum):
    row = re.search(rf"^\| {enum.__name__} \| (.*) \|$", PAGE, re.MULTILINE)

    assert row is not None
    assert row[1].split(", ") == [str(word) for word in enum]


def test_page_lists_every_event():
    types = [event.model_fields["type"].default for event in EVENTS]

    assert ", ".join(f"`{name}`" for name in types) in PAGE
