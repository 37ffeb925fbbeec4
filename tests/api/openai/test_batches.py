"""Batches in OpenAI's form, with its own client: files of requests, answers and failures line by line."""

import json
import tracemalloc
from typing import Any

import openai
import pytest

from apps.api.errors import ApiError
from apps.api.openai.wire.batch_lines import read_requests
from apps.batches.models import Batch, BatchState
from apps.catalogue.models import Model
from apps.fusion.vocabulary import EarlierAnswers, Priority, PromptStyle
from apps.runs.models import Run
from tests.api.factories import ANSWERS
from tests.services import wait_until

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
ASKED = [{"role": "user", "content": "How high is the Eiffel Tower?"}]


def line(custom_id: Any, body: Any, url: str = CHAT, **more: Any) -> str:
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": url, "body": body, **more})


def run_batch(sdk: openai.OpenAI, lines: list[str], endpoint: str = CHAT) -> Any:
    """Upload requests, run them, and return the batch once it has ended."""
    file = sdk.files.create(file=("requests.jsonl", "\n".join(lines).encode()), purpose="batch")
    batch = sdk.batches.create(
        input_file_id=file.id, endpoint=endpoint, completion_window="24h", metadata={"report": "1"}
    )
    wait_until(lambda: sdk.batches.retrieve(batch.id).status == "completed", "the batch is completed", 120)
    return sdk.batches.retrieve(batch.id)


def results(sdk: openai.OpenAI, file_id: str) -> dict[str, Any]:
    lines = [json.loads(one) for one in sdk.files.content(file_id).text.splitlines()]
    return {one["custom_id"]: one["response"] for one in lines}


def test_official_client_runs_a_file_of_requests_and_reads_answers_and_failures(sdk, panel, base_url) -> None:
    batch = run_batch(
        sdk,
        [
            line("one", {"model": "up/elm", "messages": ASKED}),
            line("fused", {"model": "fusion", "messages": ASKED}),
            line("unknown", {"model": "up/none", "messages": ASKED}),
            line("broken", {"model": "up/elm", "messages": ASKED, "temperature": "hot"}),
        ],
    )

    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed, batch.metadata) == (4, 2, 2, {"report": "1"})
    answers, failures = results(sdk, batch.output_file_id), results(sdk, batch.error_file_id)
    assert set(answers) == {"one", "fused"}
    assert answers["one"]["body"]["choices"][0]["message"]["content"] == ANSWERS["elm"]
    assert {name: (one["status_code"], one["body"]["error"]["param"]) for name, one in failures.items()} == {
        "unknown": (404, "model"),
        "broken": (400, "temperature"),
    }
    assert set(Run.objects.values_list("priority", flat=True)) == {Priority.BULK}
    assert [one.id for one in sdk.batches.list()] == [batch.id]
    assert sdk.files.retrieve(batch.output_file_id).purpose == "batch_output"
    assert [one.filename for one in sdk.files.list()] == ["requests.jsonl"]

    of_responses = run_batch(sdk, [line("r", {"model": "up/elm", "input": "How high?"}, RESPONSES)], RESPONSES)
    body = results(sdk, of_responses.output_file_id)["r"]["body"]
    assert body["output"][-1]["content"][0]["text"] == ANSWERS["elm"]
    assert (of_responses.error_file_id, sdk.batches.cancel(of_responses.id).status) == (None, "completed")


def test_batch_is_made_once_for_an_idempotency_key(sdk, panel) -> None:
    file = sdk.files.create(
        file=("r.jsonl", line("one", {"model": "up/elm", "messages": ASKED}).encode()), purpose="batch"
    )
    wanted = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"}
    keyed = {"extra_headers": {"Idempotency-Key": "once"}}

    first, again = (sdk.batches.create(**wanted, **keyed) for _ in range(2))
    with pytest.raises(openai.ConflictError, match="used for another request"):
        sdk.batches.create(**wanted, metadata={"report": "2"}, **keyed)

    assert first.id == again.id != sdk.batches.create(**wanted).id


def test_answer_without_its_form_is_a_failure_of_the_batch(sdk, panel) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "height", "schema": {"type": "object"}}}

    batch = run_batch(sdk, [line("prose", {"model": "up/elm", "messages": ASKED, "response_format": form})])

    counts = batch.request_counts
    assert (counts.total, counts.completed, counts.failed, batch.output_file_id) == (1, 0, 1, None)
    failure = results(sdk, batch.error_file_id)["prose"]
    assert (failure["status_code"], failure["body"]["error"]["code"]) == (400, "invalid_answer_format")


