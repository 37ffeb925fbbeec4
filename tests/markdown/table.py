"""The texts of ``texts.txt``, each with what a reader must see of it: its outline, checked by eye."""

import re
from pathlib import Path
from typing import NamedTuple


class Text(NamedTuple):
    group: str
    markdown: str
    outline: str


def read_table() -> list[Text]:
    """Return the rows; a row begins with ``=== group``, and its outline follows ``--->``."""
    table = (Path(__file__).parent / "texts.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^=== (\w+)\n(.*?)\n--->\n(.*?)\n(?==== |\Z)", table, flags=re.MULTILINE | re.DOTALL)
    return [Text(*row) for row in rows]


TEXTS = read_table()
