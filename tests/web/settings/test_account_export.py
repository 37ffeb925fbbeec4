"""The download of everything that a person keeps: complete, theirs alone, without secrets, made while it is sent."""

import io
import json
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.catalogue.models import CriteriaSet
from apps.catalogue.recipes.calibrations import save_calibration
from apps.catalogue.recipes.presets import create_preset
from apps.fusion.values import Calibration
from apps.runs.models import Run
from apps.runs.reading import account
from tests.factories import make_recipe, make_run
from tests.web.run_factories import make_finished_run

EXPORT = "/settings/export/"


async def _pieces(user: User) -> list[bytes]:
    client = AsyncClient()
    await client.aforce_login(user)
    response = await client.post(EXPORT)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="fusionweb-')
    return [piece async for piece in response.streaming_content]


def download(user: User) -> dict[str, Any]:
    """Return the files of the archive, parsed."""
    archive = ZipFile(io.BytesIO(b"".join(async_to_sync(_pieces)(user))))
    assert archive.testzip() is None
    return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_archive_has_the_account_and_every_run_of_its_owner(alice: User, charlie: User, local) -> None:
    runs = [make_finished_run(alice, prompt="How high is it?"), make_run(alice)]
    make_run(charlie, prompt="A secret of Charlie")
    create_preset(charlie, "Charlies", make_recipe())
    create_preset(alice, "Legal questions", make_recipe())
    CriteriaSet.objects.create(owner=alice, team=alice.personal_team, name="Sources", text="cites a source")
    save_calibration(alice, "Heights", Calibration(task="towers"))
    _, secret = api_keys.make_key(alice, "laptop", [Scope.RUN])

    files = download(alice)

    own = files.pop("account.json")
    assert own["user"]["username"] == "alice"
    assert [preset["name"] for preset in own["presets"]] == ["Legal questions"]
    assert own["presets"][0]["panel"][0]["slot"] == "A"
    assert own["criteria"] == [
        {"name": "Sources", "text": "cites a source", "judge_instructions": "", "writer_instructions": ""}
    ]
    assert [(one["name"], one["value"]["task"]) for one in own["calibrations"]] == [("Heights", "towers")]
    assert [(key["name"], key["scopes"]) for key in own["keys"]] == [("laptop", ["run"])]
    assert sorted(document["id"] for document in files.values()) == sorted(run.public_id for run in runs)
    assert {name.rpartition("-")[2] for name in files} == {f"{run.public_id}.json" for run in runs}
    finished = next(document for document in files.values() if document["id"] == runs[0].public_id)
    assert "330 metres" in finished["columns"][0]["takes"][0]["text"]
    everything = json.dumps([own, files])
    assert [word in everything for word in (secret, "Charlie", "password", "digest")] == [False] * 4


def test_run_that_is_deleted_meanwhile_is_left_out(alice: User, local, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = make_run(alice)
    listed = "apps.web.settings.account_export.own_run_ids"
    monkeypatch.setattr(listed, lambda user: ["gone", *account.own_run_ids(user)])

    files = download(alice)

    assert [document["id"] for name, document in files.items() if name != "account.json"] == [kept.public_id]


def test_archive_is_sent_run_by_run(alice: User, local) -> None:
    for _ in range(3):
        make_run(alice)

    pieces = async_to_sync(_pieces)(alice)

    assert [bool(piece) for piece in pieces] == [True] * 5  # the account, three runs, the directory
    assert Run.objects.count() == 3


def test_export_is_for_people_who_are_signed_in_and_press(client: Client, as_alice: Client) -> None:
    assert client.post(EXPORT)["Location"] == f"/login/?next={EXPORT}"
    assert as_alice.get(EXPORT).status_code == 405
    assert f'action="{EXPORT}"' in as_alice.get("/settings/").content.decode()