def test_request_of_a_file_is_answered_as_it_would_be_alone(sdk, panel, http, bench) -> None:
    thinker = bench.model("thinker", "reasoning", text="330")
    thread = http.post(RESPONSES, json={"model": "fusion", "input": "How high?"}).json()["fusion"]["thread"]
    goes_on = {"model": "fusion", "input": "In feet?", "fusion": {"thread": thread, "earlier_answers": "own"}}
    thinks = {"model": thinker, "input": "How high?", "reasoning": {"summary": "auto"}}

    batch = run_batch(sdk, [line("a", goes_on, RESPONSES), line("b", thinks, RESPONSES)], RESPONSES)

    answers = results(sdk, batch.output_file_id)
    run = Run.objects.get(public_id=answers["a"]["body"]["id"].removeprefix("resp_"))
    assert (run.earlier_answers, run.own_answers["A"]) == (EarlierAnswers.OWN, (ANSWERS["oak"],))
    assert [item["type"] for item in answers["b"]["body"]["output"]] == ["reasoning", "message"]
    assert batch.error_file_id is None
    run.delete()
    later = sdk.batches.retrieve(batch.id)
    lines = [json.loads(one) for one in sdk.files.content(later.error_file_id).text.splitlines()]
    assert [one["error"]["code"] for one in lines] == ["deleted"]
    assert set(results(sdk, later.output_file_id)) == {"b"}
    Run.objects.filter(batch_row__custom_id="b").delete()
    assert sdk.batches.retrieve(batch.id).output_file_id is None


def test_batch_that_is_paused_says_why(sdk, panel) -> None:
    file = sdk.files.create(
        file=("a.jsonl", line("a", {"model": "up/elm", "messages": ASKED}).encode()), purpose="batch"
    )
    batch = sdk.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    Batch.objects.update(state=BatchState.PAUSED, reason="The daily cap of your account is $1.00.")

    paused = sdk.batches.retrieve(batch.id)

    assert (batch.errors, paused.status) == (None, "in_progress")
    assert [(one.code, one.message) for one in paused.errors.data] == [
        ("paused", "The daily cap of your account is $1.00.")
    ]


def test_hosted_preset_and_tools_of_a_row_are_those_of_a_request_alone(sdk, panel, http) -> None:
    Model.objects.filter(reference="up/writer").update(style=PromptStyle.SMALL)
    hosted = {"model": "fusion", "messages": ASKED, "plugins": [{"id": "fusion", "preset": "general-high"}]}
    hosted["tools"] = [{"type": "function", "function": {"name": "f"}}]

    batch = run_batch(sdk, [line("hosted", hosted)])

    answer = results(sdk, batch.output_file_id)["hosted"]["body"]
    assert Run.objects.get().preset == "trees"
    assert answer["fusion"]["notices"] == [
        "There is no preset “quality” here; the default preset “trees” was asked instead.",
        "Accepted without effect: tools. The writer of this fusion takes none.",
    ]
    assert http.post(CHAT, json=hosted).json()["fusion"]["notices"] == answer["fusion"]["notices"]


@pytest.mark.parametrize(
    "lines, beginning",
    [
        ([], "The file has no requests."),
        (["{"], "Line 1: It is no valid JSON in UTF-8: "),
        ([line("a", {}), '{"custom_id": "b", "body": {"seed": 1e400}}'], "Line 2: It is no valid JSON in UTF-8: "),
        ([line("a", {"top_p": float("nan")})], "Line 1: It is no valid JSON in UTF-8: "),
        ([line("a", {"stop": "\ud800"})], "Line 1: It is no valid JSON in UTF-8: "),
        ([line("a", {"x\x00": 1})], "Line 1: It contains a NUL character."),
        ([line("a", {"x": [0] * 50_000})], "Line 1: It has more than 50,000 values."),
        (["[1]"], "Line 1: It is no object with a body."),
        ([line("a", {}), "", line("a", {})], "Line 3: The custom_id “a” is that of line 1 too."),
        ([line("", {})], "Line 1: The custom_id is a text"),
        ([line(1, {})], "Line 1: The custom_id is a text"),
        ([line("a", {}, RESPONSES)], "Line 1: It asks POST /v1/responses; the batch is for POST /v1/chat/completions."),
        ([line("a", {}, method="GET")], "Line 1: It asks GET"),
        ([line("a", [])], "Line 1: It is no object with a body."),
        ([line("a", {"x": json.loads("[" * 70 + "]" * 70)})], "Line 1: It is nested"),
        ([line(f"a{at}", {}) for at in range(5_001)], "Line 5001: A batch has at most 5,000 requests."),
    ],
)
def test_file_with_a_wrong_line_is_refused_with_the_line(lines: list[str], beginning: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_requests("\n".join(lines), CHAT)

    assert caught.value.message.startswith(beginning)


def test_file_of_many_short_lines_takes_no_memory_of_its_own() -> None:
    text = "\n" * 1_000_000 + "{}\n" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ApiError, match="Line 1000001: It is no object with a body"):
            read_requests(text, CHAT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000
