"""Archives that are foreign, cut off, huge, newer or malicious: refused whole, with the place, and nothing written."""

import json
import random
import struct
from collections.abc import Callable
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_LZMA

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.annotations.models import Rating
from apps.archives import importing, opening
from apps.archives.account import AccountDocument, Names, import_account
from apps.archives.faults import BadArchive
from apps.archives.opening import Bounds
from apps.batches.models import Batch, PromptTemplate
from apps.catalogue.models import CriteriaSet
from apps.runs.models import Call, Run
from tests.archives.world import archive_of, changed, empty, entries_of, import_for, make_everything, packed
from tests.factories import make_recipe, make_run

pytestmark = pytest.mark.usefixtures("local")
RUNS, BATCHES, ACCOUNT = (f"accounts/1/{name}" for name in ("runs.jsonl", "batches.jsonl", "account.json"))
TEMPLATES = "accounts/1/templates.jsonl"
CHANGES_NOTHING = {"name": "of nothing"}
Edit = Callable[[Any], Any]


@pytest.fixture
def archive(alice: User) -> bytes:
    """Return an archive of everything, which is deleted then."""
    make_everything(alice)
    made = archive_of(alice)
    empty(alice)
    return made


def refusal(owner: User, archive: bytes, **bounds: Any) -> str:
    """Return why an archive is refused, without the last words, when nothing was written."""
    with pytest.raises(BadArchive) as refused:
        import_for(owner, archive, **bounds)
    for model in (Run, Call, Rating, PromptTemplate, Batch, CriteriaSet):
        assert not model.objects.exists(), model
    assert refused.value.sentence.endswith(" Nothing was imported.")
    return refused.value.sentence.removesuffix(" Nothing was imported.")


def in_run(**columns: Any) -> Edit:
    return lambda line: line["rows"]["run"].update(columns)


def in_call(at: int = 0, **columns: Any) -> Edit:
    return lambda line: line["rows"]["calls"][at].update(columns)


def in_rows(**rows: Any) -> Edit:
    return lambda line: line["rows"].update(rows)


def with_agreement(score: float) -> Edit:
    def edit(line: dict[str, Any]) -> None:
        analysis = next(one["output"]["analysis"] for one in line["rows"]["calls"] if one["output"]["analysis"])
        analysis["agreement"]["score"] = score

    return edit


def often(recipe: Any) -> None:
    """Have a column's own prompt name the question so often that nobody could hold the text."""
    recipe["panel"][0]["variant"] = {"name": "often", "prompt": "{{prompt}}, told as a story; " * 40_000}


def in_source(**columns: Any) -> Edit:
    return lambda line: line["rows"]["sources"][0].update(columns)


FILE = {"name": "a.txt", "media_type": "text/plain", "size": 5, "sha256": "ab" * 32, "text": "Tower"}


def with_file(size: int | None) -> Edit:
    """Return an edit by which the prompt has a file of 5 bytes, which is a source of so many."""

    def edit(line: dict[str, Any]) -> None:
        line["rows"]["run"]["messages"][1]["files"] = [FILE]
        line["rows"]["sources"][0].update(url=f"file:{FILE['sha256']}", size=size)

    return edit


def in_rating(**columns: Any) -> Edit:
    return lambda line: line["rows"]["ratings"][0].update(columns)


