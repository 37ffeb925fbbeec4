"""A single run as a file for programs: the same as on its page."""

import csv
import io
import json

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from tests.factories import make_local_preset, make_user
from tests.web.conftest import signed_in
from tests.web.run_factories import ANSWERS, make_finished_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_run_is_a_file_of_each_form_and_the_same_as_on_its_page():
    make_local_preset()
    alice = make_user("alice")
    run, other = make_finished_run(alice), make_finished_run(alice)
    _, secret = api_keys.make_key(alice, "test", [Scope.READ])
    program, reader = Client(headers={"Authorization": f"Bearer {secret}"}), signed_in(alice)
    address = f"/api/v1/runs/{run.public_id}/export"

    found = {form: program.get(address, {"format": form}) for form in ("json", "md", "csv", "jsonl")}

    for form in ("md", "csv", "jsonl"):
        page = reader.get(f"/runs/{run.public_id}/export.{form}")
        assert (found[form].content, found[form]["Content-Type"]) == (page.content, page["Content-Type"])
    assert found["json"].json() == program.get(address).json()
    assert found["json"].json() == json.loads(reader.get(f"/runs/{run.public_id}/export.json").content)
    rows = list(csv.DictReader(io.StringIO(found["csv"].content.decode())))
    assert {row["run"] for row in rows} == {run.public_id}
    assert [row["text"] for row in rows if row["role"] == "panel"] == list(ANSWERS.values())
    assert other.public_id not in found["md"].content.decode()
    assert program.get(address, {"format": "pdf"}).status_code == 400
