"""The form of an answer over real HTTP: its schema goes to the vendor, and a text that misses it is repaired once."""

from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from apps.catalogue.models import Model
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.models import Run
from apps.runs.reading.snapshot import take_snapshot
from tests.web.conftest import signed_in
from tests.web.run.test_page import page_of, words_of

ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]
SCHEMA = {
    "type": "object",
    "properties": {"metres": {"type": "integer"}, "city": {"type": "string"}},
    "required": ["metres", "city"],
    "additionalProperties": False,
}
FORM = {"type": "json_schema", "json_schema": {"name": "height", "schema": SCHEMA}}
HEIGHT = '{"metres": 330, "city": "Paris"}'
PROSE = "It is 330 metres high."
WRONG = '{"metres": "high", "city": 1}'
WRITERS = {"fusion": "writer", "up/elm": "elm"}
"""The model that writes the answer, by the model that is asked for."""


def answer_of(sdk: openai.OpenAI, model: str, **more: Any) -> Any:
    return sdk.chat.completions.create(model=model, messages=ASK, response_format=FORM, **more)  # type: ignore[call-overload]


def requests_of(bench: Any, name: str) -> list[dict[str, Any]]:
    """Return the bodies that a model was sent for an answer of the form; what warmed the worker up is none of them."""
    bodies = [entry["body"] for entry in bench.upstream.ledger(name)]
    return [body for body in bodies if any("JSON Schema" in message["content"] for message in body["messages"])]


def takes_of(run: Run, model: str) -> list[tuple[Any, ...]]:
    role = Role.SYNTHESIS if model == "fusion" else Role.PANEL
    calls = run.calls.filter(role=role).order_by("take")
    return [(call.take, call.status, call.failure_code, call.output.text) for call in calls]


@pytest.mark.parametrize("model", WRITERS)
@pytest.mark.parametrize("schema", [SCHEMA, {**SCHEMA, "required": ["metres"]}], ids="strict loose".split())
def test_schema_goes_to_a_model_of_which_nobody_knows_whether_it_takes_one(
    panel: Any, sdk: openai.OpenAI, bench: Any, model: str, schema: dict[str, Any]
) -> None:
    bench.upstream.script(WRITERS[model], "ok", text=HEIGHT)
    form: Any = {"type": "json_schema", "json_schema": {"name": "height", "schema": schema}}

    sdk.chat.completions.create(model=model, messages=ASK, response_format=form)  # type: ignore[arg-type]

    (body,) = requests_of(bench, WRITERS[model])
    assert not Model.objects.filter(supports_json_schema=True).exists()
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert body["response_format"]["json_schema"]["strict"] == (schema == SCHEMA)
    others = [one["body"] for one in bench.upstream.ledger() if one["model"] != WRITERS[model]]
    assert not any("response_format" in body for body in others)