NOT_IN_RUN = "and the run has 8."
FAULTS: dict[str, tuple[Edit, str]] = {
    "at work": (in_run(status="running"), "has not ended"),
    "no end": (in_run(ended_at=None), "has not ended"),
    "call at work": (in_call(status="queued"), "has not ended"),
    "another's rows": (in_run(owner=1), "“rows.run.owner” is wrong: Extra inputs are not permitted."),
    "another's key": (in_run(api_key=1), "“rows.run.api_key” is wrong"),
    "a share": (in_rows(shares=[{"code": "x"}]), "“rows.shares” is wrong"),
    "html": (lambda line: line["rows"]["calls"][0]["output"].update(html="<script>"), "output.html” is wrong"),
    "a path as id": (in_run(id="../../etc"), "“rows.run.id” is wrong"),
    "a parent that is no id": (in_run(parent="a b"), "“rows.run.parent” is wrong"),
    "no status": (in_run(status="won"), "“rows.run.status” is wrong"),
    "no number": (in_run(agreement="high"), "“rows.run.agreement” is wrong"),
    "negative cost": (in_run(cost="-1"), "“rows.run.cost” is wrong"),
    "a cost beyond the column": (in_run(cost="1e30"), "“rows.run.cost” is wrong"),
    "no moment": (in_run(created_at="0001-01-01T00:00:00Z"), "“rows.run.created_at” is wrong"),
    "NUL": (in_run(note="a\x00b"), "A text has a NUL character."),
    "NUL in a key": (in_run(metadata={"a\x00": "b"}), "A text has a NUL character."),
    "no prompt": (in_run(messages=[]), "has no prompt"),
    "an image that is a page": (
        in_run(messages=[{"role": "user", "text": "x", "images": ["https://evil.test/?me"]}]),
        "An image must be a data URL",
    ),
    "a reused answer of no run": (in_run(cache_hit={"run": "../x", "age_s": 1}), "whose id is none"),
    "unknown strategy": (in_run(recipe={"strategy": "x", "panel": []}), "“rows.run.recipe"),
    "an answer of another run": (in_run(answer_call=99), NOT_IN_RUN),
    "an analysis of another run": (in_run(analysis_call=-1), NOT_IN_RUN),
    "inputs of another run": (in_call(inputs=[4711]), NOT_IN_RUN),
    "a rating of another's answer": (in_rating(call=4711), NOT_IN_RUN),
    "a rating by another": (in_rating(author=1), "“rows.ratings.0.author” is wrong"),
    "an unknown thumb": (in_rating(thumb="sideways"), "“rows.ratings.0.thumb” is wrong"),
    "an unknown slot": (in_call(slot="Z"), "It contradicts itself, or another line."),
    "a call twice": (lambda line: line["rows"]["calls"].append(line["rows"]["calls"][0]), "It contradicts itself"),
    "rows that are none": (in_rows(calls="all"), "“rows.calls” is wrong"),
    "no rows": (lambda line: line.pop("rows") and None, "“rows” is wrong: Field required."),
    "an agreement that no page can draw": (with_agreement(1e300), "less than or equal to 1"),
    "a vote on more answers than a run has": (
        lambda line: line["rows"]["votes"][0].update(answers=10 * line["rows"]["votes"][0]["answers"][:1]),
        "“rows.votes.0.answers” is wrong",
    ),
    "more rulings than a run may have": (
        lambda line: line["rows"].update(rulings=61 * line["rows"]["rulings"][:1]),
        "“rows.rulings” is wrong",
    ),
    "a tag of nothing": (in_run(tags=[","]), "A tag has 1 to 50 characters."),
    "a text without an end": (in_run(note="a" * 4_000_001), "“rows.run.note” is wrong"),
    "an answer without an end": (
        lambda line: line["rows"]["calls"][0]["output"].update(text="a" * 4_000_001),
        "“rows.calls.0.output.text” is wrong",
    ),
    "an address that no index takes": (
        in_source(url=random.Random(1).randbytes(8_000).hex()),
        "It has a value that is too long for the database.",
    ),
    "a file that is no source": (with_file(None), "A file of the prompt is not among the sources"),
    "a file that is smaller as a source": (with_file(1), "A file of the prompt is not among the sources"),
    "checks of its template that are none": (
        lambda line: line["rows"]["filled_template"].update(checks="nonsense"),
        "Its output checks cannot be read. Line 1: “nonsense” is no check.",
    ),
    "no object": (lambda _: [1], "wrong"),
    "a request for a message of none": (
        lambda line: next(c for c in line["rows"]["calls"] if c["sent"])["sent"][0].update(messages=[7]),
        "A request names a message that the run has not.",
    ),
}


def test_run_that_lies_is_refused_with_its_line(alice: User, archive: bytes) -> None:
    said = {name: refusal(alice, changed(archive, RUNS, change)) for name, (change, _) in FAULTS.items()}

    wrong = {name: why for name, why in said.items() if FAULTS[name][1] not in why}
    assert wrong == {}
    assert {why.startswith(f"{RUNS}, line 1: ") for why in said.values()} == {True}


def test_later_line_is_named_and_earlier_ones_are_not_kept(alice: User, archive: bytes) -> None:
    said = refusal(alice, changed(archive, RUNS, in_run(status="running"), line=3))

    assert said.startswith(f"{RUNS}, line 3: ")


