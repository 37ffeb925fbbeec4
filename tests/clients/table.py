"""The table of clients in docs/api.md, written from the results of tests: ``python -m tests.clients.table``."""

import json
import re
from typing import Any

from tests.clients.matrix import CLIENTS, FEATURES, RESULTS, ROOT

PAGE = ROOT / "docs" / "api.md"
MARKS = ("<!-- clients -->", "<!-- end of clients -->")


def table(results: dict[str, Any]) -> str:
    """Return the table of the results, a line for each client that was tried."""
    rows = [["client", "version", *FEATURES], ["---"] * (len(FEATURES) + 2)]
    for client in CLIENTS:
        found = results[client.name]
        cells = ["–" if one in client.lacks else "yes" if one in found["works"] else "no" for one in FEATURES]
        rows.append([client.name, found["version"], *cells])
    newest = max(results[client.name]["date"] for client in CLIENTS)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(
        [MARKS[0], f"Tried on {newest} by `make clients`; – is not known to the client itself.", "", *lines, MARKS[1]]
    )


def written() -> str:
    """Return the part of the page that holds the table."""
    found = re.search(f"{MARKS[0]}.*{MARKS[1]}", PAGE.read_text(), re.DOTALL)
    assert found, "docs/api.md has no place for the table of clients"
    return found[0]


def main() -> None:
    """Write the table into the page."""
    page = PAGE.read_text()
    PAGE.write_text(page.replace(written(), table(json.loads(RESULTS.read_text()))))


if __name__ == "__main__":
    main()
