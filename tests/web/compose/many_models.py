"""The names of 369 models of 45 makers, as a router would list them: a line of the text file is slug, maker, label."""

from pathlib import Path

NAMES = Path(__file__).with_suffix(".txt")


def rows() -> list[tuple[str, str, str]]:
    """Return the name at the router, the label and the maker of each model; every eighth comes in a free form too."""
    listed = []
    for line in NAMES.read_text().splitlines():
        slug, maker, label = line.split(" | ")
        name = label.lower().replace(" ", "-").replace("+", "-plus")
        listed.append((f"{slug}/{name}", f"{maker}: {label}", maker))
    free = [(f"{name}:free", f"{label} (free)", maker) for name, label, maker in listed[::8]]
    return listed + free
