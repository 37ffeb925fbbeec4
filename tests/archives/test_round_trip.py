"""An archive of everything, imported where nothing is or where all is still there: it says the same again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Model
from jsonschema import Draft202012Validator

from apps.accounts.models import User
from apps.archives import export
from apps.archives.export import write_archive
from apps.archives.importing import Imported
from apps.archives.schema import archive_schema
from apps.batches.models import Batch
from apps.batches.templates import change_template
from apps.fusion.vocabulary import Status
from apps.runs.models import Call, CallOutput, Run
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import search_runs
from tests.archives.world import MORNING, archive_of, changed, empty, entries_of, import_for, make_everything
from tests.web.run_factories import make_call, make_finished_run, make_live_run

pytestmark = pytest.mark.usefixtures("local")


def told_by(archive: bytes) -> dict[str, Any]:
    """Return what an archive tells, without the moment of export and without this server's own numbers."""
    told: dict[str, Any] = {}
    for name, content in entries_of(archive).items():
        values = [json.loads(line) for line in content.splitlines()] if name.endswith("jsonl") else json.loads(content)
        told[name] = values
    told["manifest.json"].pop("exported_at")
    for run in told["accounts/1/runs.jsonl"]:
        run.pop("imported_at", None)
    return {name: without_keys(value, sorted(keys_in(value))) for name, value in told.items()}


def without_keys(value: Any, keys: list[int]) -> Any:
    """Return a value with places, in rising order, in place of this server's own keys, which are beyond all others."""
    if isinstance(value, dict):
        return {name: without_keys(one, keys) for name, one in value.items()}
    if isinstance(value, list):
        return [without_keys(one, keys) for one in value]
    return f"key {keys.index(value)}" if value in keys and type(value) is int else value


def keys_in(value: Any) -> set[int]:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return set().union(*map(keys_in, parts)) if parts else set()
    return {value} if type(value) is int and value > FAR else set()


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield where two documents differ: thousands of lines of them would say nothing."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}[{at}]")
    elif one != other:
        yield f"{path}: {str(one)[:80]} is {str(other)[:80]}"


FAR = 10**12


@pytest.fixture(autouse=True)
def far_keys(db: None) -> None:
    """Let keys be numbers that nothing else is."""
    with connection.cursor() as cursor:
        for times, table in enumerate(("runs_call", "annotations_ruling"), 1):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, times * FAR])


def test_everything_is_equal_after_it_was_deleted_and_imported(alice: User) -> None:
    whole = make_everything(alice)
    archive = archive_of(alice)
    before = told_by(archive)
    empty(alice)
    assert Run.objects.count() == 0

    imported = import_for(alice, archive)

    assert imported == Imported(templates=1, files=1, runs=3, batches=1, kept=6)
    after = told_by(archive_of(alice))
    assert list(differences(before, after)) == []
    run = Run.objects.get(public_id=whole.public_id)
    assert (run.owner, run.imported_at is not None) == (alice, True)
    assert set(run.calls.values_list("is_copy", flat=True)) == {True}


def test_tags_are_as_a_search_knows_them(alice: User) -> None:
    make_everything(alice)
    tags = ["Rate Limit", "rate-limit", "ÜBER"]
    archive = changed(archive_of(alice), "accounts/1/runs.jsonl", lambda line: line["rows"]["run"].update(tags=tags))
    empty(alice)

    import_for(alice, archive)

    assert Run.objects.order_by("pk")[0].tags == ["rate-limit", "über"]
    assert [len(search_runs(alice, RunQuery.parse(f"tag:{tag}", MORNING.date())).runs) for tag in tags[1:]] == [1, 1]


def test_second_import_gets_new_ids_and_its_links_follow(alice: User, charlie: User) -> None:
    whole = make_everything(alice)
    before = told_by(archive_of(alice))

    imported = import_for(charlie, archive_of(alice))

    assert (imported.renamed, imported.kept) == (3, 6)
    first, follow, fork = Run.objects.filter(owner=charlie).order_by("pk")
    assert not {first.public_id, follow.public_id, fork.public_id} & set(
        Run.objects.filter(owner=alice).values_list("public_id", flat=True)
    )
    assert (follow.parent, follow.thread, first.thread) == (first, first.public_id, first.public_id)
    assert follow.ancestors[1] == first.pk
    assert not Run.objects.filter(pk=follow.ancestors[0]).exists()
    assert (fork.forked_from, fork.copy_of, fork.cache_hit.run) == (first, first, first.public_id)
    assert first.filled_template.version.template.owner == charlie
    batch = charlie.batches.get()
    assert batch.rows.get(number=1).run == fork
    assert batch.version.template.owner == charlie
    assert told_by(archive_of(alice)) == before
    assert Run.objects.get(pk=whole.pk).owner == alice


