"""The table of clients in docs/api.md is that of the locks: a new version is tried before it is written there."""

from tests.clients.matrix import CLIENTS, FEATURES
from tests.clients.table import written


def test_the_page_shows_each_client_in_the_version_of_its_lock() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in written().splitlines() if "|" in line]

    assert rows[0] == ["client", "version", *FEATURES]
    assert [row[:2] for row in rows[2:]] == [[client.name, client.version] for client in CLIENTS]


def test_the_page_claims_only_features_that_a_client_has() -> None:
    rows = {line.split("|")[1].strip(): line.split("|")[3:-1] for line in written().splitlines() if line.count("|") > 3}

    for client in CLIENTS:
        cells = dict(zip(FEATURES, (cell.strip() for cell in rows[client.name]), strict=True))
        assert cells == {one: "–" if one in client.lacks else "yes" for one in FEATURES}, client.name
