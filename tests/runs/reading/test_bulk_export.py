"""Many runs as one file: each form, whose runs, safe cells, while runs change, and in flat memory."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import AsyncClient, Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from apps.accounts.models import User
from apps.annotations.models import Ruling
from apps.fusion.values import Side
from apps.fusion.vocabulary import FindingKind, RulingKind
from apps.runs import actions
from apps.runs.models import CallOutput, Run
from apps.runs.reading import bulk_export, csv_lines
from apps.runs.reading.bulk_export import export_runs, runs_chosen, runs_found
from apps.runs.reading.searching.run_query import RunQuery
from tests.factories import make_local_preset, make_run, make_user
from tests.web.run_factories import ANSWERS, make_finished_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    make_local_preset()
    return make_user("alice")


def found(user: User, text: str = "") -> list[str]:
    keys = list(runs_found(user, RunQuery.parse(text, timezone.localdate())))
    ids = dict(Run.objects.values_list("pk", "public_id"))
    return [ids[key] for key in keys]


def exported(user: User, form: str, text: str = "") -> str:
    return "".join(export_runs(user, runs_found(user, RunQuery.parse(text, timezone.localdate())), form))


def test_runs_of_a_search_come_newest_first_and_once(alice, monkeypatch):
    monkeypatch.setattr(bulk_export, "PART", 2)
    runs = [make_finished_run(alice, prompt=f"Question {n}", tags=["odd"] if n % 2 else []) for n in range(7)]
    make_finished_run(make_user("bob"), prompt="A secret of Bob")
    Run.objects.update(created_at=runs[0].created_at)  # made at the same moment
    ids = [run.public_id for run in reversed(runs)]

    assert found(alice) == ids
    assert found(alice, "tag:odd") == ids[1::2]
    assert found(alice, "the") == []


def test_json_is_the_document_that_the_schema_describes(alice):
    make_finished_run(alice, tags=["work"], note="Read this.")
    make_run(alice)

    document = json.loads(exported(alice, "json"))

    schema = json.loads((Path(settings.BASE_DIR) / "docs" / "export.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
    assert [run["tags"] for run in document["runs"]] == [[], ["work"]]
    assert json.loads(exported(make_user("bob"), "json"))["runs"] == []


def test_csv_has_a_row_for_each_call_and_no_formula(alice):
    dangerous = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
    run = make_finished_run(alice, dict(zip("ABCDEF", dangerous, strict=True)), prompt='=HYPERLINK("http://x")')
    CallOutput.objects.filter(call=run.answer_call).update(text='Plain, "quoted"\nand long')

    rows = list(csv.DictReader(io.StringIO(exported(alice, "csv"))))

    assert len(rows) == run.calls.count()
    assert [row["text"] for row in rows if row["role"] == "panel"] == [f"'{text}" for text in dangerous]
    assert {row["title"][0] for row in rows} == {"'"}
    [answer] = [row for row in rows if row["is_answer"] == "True"]
    assert answer["text"] == 'Plain, "quoted"\nand long'
    cells = [one for row in rows for one in row.values()]
    assert [one for one in cells if one.startswith(csv_lines.FORMULA_STARTS)] == []


def test_pairs_are_those_that_a_ruling_decides(alice):
    run = make_finished_run(alice)
    sides = (Side(stance="330 m", slots=("A", "C")), Side(stance="300 m", slots=("B",)))
    place = {"judge": run.analysis_call_id, "finding": "k1", "kind": FindingKind.CONTRADICTION}
    Ruling.objects.create(
        run=run,
        author=alice,
        **place,
        topic="Height of the tower",
        sides=sides,
        verdict=RulingKind.SIDE,
        right=("A", "C"),
    )

    pairs = [json.loads(line) for line in exported(alice, "jsonl").splitlines()]

    assert [(one["chosen"], one["rejected"]) for one in pairs] == [
        (ANSWERS["A"], ANSWERS["B"]),
        (ANSWERS["C"], ANSWERS["B"]),
    ]
    assert {(one["run"], one["origin"]) for one in pairs} == {(run.public_id, "ruling")}


def test_markdown_has_every_run(alice):
    make_finished_run(alice, prompt="First question")
    make_finished_run(alice, prompt="Second question")

    text = exported(alice, "md")

    assert text.index("# Second question") < text.index("# First question")


def test_runs_that_change_meanwhile_break_no_file(alice, monkeypatch):
    monkeypatch.setattr(bulk_export, "PART", 2)
    runs = [make_finished_run(alice, prompt=f"Question {n}") for n in range(5)]
    pieces = export_runs(alice, runs_found(alice, RunQuery.parse("", timezone.localdate())), "json")

    text = next(pieces) + next(pieces)
    actions.delete_run(runs[3])
    actions.delete_run(runs[0])
    make_finished_run(alice, prompt="A later one")
    text += "".join(pieces)

    assert [run["title"] for run in json.loads(text)["runs"]] == ["Question 4", "Question 2", "Question 1"]


def test_chosen_runs_are_ones_own(alice):
    own, other = make_finished_run(alice), make_finished_run(make_user("bob"))

    assert list(runs_chosen(alice, [own.public_id, other.public_id, "unknown"])) == [own.pk]


def test_memory_does_not_grow_with_the_number_of_runs(alice):
    def peak(count: int) -> int:
        while Run.objects.count() < count:
            run = make_run(alice)
            Run.objects.filter(pk=run.pk).update(prompt="long " * 40_000, note="n" * 200_000)
        tracemalloc.start()
        for _ in export_runs(alice, runs_found(alice, RunQuery.parse("", timezone.localdate())), "json"):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1)  # what is loaded once
    few, many = peak(4), peak(24)

    assert many < few + 2_000_000  # twenty runs more are 8 MB


async def _download(user: User, address: str) -> tuple[int, str]:
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(address)
    if not answer.streaming:
        return answer.status_code, answer.get("Location", "")
    return answer.status_code, b"".join([piece async for piece in answer.streaming_content]).decode()


@pytest.mark.django_db(transaction=True)
def test_page_serves_search_and_selection(alice):
    one, _other = make_finished_run(alice, prompt="One"), make_finished_run(alice, prompt="Two")

    status, text = async_to_sync(_download)(alice, f"/history/export/json/?run={one.public_id}&run=x-y")
    assert (status, [run["title"] for run in json.loads(text)["runs"]]) == (200, ["One"])
    status, text = async_to_sync(_download)(alice, "/history/export/md/?q=two")
    assert (status, "# Two" in text, "# One" in text) == (200, True, False)
    assert async_to_sync(_download)(alice, "/history/export/csv/?q=statuss:done") == (302, "/runs/?q=statuss%3Adone")
    assert async_to_sync(_download)(alice, "/history/export/exe/")[0] == 404


def test_list_links_to_its_files(alice):
    make_finished_run(alice)
    client = Client()
    client.force_login(alice)

    page = client.get("/runs/?q=status:done").content.decode()

    assert 'href="/history/export/csv/?q=status%3Adone"' in page
    assert client.head("/history/export/csv/").status_code == 200


def test_command_writes_a_file(alice, tmp_path):
    make_finished_run(alice, prompt="One")
    target = tmp_path / "runs.json"

    call_command("export_runs", "alice", "--query", "one", "--output", str(target))

    assert [run["title"] for run in json.loads(target.read_text())["runs"]] == ["One"]
    with pytest.raises(CommandError, match="nobody called carol"):
        call_command("export_runs", "carol")
    with pytest.raises(CommandError, match="statuss"):
        call_command("export_runs", "alice", "--query", "statuss:done", "--output", str(target))
