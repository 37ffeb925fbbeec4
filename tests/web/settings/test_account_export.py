"""The download of everything that a person keeps: complete, theirs alone, without secrets, made while it is sent."""

import io
import json
from secrets import token_hex
from typing import Any
from zipfile import ZipFile

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.accounts.models import User
from apps.archives import export
from apps.catalogue.models import CriteriaSet
from apps.catalogue.recipes.calibrations import save_calibration
from apps.catalogue.recipes.presets import create_preset
from apps.catalogue.recipes.rules import save_rule
from apps.fusion.routing import RoutingRule
from apps.fusion.values import Calibration
from apps.runs.models import Run
from tests.factories import SMOL, make_recipe, make_run
from tests.web.run_factories import make_finished_run, make_live_run

EXPORT = "/settings/export/"
FOLDER = "accounts/1/"


async def _pieces(user: User, **data: str) -> list[bytes]:
    client = AsyncClient()
    await client.aforce_login(user)
    response = await client.post(EXPORT, data)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="fusionweb-')
    return [piece async for piece in response.streaming_content]


def download(user: User) -> dict[str, Any]:
    """Return the entries of the archive, parsed; those of lines as lists."""
    archive = ZipFile(io.BytesIO(b"".join(async_to_sync(_pieces)(user))))
    assert archive.testzip() is None
    texts = {name.removeprefix(FOLDER): archive.read(name).decode() for name in archive.namelist()}
    return {
        name: [json.loads(line) for line in text.splitlines()] if name.endswith(".jsonl") else json.loads(text)
        for name, text in texts.items()
    }


def test_archive_has_the_account_and_every_run_of_its_owner(alice: User, charlie: User, local) -> None:
    runs = [make_finished_run(alice, prompt="How high is it?"), make_run(alice)]
    make_run(charlie, prompt="A secret of Charlie")
    create_preset(charlie, "Charlies", make_recipe())
    create_preset(alice, "Legal questions", make_recipe())
    CriteriaSet.objects.create(owner=alice, team=alice.personal_team, name="Sources", text="cites a source")
    save_calibration(alice, "Heights", Calibration(task="towers"))
    save_rule(alice, RoutingRule(name="Short", shorter_than=20, model=SMOL))
    _, secret = api_keys.make_key(alice, "laptop", [Scope.RUN])

    entries = download(alice)

    own = entries["account.json"]
    assert own["user"]["username"] == "alice"
    assert [preset["name"] for preset in own["presets"]] == ["Legal questions"]
    assert own["presets"][0]["panel"][0]["slot"] == "A"
    assert own["criteria"] == [
        {"name": "Sources", "text": "cites a source", "judge_instructions": "", "writer_instructions": ""}
    ]
    assert [(one["name"], one["value"]["task"]) for one in own["calibrations"]] == [("Heights", "towers")]
    assert [one["value"]["name"] for one in own["rules"]] == ["Short"]
    assert [(key["name"], key["scopes"]) for key in own["keys"]] == [("laptop", ["run"])]
    documents = entries["runs.jsonl"]
    assert [document["id"] for document in documents] == [run.public_id for run in runs]
    assert "330 metres" in documents[0]["columns"][0]["takes"][0]["text"]
    everything = json.dumps(entries)
    assert [word in everything for word in (secret, "Charlie", "password", "digest")] == [False] * 4


def test_run_that_is_deleted_meanwhile_is_left_out(alice: User, local, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = make_run(alice)
    monkeypatch.setattr(export, "_keys", lambda user: [kept.pk + 1, kept.pk])

    assert [document["id"] for document in download(alice)["runs.jsonl"]] == [kept.public_id]


def test_archive_is_sent_run_by_run(alice: User, local) -> None:
    size = 200_000
    for _ in range(3):
        make_run(alice, prompt=token_hex(size))

    pieces = async_to_sync(_pieces)(alice)

    assert len(pieces) == 4  # three runs, the rest with the directory
    # A run has its prompt in the title of its own, in its messages and in its rows; each byte is two digits.
    assert max(map(len, pieces)) < 5 * size
    assert Run.objects.count() == 3


@pytest.mark.usefixtures("local", "valkey_url")
def test_line_tells_how_far_the_download_is(alice: User, charlie: User, as_alice: Client, as_charlie: Client) -> None:
    make_run(alice)
    make_live_run(alice)
    assert as_alice.get("/progress/abc1/").status_code == 204

    async_to_sync(_pieces)(alice, progress="abc1")

    text = "1 run in the archive. 1 run at work: not in it."
    assert as_alice.get("/progress/abc1/").json() == {"text": text, "is_over": True}
    assert as_charlie.get("/progress/abc1/").status_code == 204


def test_export_is_for_people_who_are_signed_in_and_press(client: Client, as_alice: Client) -> None:
    assert client.post(EXPORT)["Location"] == f"/login/?next={EXPORT}"
    assert as_alice.get(EXPORT).status_code == 405
    assert f'action="{EXPORT}"' in as_alice.get("/settings/").content.decode()