OTHERS: list[tuple[str, Edit, str]] = [
    (BATCHES, lambda row: row.update(recipe=None), "A batch has either a set-up or requests of its own."),
    (BATCHES, lambda row: row.update(endpoint="/admin/"), "“endpoint” is wrong"),
    (RUNS, lambda line: often(line["rows"]["run"]["recipe"]), "With the variant “often” the prompt of column A has"),
    (BATCHES, lambda row: often(row["recipe"]), "With the variant “often” the prompt of column A has"),
    (ACCOUNT, lambda one: one["presets"][0]["panel"][0].update(variant=CHANGES_NOTHING), "changes nothing"),
    (BATCHES, lambda row: row.update(repetitions=31), "A line of the batch is run more than 30 times."),
    (
        BATCHES,
        lambda row: row.update(rows=[row["rows"][0] | {"number": number, "run": None} for number in range(1, 32)]),
        "A line of the batch is run more than 30 times.",
    ),
    (BATCHES, lambda row: row.update(api_key=1), "“api_key” is wrong"),
    (BATCHES, lambda row: row["rows"].append(row["rows"][0]), "It contradicts itself"),
    (BATCHES, lambda row: row.update(checks="nonsense"), "Its output checks cannot be read."),
    (TEMPLATES, lambda row: row.update(versions=[]), "“versions” is wrong"),
    (TEMPLATES, lambda row: row["versions"][0].update(checks="nonsense"), "Its output checks cannot be read."),
    (TEMPLATES, lambda row: row["versions"][0].update(system="{{a"), "The template “Heights” cannot be filled in."),
    (ACCOUNT, lambda one: one["presets"][0].update(slug="../x"), "“presets.0.slug” is wrong"),
    (ACCOUNT, lambda one: one["presets"][0].update(panel=[]), "has no panel that could be asked"),
    (ACCOUNT, lambda one: one["rules"][0].update(position=-1), "“rules.0.position” is wrong"),
    ("end.json", lambda one: one["accounts"]["accounts/1"].update(runs=4), "the archive counts 4"),
    ("end.json", lambda one: one.update(accounts={}), "It counts other accounts"),
    ("manifest.json", lambda one: one.update(schema="other"), "This is no archive of FusionWeb."),
    ("manifest.json", lambda one: one.update(version=2), "A newer FusionWeb wrote it, in version 2"),
    ("manifest.json", lambda one: one["accounts"][0].update(folder="../x"), "“accounts.0.folder” is wrong"),
    ("manifest.json", lambda one: one["accounts"].append({"folder": "accounts/2", "username": "b"}), "2 accounts"),
]


def test_other_entry_that_lies_is_refused(alice: User, archive: bytes) -> None:
    said = [(refusal(alice, changed(archive, entry, change)), why) for entry, change, why in OTHERS]

    assert [(told, why) for told, why in said if why not in told] == []


def test_entries_that_do_not_belong_are_refused(alice: User, archive: bytes) -> None:
    entries = entries_of(archive)

    for name in ("../../etc/cron.d/x", "/etc/passwd", "accounts/2/runs.jsonl", "accounts/1\\x"):
        assert "has no place in the archive" in refusal(alice, packed(entries | {name: b"x"}))
    for name in entries:
        assert f"{name}: The archive has no such entry." in refusal(
            alice, packed({other: content for other, content in entries.items() if other != name})
        )
    assert "is no JSON" in refusal(alice, packed(entries | {RUNS: b"{\n"}))
    deep = b"[" * 100_000 + b"]" * 100_000 + b"\n"
    assert "is no JSON" in refusal(alice, packed(entries | {RUNS: deep}))
    assert "breaks off" in refusal(alice, packed(entries | {RUNS: entries[RUNS].rstrip(b"\n")}))


def test_cut_off_changed_and_foreign_files_are_refused(alice: User, archive: bytes) -> None:
    middle = len(archive) // 2

    for file in (b"", b"PK", b"plain text", archive[:middle], archive[:-1], archive[middle:]):
        assert "ZIP archive" in refusal(alice, file) or "damaged" in refusal(alice, file)
    cut = b"\0" * 6 + b"PK\x06\x06" + b"PK\x06\x07" + b"\0" * 16 + b"PK\x05\x06" + b"\0" * 18
    assert "ZIP archive" in refusal(alice, cut)
    damaged = bytearray(archive)
    at = archive.index(b"runs.jsonl") + 400
    damaged[at : at + 8] = b"\xff" * 8
    assert f"{RUNS}, line" in refusal(alice, bytes(damaged))
    encrypted = bytearray(archive)
    for at in (archive.index(b"PK\x01\x02") + 8, 6):
        encrypted[at] |= 1
    assert "damaged" in refusal(alice, bytes(encrypted))


def test_bombs_are_refused_before_they_go_off(alice: User, archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = entries_of(archive)
    size = sum(map(len, entries.values()))

    assert "Unpacked, the archive is larger" in refusal(alice, archive, bounds=Bounds(unpacked=size - 1))
    long = packed(entries | {RUNS: json.dumps("a" * 50_001).encode() + b"\n"})
    assert f"{RUNS}, line 1: The line is longer than 50,000 bytes." in refusal(alice, long, bounds=Bounds(line=50_000))
    assert "more than 3 lines" in refusal(alice, archive, bounds=Bounds(lines=3))
    assert "takes longer than 0 s" in refusal(alice, archive, bounds=Bounds(seconds=0))
    nothing = packed(entries | {RUNS: b'{"rows": [' + b"[]," * 10_000 + b"[]]}\n"})
    assert f"{RUNS}, line 1: It has more than 10,000 values." in refusal(alice, nothing, bounds=Bounds(marks=10_000))
    for entry, module, bound in (
        ("manifest.json", opening, "LARGEST_LIST"),
        ("end.json", importing, "LARGEST_LIST"),
        (ACCOUNT, importing, "LARGEST_ACCOUNT"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, bound, len(entries[entry]) - 1)
            assert f"{entry}: The entry is larger than" in refusal(alice, archive)
    for way in (ZIP_BZIP2, ZIP_LZMA):
        for entry in (RUNS, "manifest.json"):
            assert f"{entry}: The entry is packed in a way that is not read" in refusal(
                alice, packed(entries, {entry: way})
            )
    many = packed(entries | {f"x{number}": b"" for number in range(opening.MOST_ENTRIES)})
    assert "too many entries" in refusal(alice, many)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 2**32 - 1, 0, 0)
    assert "too many entries" in refusal(alice, end)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**40, 2**40, 100, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    small = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 10, 0, 0)
    assert "too many entries" in refusal(alice, record + locator + small)


