"""The reads of the new-run form and of the preset form, session and user included: nothing is looked up twice."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.vocabulary import AUTO
from tests.factories import make_hosted_models, make_run
from tests.web.compose.test_home import form

AUTOS = {"judge": AUTO, "writer": AUTO}


@pytest.mark.parametrize(
    "method, address, sent, count",
    [
        ("get", "/", {}, 14),
        ("get", "/?from={run}", {}, 14),
        ("get", "/?follow={run}", {}, 16),
        ("post", "/", {}, 6),
        ("post", "/", AUTOS, 6),
        ("post", "/", {"judge": "x/gone"}, 13),
        ("post", "/", {"edit": "add"}, 14),
        ("post", "/", {"edit": "save-preset", "preset_name": "Mine"}, 19),
        ("post", "/setup/", {"edit": "add"}, 9),
        ("post", "/setup/", {"edit": "preset:local"}, 8),
        ("post", "/setup/", {"edit": "save-preset", "preset_name": "Mine"}, 14),
        ("post", "/estimate/", {}, 4),
        ("post", "/estimate/", {"from": "{run}"}, 5),
        ("post", "/criteria/", {"edit": "save", "criteria": "brief", "set_name": "Brief"}, 6),
        ("get", "/presets/new/", {}, 9),
        ("post", "/presets/new/", {"name": "Mine"}, 8),
        ("post", "/presets/new/", {"name": "Mine", "edit": "add"}, 10),
        ("get", "/models/choices/", {}, 6),
    ],
)
def test_form_looks_everything_up_once(
    as_alice: Client, alice: User, local: Preset, method: str, address: str, sent: dict[str, Any], count: int
) -> None:
    make_hosted_models()
    run = make_run(alice).public_id
    body = form(**{name: value.format(run=run) for name, value in sent.items()}) if method == "post" else {}
    htmx = {"HX-Request": "true"} if address in ("/setup/", "/estimate/", "/criteria/") else {}

    with CaptureQueriesContext(connection) as queries:
        response = getattr(as_alice, method)(address.format(run=run), body, headers=htmx)

    assert response.status_code in (200, 302, 400)
    # What the server has prepared has no text in Django's log.
    sent = [query["sql"] or "SELECT prepared" for query in queries]
    reads = [sql[:200] for sql in sent if re.match(r"\s*(SELECT|WITH)", sql)]
    assert len(reads) == count, reads