def test_what_is_there_just_so_is_left_alone_and_the_rest_gets_another_name(alice: User) -> None:
    make_everything(alice)
    archive = archive_of(alice)
    alice.criteria_sets.update(text="another")
    alice.presets.filter(is_current=True).update(note="another")
    change_template(alice.prompt_templates.get(), "Heights", "What is {{thing}}?", "", "")

    imported = import_for(alice, archive)

    assert (imported.templates, imported.kept) == (1, 3)
    assert sorted(alice.prompt_templates.values_list("name", flat=True)) == ["Heights", "Heights (imported)"]
    assert sorted(alice.criteria_sets.values_list("name", flat=True)) == ["Sources", "Sources (imported)"]
    presets = alice.presets.filter(is_current=True).order_by("pk")
    assert [(one.name, one.slug) for one in presets] == [
        ("Legal matters", "legal-questions"),
        ("Legal matters (imported)", "legal-questions-imported"),
    ]
    rules = [(rule.value.name, rule.value.preset) for rule in alice.routing_rules.all()]
    assert rules[2:] == [("Short (imported)", "legal-questions-imported")]


def test_run_of_which_a_column_is_asked_again_while_it_is_read_is_left_out(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, read = make_finished_run(alice), export.run_document

    def read_slowly(run: Run) -> dict[str, Any]:
        document = read(run)
        make_call(run, slot="A", take=2, status=Status.QUEUED)
        return document

    monkeypatch.setattr(export, "run_document", read_slowly)

    archive = archive_of(alice)

    assert json.loads(entries_of(archive)["end.json"])["accounts"]["accounts/1"]["left_out"] == [run.public_id]
    assert import_for(alice, archive).runs == 0


def test_run_at_work_is_left_out_and_said_so(alice: User) -> None:
    done, at_work = make_finished_run(alice), make_live_run(alice)
    told: list[tuple[int, int, int]] = []

    archive = b"".join(write_archive([alice], lambda p: told.append((p.done, p.total, p.left_out))))

    entries = entries_of(archive)
    assert [json.loads(line)["id"] for line in entries["accounts/1/runs.jsonl"].splitlines()] == [done.public_id]
    assert json.loads(entries["end.json"])["accounts"]["accounts/1"]["left_out"] == [at_work.public_id]
    assert told == [(0, 2, 0), (1, 2, 0), (1, 2, 1)]


def test_commands_move_several_accounts_to_users_of_their_names(alice: User, charlie: User, tmp_path: Path) -> None:
    ids = {make_finished_run(owner).public_id: owner for owner in (alice, charlie)}
    file = tmp_path / "all.zip"
    call_command("export_all", str(file))
    Run.objects.all().delete()

    call_command("import_all", str(file))

    assert {run.public_id: run.owner for run in Run.objects.all()} == ids
    with pytest.raises(CommandError, match="It has 2 accounts"):
        call_command("import_all", str(file), user="alice")
    charlie.delete()
    with pytest.raises(CommandError, match="There is nobody called “charlie” here"):
        call_command("import_all", str(file))
    call_command("export_all", str(file), user=["alice"])
    call_command("import_all", str(file), user="alice")
    assert Run.objects.filter(owner=alice).count() == 2
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(CommandError, match="nobody called bob"):
        call_command("export_all", str(file), user=["bob"])


def test_schema_in_the_documents_is_that_of_the_shapes_and_archives_keep_it(alice: User) -> None:
    make_everything(alice)
    schema = json.loads((settings.BASE_DIR / "docs" / "archive.schema.json").read_text("utf-8"))

    assert schema == json.loads(json.dumps(archive_schema())), "`make docs` writes it anew."
    for name, content in entries_of(archive_of(alice)).items():
        entry = name.rpartition("/")[2]
        shape = {"$schema": schema["$schema"], "$defs": schema["$defs"], **schema["properties"][entry]}
        for text in content.splitlines() if entry.endswith("jsonl") else [content]:
            assert [error.message for error in Draft202012Validator(shape).iter_errors(json.loads(text))] == []


LEFT_OUT = {
    Run: {
        *("owner", "team", "public_id", "api_key", "idempotency_key", "request_digest", "shared_cap", "binned_at"),
        *("is_kept", "is_crowded", "cache_key", "wake_at", "fuse_now", "cancel_requested", "resumed_at"),
        *("needs_resync", "needs_indexing", "imported_at", "from_share"),
    },
    Call: {
        *("cancel_requested", "heartbeat_at", "cost_so_far", "reserved_cost", "possible_extra_cost", "is_copy"),
        "enqueued_at",
    },
    CallOutput: {"html"},
    Batch: {
        *("owner", "team", "public_id", "api_key", "is_of_key", "shared_cap", "site"),
        *("idempotency_key", "request_digest"),
    },
}
"""Columns that are this server's own, the account's, or secrets."""


@pytest.mark.parametrize("model", LEFT_OUT)
def test_every_column_is_in_the_archive_or_left_out_on_purpose(model: type[Model]) -> None:
    shapes = archive_schema()["$defs"]
    there = set(shapes[f"{model.__name__}Row"]["properties"])
    columns = {field.name for field in model._meta.concrete_fields} - {"id", "run", "call"}

    assert columns - there == LEFT_OUT[model]