def test_files_of_imported_runs_count_among_those_of_the_account(alice: User, archive: bytes, settings: Any) -> None:
    filed = changed(archive, RUNS, with_file(FILE["size"]))

    settings.FILE_BYTES_PER_ACCOUNT = 4
    assert "your runs would keep 5 bytes of files; the limit is 4" in refusal(alice, filed)
    settings.FILE_BYTES_PER_ACCOUNT = 5
    assert import_for(alice, filed).runs == 3


def test_long_slug_is_free_however_often_it_is_imported(alice: User, archive: bytes) -> None:
    account = json.loads(entries_of(archive)[ACCOUNT])
    for preset in account["presets"]:
        preset["slug"] = "a" * 50
    for note in ("one", "two", "three"):
        import_account(alice, AccountDocument.model_validate(account))
        alice.presets.filter(slug="a" * 50).update(note=note)

    ends = ("", "-imported", "-imported-2")
    assert set(alice.presets.values_list("slug", flat=True)) == {"a" * (50 - len(end)) + end for end in ends}


def test_name_that_many_have_is_not_counted_up_from_the_beginning_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    class Counted(set[str]):
        def __contains__(self, name: object) -> bool:
            nonlocal asked
            asked += 1
            return super().__contains__(name)

    names = Names(["T", "t (IMPORTED 3)"], 100)
    monkeypatch.setattr(names, "_taken", Counted(names._taken))

    made = [names.take("t") for _ in range(500)]

    assert made[:3] == ["t (imported)", "t (imported 2)", "t (imported 4)"]
    assert len({name.casefold() for name in made}) == 500
    assert asked < 3 * 500


def test_ids_of_other_people_lead_nowhere(alice: User, charlie: User, archive: bytes) -> None:
    foreign = make_run(charlie, recipe=make_recipe())
    template = PromptTemplate.objects.create(owner=charlie, team=charlie.personal_team, name="His")

    def point(line: dict[str, Any]) -> None:
        run, named = line["rows"]["run"], foreign.public_id
        run.update(id=named, parent=named, forked_from=named, copy_of=named, thread=named, ancestors=[named])
        line["rows"]["filled_template"].update(template=template.public_id, version=1)

    import_for(alice, changed(archive, RUNS, point))

    mine = Run.objects.filter(owner=alice).order_by("pk")[0]
    assert mine.public_id != foreign.public_id
    assert (mine.parent, mine.forked_from, mine.copy_of) == (None, None, None)
    assert mine.thread == mine.public_id
    assert foreign.pk not in mine.ancestors
    assert mine.filled_template.version is None
    assert Run.objects.get(pk=foreign.pk).owner == charlie


def test_batch_whose_row_lacks_a_value_is_not_made_again(client: Client, alice: User, archive: bytes) -> None:
    import_for(alice, changed(archive, BATCHES, lambda batch: batch["rows"][1].update(row_values={})))
    client.force_login(alice)

    page = client.post(f"{Batch.objects.get().get_absolute_url()}do/", {"do": "again"}, follow=True)

    assert (page.status_code, Batch.objects.count()) == (200, 1)
    assert "Row 2 has no column for {{thing}}: it is empty." in page.content.decode()


def test_batch_that_was_at_work_comes_in_cancelled(alice: User, archive: bytes) -> None:
    def at_work(row: dict[str, Any]) -> None:
        row["state"] = "running"
        row["rows"][1]["status"] = "queued"

    import_for(alice, changed(archive, BATCHES, at_work))

    batch = Batch.objects.get()
    assert (batch.state, batch.reason) == ("cancelled", "It was not done when it was exported.")
    assert [row.status for row in batch.rows.all()] == ["done", "cancelled"]


def test_fault_of_the_database_in_the_middle_leaves_nothing(
    alice: User, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: Any, **__: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    monkeypatch.setattr("apps.archives.importing.import_batch", lose)

    assert f"{BATCHES}, line 1: " in refusal(alice, archive)
