"""The pages of batches: the form with tables of all kinds, a batch with its actions and rows, the files of results."""

import csv
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.batches import checking
from apps.batches.checking import change_checks, check_due_rows
from apps.batches.dispatch import dispatch_round, read_ended_rows
from apps.batches.models import Batch, BatchDelivery, BatchRow, BatchState
from apps.batches.results import result_lines
from apps.batches.templates import create_template
from apps.catalogue.models import Preset
from apps.fusion.vocabulary import Status
from apps.runs.lifecycle import transitions
from apps.runs.models import Call, DeliveryAttempt, DeliveryStatus, Run
from apps.runs.reading.csv_lines import safe_cell
from tests.factories import make_run
from tests.web.run_factories import make_call, make_finished_run

FORM = {"prompt": "How old is {{city}}?", "table": "city\nParis\nRome\n", "preset": "local", "repetitions": "1"}


@pytest.fixture
def batch(as_alice: Client, local: Preset) -> Batch:
    as_alice.post("/batches/new/", {**FORM, "checks": "contains: {{city}}"})
    return Batch.objects.get()


@pytest.fixture
def ended(batch: Batch, alice: User, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Return the batch as it is when its first row has answered, and its second one failed."""
    monkeypatch.setattr(transitions, "enqueue", lambda _: None)
    run = make_finished_run(alice, prompt="How old is Paris?")
    BatchRow.objects.filter(batch=batch, number=1).update(run=run, status=Status.RUNNING)
    error = {"message": "=Nobody answered.", "code": "empty"}
    BatchRow.objects.filter(batch=batch, number=2).update(status=Status.FAILED, error=error)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.RUNNING)
    dispatch_round()
    return Batch.objects.get(pk=batch.pk)


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_batch_is_made_and_shows_its_cost_before_it_starts(as_alice: Client, batch: Batch) -> None:
    page = shown(as_alice, batch.get_absolute_url())

    assert [row.row_values for row in batch.rows.all()] == [{"city": "Paris"}, {"city": "Rome"}]
    assert (batch.state, batch.name) == (BatchState.READY, "How old is …?")
    assert ("2 runs" in page, "It costs nothing." in page, 'value="start"' in page) == (True, True, True)
    assert batch.get_absolute_url() in shown(as_alice, "/batches/")


def test_batch_of_which_only_the_free_part_is_known_has_no_cost(as_alice: Client, ended: Batch) -> None:
    Run.objects.update(cost=0, cost_is_complete=False)

    pages = [" ".join(shown(as_alice, address).split()) for address in (ended.get_absolute_url(), "/batches/")]

    assert [("cost unknown" in page, "$0" in page) for page in pages] == [(True, False)] * 2


def test_batch_of_a_template_takes_its_texts_and_checks(as_alice: Client, alice: User, local: Preset) -> None:
    version = create_template(alice, "Cities", "How old is {{city}}?", "Be brief.", "length: at most 9 words")
    data = {**FORM, "template": version.template.public_id, "checks": "contains: {{city}}", "prompt": ""}

    page = shown(as_alice, f"/batches/new/?template={version.template.public_id}")
    as_alice.post("/batches/new/", data)

    made = Batch.objects.get()
    assert "How old is {{city}}?" in page
    assert [message.text for message in made.messages] == ["Be brief.", "How old is {{city}}?"]
    assert (made.version, made.checks) == (version, "length: at most 9 words\ncontains: {{city}}")


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"table": "city\nParis,France\n"}, "Line 2 has 2 cells; the first line has 1 (city)."),
        ({"table": "town\nParis\n"}, "The table has no column for {{city}}: it has town."),
        ({"table": "n\n" + "1\n" * 10_000}, "The table has more than 5,000 rows; line 5002 is the first too many."),
        ({"file": SimpleUploadedFile("t.csv", "city\nParis\nZürich\n".encode("latin-1"))}, "Line 3 is not UTF-8"),
        ({"file": SimpleUploadedFile("t.csv", b"x" * 5_000_001)}, "The file has more than 5,000,000 bytes."),
        ({"prompt": " ", "table": ""}, "Write a prompt, or choose a template."),
        ({"preset": "absent"}, "Choose a preset whose models are connected."),
        ({"repetitions": "31"}, "Each row can be run 1 to 30 times."),
        ({"repetitions": "many"}, "Enter a whole number."),
        ({"max_cost": "much"}, "Enter an amount in USD"),
        ({"max_cost": "NaN"}, "A cap is more than 0"),
        ({"checks": "smells: good"}, "Line 1: “smells: good” is no check."),
    ],
)
def test_batch_that_cannot_be_made_says_why(
    as_alice: Client, local: Preset, change: dict[str, Any], sentence: str
) -> None:
    answer = as_alice.post("/batches/new/", {**FORM, **change})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Batch.objects.exists()


def test_uploaded_json_lines_are_the_table(as_alice: Client, local: Preset) -> None:
    file = SimpleUploadedFile("t.jsonl", b'{"city": "Paris"}\n{"city": "Oslo"}\n')

    as_alice.post("/batches/new/", {**FORM, "table": "", "file": file, "repetitions": "2", "max_cost": "$1.50"})

    made = Batch.objects.get()
    assert [row.row_values["city"] for row in made.rows.all()] == ["Paris", "Paris", "Oslo", "Oslo"]
    assert str(made.shared_cap.limit) == "1.500000"


def test_batch_that_has_ended_is_made_anew_with_its_table_and_checks(as_alice: Client, local: Preset) -> None:
    as_alice.post("/batches/new/", {**FORM, "checks": "contains: old", "repetitions": "2", "max_cost": "1.50"})
    first = Batch.objects.get()
    Batch.objects.update(state=BatchState.DONE)
    assert "New batch from this one" in shown(as_alice, first.get_absolute_url())

    response = as_alice.post(f"{first.get_absolute_url()}do/", {"do": "again"})

    again = Batch.objects.exclude(pk=first.pk).get()
    assert (response["Location"], again.state) == (again.get_absolute_url(), BatchState.READY)
    same = ("name", "messages", "is_rendered", "columns", "checks", "recipe", "repetitions")
    assert {name: getattr(again, name) for name in same} == {name: getattr(first, name) for name in same}
    rows = [list(one.rows.values_list("number", "line", "repetition", "row_values")) for one in (first, again)]
    assert rows[0] == rows[1]
    assert (again.shared_cap.limit, again.shared_cap.pk != first.shared_cap.pk) == (first.shared_cap.limit, True)


def test_page_says_where_no_server_is_told(as_alice: Client, batch: Batch) -> None:
    page = shown(as_alice, batch.get_absolute_url())

    assert "No server is told when this batch has ended." in page
    assert 'value="tell"' not in page
    assert as_alice.post(f"{batch.get_absolute_url()}do/", {"do": "tell"}).status_code == 404


def test_page_shows_its_webhook_and_each_attempt_and_tells_again(as_alice: Client, batch: Batch) -> None:
    address = batch.get_absolute_url()
    delivery = BatchDelivery.objects.create(batch=batch, url="https://hooks.example/<b>", site="")
    assert "will be told when the batch has ended." in shown(as_alice, address)

    Batch.objects.update(state=BatchState.DONE)
    page = shown(as_alice, address)
    assert "is being told that the batch has ended." in page
    assert "hx-trigger" in page  # until the first attempt is there

    failed = DeliveryAttempt(
        at=timezone.now(), duration_s=1.25, http_status=500, sentence="hooks.example answered 500."
    )
    BatchDelivery.objects.update(attempts=(failed,))
    page = shown(as_alice, address)
    assert "is not told yet, after 1 attempt. It is tried again." in page
    assert ("hooks.example answered 500." in page, "1.2 s" in page, "hx-trigger" in page) == (True, True, False)
    assert ("https://hooks.example/&lt;b&gt;" in page, 'value="tell"' in page) == (True, False)

    BatchDelivery.objects.update(status=DeliveryStatus.FAILED)
    page = shown(as_alice, address)
    assert ("could not be told" in page, 'value="tell"' in page) == (True, True)

    answer = as_alice.post(f"{address}do/", {"do": "tell"})

    delivery.refresh_from_db()
    assert (answer["Location"], delivery.status, delivery.attempts) == (address, DeliveryStatus.WAITING, ())
    assert "is sent again." in shown(as_alice, address)


def test_spread_of_repeated_answers_is_on_the_page_and_in_both_files(
    as_alice: Client, alice: User, local: Preset
) -> None:
    as_alice.post("/batches/new/", {**FORM, "table": "city\nParis\n", "repetitions": "3"})
    made = Batch.objects.get()
    texts = {"The answer is 0.5.": 0.25, "Answer: 1/2": 1.0, "The answer is 0.7.": 0.5}
    for row, (text, agreement) in zip(made.rows.order_by("number"), texts.items(), strict=True):
        run = make_run(alice, agreement=agreement)
        run.answer_call = make_call(run, text=text)
        run.save()
        row.run, row.status = run, Status.DONE
        row.save()

    page = shown(as_alice, made.get_absolute_url())
    table, lines = ("".join(result_lines(made, kind)).splitlines() for kind in ("csv", "jsonl"))

    told = "Answered 3 times, the same final answer 2 of 3: 1/2 (2); also 0.7 (1). Agreement 0.25 – 0.50 – 1.00"
    assert page.count(told) == 1
    middle = made.rows.get(number=2)
    link = f'id="stability" href="{made.get_absolute_url()}?after=0#spread-1"'
    run_page = shown(as_alice, middle.run.get_absolute_url())
    assert (link in run_page, "Asked 3 times: the same answer 2 of 3." in run_page) == (True, True)
    assert 'id="spread-1"' in page
    BatchRow.objects.filter(pk=middle.pk).update(status=Status.FAILED)
    assert "Asked 3 times: 2 answers, the same answer 1 of 2." in shown(as_alice, middle.run.get_absolute_url())
    BatchRow.objects.filter(pk=middle.pk).update(status=Status.DONE)
    assert table[0].endswith(",answers,distinct,most_common,share,agreement_least,agreement_median,agreement_most")
    assert [line.endswith(",3,2,1/2,0.667,0.250,0.500,1.000") for line in table[1:]] == [True] * 3
    spread = json.loads(lines[2])["spread"]
    assert (spread["answers"][0], spread["total"]) == ({"text": "1/2", "count": 2}, 3)


def test_actions_change_the_state_and_refusals_are_told(as_alice: Client, batch: Batch) -> None:
    def do(word: str, **data: str) -> str:
        as_alice.post(f"{batch.get_absolute_url()}do/", {"do": word, **data})
        return str(Batch.objects.get(pk=batch.pk).state)

    states = [do(word) for word in ("pause", "start", "pause", "resume", "nonsense", "cancel", "resume")]

    assert states == ["ready", "running", "paused", "running", "running", "cancelled", "cancelled"]
    assert "The batch has ended." in shown(as_alice, batch.get_absolute_url())
    do("cap", max_cost="lots")
    assert "Enter an amount in USD" in shown(as_alice, batch.get_absolute_url())
    assert "<strong>Stopped</strong>" in shown(as_alice, batch.get_absolute_url())
    assert do("retry") == "running"
    as_alice.post(f"{batch.get_absolute_url()}do/", {"do": "cancel"})
    assert as_alice.post(f"{batch.get_absolute_url()}do/", {"do": "delete"})["Location"] == "/batches/"
    assert not Batch.objects.exists()


def test_rows_show_answers_checks_and_failures(as_alice: Client, ended: Batch) -> None:
    page, failed = (shown(as_alice, ended.get_absolute_url() + query) for query in ("", "?only=failed"))
    run = ended.rows.get(number=1).run

    assert run.get_absolute_url() in page
    assert "=Nobody answered." in page
    assert 'id="row-1"' in page
    assert ("contains: Paris: It does not contain “Paris”." in page) is (ended.rows.get(number=1).passed is False)
    assert ('id="row-2"' in failed, "1 failed" in page) == (True, True)
    run_page = shown(as_alice, run.get_absolute_url())
    assert (ended.get_absolute_url() in run_page, "Output checks" in run_page) == (True, True)
    assert 'id="stability"' not in run_page


def test_row_tells_what_went_wrong_in_a_run_that_is_done(as_alice: Client, ended: Batch) -> None:
    run = ended.rows.get(number=1).run
    assert "done, 1 failed" not in shown(as_alice, ended.get_absolute_url())

    make_call(run, slot="D", text="", status=Status.FAILED)

    page = shown(as_alice, ended.get_absolute_url())
    assert '<span class="dot warn" aria-hidden="true"></span>done, 1 failed' in page


def test_checks_that_are_changed_later_mark_all_answers_anew_and_ask_nobody(
    as_alice: Client, ended: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, page = f"{ended.get_absolute_url()}do/", ended.get_absolute_url()
    first, refused_row = ended.rows.order_by("number")
    calls = Call.objects.count()
    assert [one.check for one in first.results[""]] == ["contains: Paris"]

    for wrong, sentence in (("nonsense", "Line 1"), ("contains: {{town}}", "no column for {{town}}")):
        refused = as_alice.post(act, {"do": "checks", "checks": wrong})
        assert (refused.status_code, wrong in refused.content.decode()) == (400, True)
        assert sentence in refused.content.decode()
    as_alice.post(act, {"do": "checks", "checks": "contains: 330\ncontains: {{city}}"})
    waiting = shown(as_alice, page)
    assert ("Checking anew: 1 of 2 rows" in waiting, 'hx-trigger="every 2s"' in waiting) == (True, True)
    assert (" passed" in waiting, Batch.objects.get().checks) == (False, "contains: 330\ncontains: {{city}}")
    dispatch_round()

    first.refresh_from_db()
    refused_row.refresh_from_db()
    assert [one.passed for one in first.results[""]] == [True, False]
    assert set(first.results) == {"", "A", "B", "C"}
    assert (first.passed, refused_row.passed, Call.objects.count()) == (False, None, calls)
    assert "Checking anew" not in shown(as_alice, page)
    table = list(csv.DictReader(io.StringIO("".join(result_lines(Batch.objects.get(), "csv")))))
    assert [table[0][name] for name in ("passed", "contains: 330", "contains: {{city}}")] == [
        *("failed", "passed", "failed"),
    ]
    as_alice.post(act, {"do": "checks", "checks": ""})
    dispatch_round()
    assert (ended.rows.get(number=1).results, ended.rows.get(number=1).passed) == ({}, None)

    # The dispatcher had read the old checks when they were changed, and then notes the end of a run with them.
    BatchRow.objects.filter(pk=first.pk).update(status=Status.RUNNING)
    change_checks(ended, "length: at least 1")
    read_ended_rows(ended)
    assert [one.check for one in ended.rows.get(number=1).results[""]] == ["contains: Paris"]
    check_due_rows()
    assert [one.passed for one in ended.rows.get(number=1).results[""]] == [True]

    def break_down(*_: object) -> None:
        raise ValueError("unreadable")

    change_checks(ended, "contains: Paris")
    monkeypatch.setattr(checking, "results_of", break_down)
    check_due_rows()
    assert ended.rows.filter(needs_checking=True).count() == 0


def test_page_moves_by_itself_only_while_the_batch_is_at_work(as_alice: Client, batch: Batch) -> None:
    still = shown(as_alice, batch.get_absolute_url())
    as_alice.post(f"{batch.get_absolute_url()}do/", {"do": "start"})
    moving = as_alice.get(batch.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "batch"})

    assert 'hx-trigger="every 2s"' not in still
    assert moving.content.decode().lstrip().startswith('<div id="batch"')
    assert 'hx-trigger="every 2s"' in moving.content.decode()


def test_pages_of_a_batch_cost_the_same_queries_for_few_and_many_rows(
    as_alice: Client, local: Preset, django_assert_num_queries: Any
) -> None:
    for rows in (1, 40):
        as_alice.post("/batches/new/", {**FORM, "table": "city\n" + "x\n" * rows})
    few, many = Batch.objects.order_by("pk")
    Batch.objects.update(state=BatchState.PAUSED)
    shown(as_alice, few.get_absolute_url())

    for batch in (few, many):
        with django_assert_num_queries(5):
            shown(as_alice, batch.get_absolute_url())
    with django_assert_num_queries(5):
        shown(as_alice, "/batches/")


def test_results_are_files_of_all_rows_without_formulas(as_alice: Client, ended: Batch) -> None:
    @async_to_sync
    async def read(kind: str) -> str:
        answer = await sync_to_async(as_alice.get)(f"{ended.get_absolute_url()}results.{kind}")
        return b"".join([piece async for piece in answer.streaming_content]).decode()

    sheet = list(csv.DictReader(io.StringIO(read("csv"))))
    lines = [json.loads(line) for line in read("jsonl").splitlines()]

    assert [(row["city"], row["status"]) for row in sheet] == [("Paris", "done"), ("Rome", "failed")]
    assert sheet[1]["error"] == "'=Nobody answered."
    assert sheet[0]["contains: {{city}}"] in ("passed", "failed")
    assert lines[1]["error"]["message"] == "=Nobody answered."
    assert (lines[0]["answer"], lines[0]["run"]) == (sheet[0]["answer"], sheet[0]["run"])


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "plain", ""])
def test_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == (f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") and text else text)
