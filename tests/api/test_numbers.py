"""Numbers in requests: what is none is refused in our own parameters, and read kindly in OpenAI's."""

import pytest
from pydantic import BaseModel, ValidationError

from apps.api.openai.wire.chat_request import ChatRequest
from apps.api.openai.wire.responses_request import ResponsesRequest
from apps.api.runs.schemas import ContinueRun, RunCreate

WHOLE, NUMBER = "Input should be a valid integer", "Input should be a valid number"
HELLO = {"model": "fusion", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("value", [True, False, "2", "2.0", 2.0])
@pytest.mark.parametrize("field", ["quorum", "max_tokens", "seed"])
def test_a_whole_number_of_ours_is_one(field: str, value: object) -> None:
    body = {field: value} if field == "quorum" else {"parameters": {field: value}}

    with pytest.raises(ValidationError) as caught:
        RunCreate.model_validate(body)

    assert [error["msg"] for error in caught.value.errors()] == [WHOLE]


@pytest.mark.parametrize("value", [True, "2"])
@pytest.mark.parametrize("field", ["grace_s", "hard_limit_s", "temperature", "top_p"])
def test_a_number_of_ours_is_one(field: str, value: object) -> None:
    body = {field: value} if field.endswith("_s") else {"parameters": {field: value}}

    with pytest.raises(ValidationError) as caught:
        RunCreate.model_validate(body)

    assert [error["msg"] for error in caught.value.errors()] == [NUMBER]


def test_money_of_ours_may_be_a_text_but_not_a_truth() -> None:
    assert (
        ContinueRun.model_validate({"max_cost": "1.5"}).max_cost
        == ContinueRun.model_validate({"max_cost": 1.5}).max_cost
    )
    with pytest.raises(ValidationError):
        ContinueRun.model_validate({"max_cost": True})


def test_whole_seconds_are_a_number() -> None:
    assert RunCreate.model_validate({"grace_s": 4, "quorum": None}).grace_s == 4


@pytest.mark.parametrize(
    "form, body, field",
    [
        (ChatRequest, HELLO, "max_tokens"),
        (ChatRequest, HELLO, "seed"),
        (ResponsesRequest, {"model": "fusion", "input": "Hello"}, "max_output_tokens"),
    ],
)
def test_numbers_of_openais_are_read_kindly(form: type[BaseModel], body: dict[str, object], field: str) -> None:
    assert getattr(form.model_validate({**body, field: "2"}), field) == 2