def test_schema_of_responses_goes_to_the_vendor(panel: Any, sdk: openai.OpenAI, bench: Any) -> None:
    bench.upstream.script("elm", "ok", text=HEIGHT)
    form: Any = {"format": {"type": "json_schema", "name": "height", "schema": SCHEMA}}

    answer = sdk.responses.create(model="up/elm", input="How high?", text=form)

    assert answer.output_text == HEIGHT
    assert requests_of(bench, "elm")[0]["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("model", WRITERS)
def test_vendor_that_takes_no_schema_is_asked_without(panel: Any, sdk: openai.OpenAI, bench: Any, model: str) -> None:
    bench.upstream.script(WRITERS[model], "refuses-parameter", refused="json_schema", text=HEIGHT)

    answer = answer_of(sdk, model)

    assert answer.choices[0].message.content == HEIGHT
    assert ["response_format" in body for body in requests_of(bench, WRITERS[model])] == [True, False]
    assert Run.objects.get().answer_call.dropped == ("json_schema",)  # type: ignore[union-attr]


@pytest.mark.parametrize("model", WRITERS)
@pytest.mark.parametrize("stream", [False, True])
def test_text_that_misses_its_form_is_repaired(
    panel: Any, sdk: openai.OpenAI, bench: Any, model: str, stream: bool
) -> None:
    bench.upstream.script(WRITERS[model], "ok", texts=[WRONG, HEIGHT])

    answer = answer_of(sdk, model, stream=stream)

    pieces = [chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices] if stream else []
    assert ("".join(pieces) if stream else answer.choices[0].message.content) == HEIGHT
    first, second = (body["messages"] for body in requests_of(bench, WRITERS[model]))
    assert second[:-2] == first
    assert second[-2] == {"role": "assistant", "content": WRONG}
    for fault in ("At $.metres: 'high' is not of type 'integer'", "At $.city: 1 is not of type 'string'"):
        assert fault in second[-1]["content"]
    assert takes_of(Run.objects.get(), model) == [
        (1, Status.FAILED, FailureCode.BAD_REPLY, WRONG),
        (2, Status.DONE, None, HEIGHT),
    ]


@pytest.mark.parametrize("model", WRITERS)
def test_second_miss_ends_the_run_with_its_text_kept(
    panel: Any, sdk: openai.OpenAI, http: httpx.Client, bench: Any, model: str
) -> None:
    bench.upstream.script(WRITERS[model], "ok", texts=[PROSE, WRONG, HEIGHT])

    with pytest.raises(openai.BadRequestError) as error:
        answer_of(sdk, model)

    run = Run.objects.get()
    assert error.value.code == "invalid_answer_format"
    assert len(requests_of(bench, WRITERS[model])) == 2
    assert [take[-1] for take in takes_of(run, model)] == [PROSE, WRONG]
    assert (run.status, run.answer_call.output.text) == (Status.DONE, WRONG)  # type: ignore[union-attr]
    document = http.get(f"/api/v1/runs/{run.public_id}").json()
    assert document["answer"]["text"] == WRONG
    assert any("does not have the form" in notice and "$.metres" in notice for notice in document["notices"])
    words = words_of(signed_in(bench.owner).get(run.get_absolute_url()))
    assert "It was asked for once more, in vain." in words
    assert PROSE in words


@pytest.mark.parametrize("model", WRITERS)
def test_bill_counts_both_texts(panel: Any, sdk: openai.OpenAI, bench: Any, model: str) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    bench.upstream.script(WRITERS[model], "ok", texts=[PROSE, HEIGHT], usage=usage)

    answer_of(sdk, model)

    run = Run.objects.get()
    costs = [call.cost for call in take_snapshot(run).calls if call.model == f"up/{WRITERS[model]}"]
    # One dollar a million tokens in, two out.
    assert costs[-2:] == [Decimal("0.002")] * 2
    assert run.cost == sum((call.cost or Decimal(0) for call in run.calls.all()), Decimal(0))
    assert sum(call.model == f"up/{WRITERS[model]}" for call in page_of(run).bill) == 2


@pytest.mark.parametrize("behaviour", ["length", "refusal"])
def test_text_that_was_cut_off_or_refused_is_not_asked_for_again(
    panel: Any, sdk: openai.OpenAI, bench: Any, behaviour: str
) -> None:
    bench.upstream.script("elm", behaviour, text='{"metres": 33')

    with pytest.raises(openai.APIStatusError):
        answer_of(sdk, "up/elm")

    assert len(requests_of(bench, "elm")) == 1


def test_repair_that_fails_leaves_the_first_text(panel: Any, sdk: openai.OpenAI, bench: Any) -> None:
    bench.upstream.script("writer", "ok", text=PROSE, times=1, then="404")

    with pytest.raises(openai.BadRequestError) as error:
        answer_of(sdk, "fusion")

    run = Run.objects.get()
    assert (error.value.code, run.answer_call.output.text) == ("invalid_answer_format", PROSE)  # type: ignore[union-attr]
    assert [call.status for call in run.calls.filter(role=Role.SYNTHESIS).order_by("take")] == ["failed", "failed"]


def test_retry_by_a_person_is_no_repair(panel: Any, sdk: openai.OpenAI, http: httpx.Client, bench: Any) -> None:
    bench.upstream.script("elm", "ok", texts=[PROSE, PROSE, PROSE, HEIGHT])
    with pytest.raises(openai.BadRequestError):
        answer_of(sdk, "up/elm")
    run = Run.objects.get()

    newest = run.calls.order_by("-take")[0]
    http.post(f"/api/v1/calls/{newest.pk}/retry").raise_for_status()
    bench.finish(run)

    assert [call.inputs for call in run.calls.order_by("take")] == [(), (run.calls.get(take=1).pk,), ()]
    assert len(requests_of(bench, "elm")[-1]["messages"]) == 1
