"""Clients that were made for others run unchanged: OpenAI's SDK, sync and async, LangChain, and curl as documented."""

import importlib
import os
import re
import subprocess
from pathlib import Path

import openai
import pytest
from pydantic import BaseModel

from tests.api.factories import FUSED

README = (Path(__file__).resolve().parents[3] / "README.md").read_text()
ASK = [{"role": "user", "content": "How high is the Eiffel Tower?"}]
HEIGHT = '{"metres": 330}'


class Height(BaseModel):
    metres: int


async def test_the_async_sdk_answers_and_streams(panel, base_url, key) -> None:
    async with openai.AsyncOpenAI(base_url=f"{base_url}/v1", api_key=key, max_retries=0) as sdk:
        whole = await sdk.chat.completions.create(model="fusion", messages=ASK)
        stream = await sdk.chat.completions.create(model="fusion/trees", messages=ASK, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert whole.choices[0].message.content == FUSED
    assert text == FUSED


def test_the_sdk_lists_models(panel, sdk) -> None:
    ids = [model.id for model in sdk.models.list()]

    assert ids[:3] == ["fusion", "openrouter/fusion", "fusion/trees"]
    assert sdk.models.retrieve("up/elm").owned_by == "Upstream"
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("up/nothing")


@pytest.mark.parametrize("written", [HEIGHT, f"```json\n{HEIGHT}\n```"])
def test_the_sdk_parses_a_fused_answer_of_a_form(panel, sdk, bench, written: str) -> None:
    bench.upstream.script("writer", "ok", text=written)

    answer = sdk.chat.completions.parse(model="fusion", messages=ASK, response_format=Height)

    assert answer.choices[0].message.parsed == Height(metres=330)
    assert '"metres"' in bench.upstream.ledger("writer")[0]["body"]["messages"][-1]["content"]


def test_an_answer_that_has_not_the_form_is_an_honest_error(panel, sdk, bench) -> None:
    bench.upstream.script("writer", "ok", text='{"metres": "high"}')

    with pytest.raises(openai.BadRequestError) as error:
        sdk.chat.completions.parse(model="fusion", messages=ASK, response_format=Height)

    assert (error.value.status_code, error.value.code) == (400, "invalid_answer_format")


def test_the_sdk_makes_responses(panel, sdk) -> None:
    answer = sdk.responses.create(model="fusion", input="How high is the Eiffel Tower?", instructions="Be brief.")

    assert answer.output_text == FUSED
    assert answer.status == "completed"
    assert answer.usage.total_tokens > 0
    assert answer.fusion["status"] == "done"


def test_the_sdk_streams_responses(panel, sdk, bench) -> None:
    with sdk.responses.stream(model="fusion", input=[{"role": "user", "content": "How high?"}]) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()

    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert "response.output_text.delta" in kinds
    assert final.output_text == FUSED


def test_the_sdk_parses_responses_of_a_form(panel, sdk, bench) -> None:
    bench.upstream.script("writer", "ok", text=HEIGHT)

    answer = sdk.responses.parse(model="fusion", input="How high?", text_format=Height)

    assert answer.output_parsed == Height(metres=330)


def test_langchain_answers_streams_and_parses(panel, base_url, key, bench) -> None:
    # Not above: it takes a second, in every parallel worker.
    chat = importlib.import_module("langchain_openai").ChatOpenAI(
        base_url=f"{base_url}/v1", api_key=key, model="fusion", max_retries=0, temperature=0.5
    )

    assert chat.invoke("How high is the Eiffel Tower?").content == FUSED
    assert "".join(str(piece.content) for piece in chat.stream("How high?")) == FUSED
    bench.upstream.script("writer", "ok", text=HEIGHT)
    assert chat.with_structured_output(Height, method="json_schema").invoke("How high?") == Height(metres=330)


def test_curl_works_as_the_readme_says(panel, base_url, key) -> None:
    command = re.search(r"    (curl (?:.|\n)*?)\n\n", README)
    assert command

    answer = subprocess.run(
        ["sh", "-c", command[1].replace("http://localhost:8000", base_url)],
        env={**os.environ, "FUSIONWEB_API_KEY": key},
        capture_output=True,
        text=True,
        check=True,
    )

    assert FUSED in answer.stdout
