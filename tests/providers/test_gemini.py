"""Google's dialect on recorded bytes, and the requests it makes."""

import pytest

from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason, ReasoningEffort
from apps.providers.base import End, ListedModel, Request
from apps.providers.dialects import Dialect, dropped
from apps.providers.errors import ProviderError
from apps.providers.gemini import body_of, list_models
from tests.providers.asking import Answer, Bytes, ask, client_for, endpoint_at, request_to, splits
from tests.upstream import Upstream

ENDPOINT = endpoint_at("http://vendor.test/v1beta")
HEAD = '"responseId":"r-1","modelVersion":"gemini-x"'
RECORDED = (
    'data: {"candidates":[{"content":{"parts":[{"text":"Höhe?","thought":true}],"role":"model"},"index":0}],'
    f'"usageMetadata":{{"promptTokenCount":16,"thoughtsTokenCount":2}},{HEAD}}}\r\n\r\n'
    'data: {"candidates":[{"content":{"parts":[{"text":"Grüße \u2028"},{"text":" 東京 🗼"}],"role":"model"}}],'
    f"{HEAD}}}\r\n\r\n"
    'data: {"candidates":[{"content":{"parts":[{"text":"\\u0000 330\\ud83d m","thoughtSignature":"EqQB"}]},'
    '"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":16,"cachedContentTokenCount":4,'
    f'"candidatesTokenCount":13,"thoughtsTokenCount":2,"totalTokenCount":31}},{HEAD}}}'
).encode()
USAGE = Usage(input_tokens=16, cached_tokens=4, output_tokens=15, reasoning_tokens=2)
EXPECTED = Answer("Grüße \u2028 東京 🗼 330\ufffd m", "Höhe?", End(FinishReason.STOP, USAGE, None, "r-1"))


async def answer_to(*pieces: bytes, content_type: str = "text/event-stream") -> Answer:
    client = client_for(Bytes(list(pieces)), content_type=content_type)
    return await ask(client, ENDPOINT, request_to("gemini-x"), dialect=Dialect.GEMINI)


async def test_stream_may_be_split_anywhere() -> None:
    for pieces in splits(RECORDED):
        assert await answer_to(*pieces) == EXPECTED, len(pieces[0])


@pytest.mark.parametrize("ending", [b"\n", b"\n\n", b"\r\n\r\n", b"\r\n\r\ndata: [DONE]\r\n\r\n", b"\n\n: bye\n\n"])
async def test_stream_ends_with_any_ending(ending: bytes) -> None:
    assert await answer_to(RECORDED + ending) == EXPECTED


async def test_envelope_of_a_gateway_is_opened() -> None:
    events = [piece.removeprefix(b"data: ") for piece in RECORDED.split(b"\r\n\r\n")]

    assert await answer_to(*(b'data: {"response":' + one + b"}\n\n" for one in events)) == EXPECTED


async def test_list_of_events_in_one_document_is_read() -> None:
    events = [piece.removeprefix(b"data: ") for piece in RECORDED.split(b"\r\n\r\n")]

    assert await answer_to(b"[" + b",\n".join(events) + b"]", content_type="application/json") == EXPECTED


@pytest.mark.parametrize(
    "word, reason",
    [
        ("STOP", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("SAFETY", FinishReason.REFUSAL),
        ("PROHIBITED_CONTENT", FinishReason.REFUSAL),
        ("BLOCKLIST", FinishReason.REFUSAL),
        ("SPII", FinishReason.REFUSAL),
        ("RECITATION", FinishReason.CONTENT_FILTER),
        ("MALFORMED_FUNCTION_CALL", FinishReason.UNKNOWN),
        ("1", FinishReason.STOP),
        ("2", FinishReason.LENGTH),
        ("3", FinishReason.REFUSAL),
    ],
)
async def test_reasons_to_stop(word: str, reason: FinishReason) -> None:
    said = word if word.isdigit() else f'"{word}"'  # some gateways pass on the numbers of the enum
    answer = await answer_to(RECORDED.replace(b'"STOP"', said.encode()))

    assert answer.end == End(reason, USAGE, None, "r-1")


@pytest.mark.parametrize(
    "counted, usage",
    [
        ('{"promptTokenCount":16}', Usage(input_tokens=16)),
        (
            '{"promptTokenCount":16,"thoughtsTokenCount":9}',
            Usage(input_tokens=16, output_tokens=9, reasoning_tokens=9),
        ),
        ('{"promptTokenCount":16,"candidatesTokenCount":3}', Usage(input_tokens=16, output_tokens=3)),
        ('{"promptTokenCount":16,"candidatesTokenCount":0}', Usage(input_tokens=16)),
        ('{"promptTokenCount":16,"totalTokenCount":30}', Usage(input_tokens=16, output_tokens=14)),
        ('{"promptTokenCount":-1,"candidatesTokenCount":"3"}', Usage()),
        ('{"promptTokenCount":3,"cachedContentTokenCount":9}', Usage(input_tokens=3)),
        ("7", Usage()),
    ],
)
async def test_usage_as_it_comes(counted: str, usage: Usage) -> None:
    answer = await answer_to(
        b'data: {"candidates":[{"content":{"parts":[{"text":"Yes."}]}}]}\n\n',
        f'data: {{"candidates":[{{"finishReason":"STOP"}}],"usageMetadata":{counted}}}\n\n'.encode(),
    )

    assert answer.end == End(FinishReason.STOP, usage, None, "")


async def test_usage_that_was_told_is_not_lost_to_a_later_one() -> None:
    answer = await answer_to(
        b'data: {"candidates":[{"content":{"parts":[{"text":"Yes."}]}}],'
        b'"usageMetadata":{"promptTokenCount":16,"candidatesTokenCount":3}}\n\n',
        b'data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":16}}\n\n',
    )

    assert answer.end == End(FinishReason.STOP, Usage(input_tokens=16, output_tokens=3), None, "")


@pytest.mark.parametrize(
    "data, code, permanent, status",
    [
        ('{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}', FailureCode.OVERLOADED, False, 503),
        ('[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]', FailureCode.RATE_LIMITED, False, 429),
        (
            '{"error":{"code":400,"message":"API key not valid. Please pass one."}}',
            FailureCode.AUTHENTICATION,
            True,
            400,
        ),
        ('{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}', FailureCode.REFUSED, True, None),
        ("[7]", FailureCode.BAD_STREAM, False, None),
        ("7", FailureCode.BAD_STREAM, False, None),
    ],
)
async def test_errors_in_the_stream(data: str, code: FailureCode, permanent: bool, status: int | None) -> None:
    with pytest.raises(ProviderError) as caught:
        await answer_to(f"data: {data}\n\n".encode())

    assert (caught.value.code, caught.value.permanent, caught.value.status) == (code, permanent, status)


HIGH, MEDIUM, LEAST = ReasoningEffort.HIGH, ReasoningEffort.MEDIUM, ReasoningEffort.MINIMAL


def config(model: str, **parameters: object) -> object:
    return body_of(ENDPOINT, request_to(model, parameters=Parameters(**parameters))).get("generationConfig")


@pytest.mark.parametrize(
    "model, effort, thinking",
    [
        ("gemini-2.5-flash", None, {}),
        ("gemini-2.5-pro", LEAST, {"thinkingBudget": 512}),
        ("gemini-2.5-flash", HIGH, {"thinkingBudget": 24576}),
        ("gemini-3-pro-preview", MEDIUM, {"thinkingLevel": "high"}),
        ("gemini-3.1-pro-preview", MEDIUM, {"thinkingLevel": "medium"}),
        ("gemini-3.1-pro-preview", LEAST, {"thinkingLevel": "low"}),
        ("gemini-3.8-flash", LEAST, {"thinkingLevel": "minimal"}),
    ],
)
def test_effort_in_the_models_own_measure(
    model: str, effort: ReasoningEffort | None, thinking: dict[str, object]
) -> None:
    assert config(model, reasoning_effort=effort) == {"thinkingConfig": {"includeThoughts": True, **thinking}}


def test_parameters_in_the_vendors_words() -> None:
    assert config("gemini-2.0-flash") is None
    assert config("gemini-2.0-flash", temperature=0, top_p=0.5, max_tokens=9, seed=0, stop=("END",)) == {
        "temperature": 0.0,
        "topP": 0.5,
        "maxOutputTokens": 9,
        "seed": 0,
        "stopSequences": ["END"],
    }
    assert config("gemini-2.0-flash", frequency_penalty=0.5, presence_penalty=-1) == {
        "frequencyPenalty": 0.5,
        "presencePenalty": -1.0,
    }
    assert config("gemini-2.5-flash", frequency_penalty=0.5) == {"thinkingConfig": {"includeThoughts": True}}


@pytest.mark.parametrize("model, said", [("gemini-2.0-flash", ("reasoning_effort",)), ("gemini-3.8-flash", ())])
def test_effort_is_said_to_be_left_out(model: str, said: tuple[str, ...]) -> None:
    request = request_to(model, parameters=Parameters(reasoning_effort=HIGH, temperature=0, seed=0))

    assert dropped(Dialect.GEMINI, ENDPOINT, request) == said


def test_any_object_is_asked_for_without_a_schema() -> None:
    request = request_to("gemini-2.0-flash", json_schema={"type": "object"}, tries_schema=True)

    assert body_of(ENDPOINT, request)["generationConfig"] == {"responseMimeType": "application/json"}


def test_schema_is_part_of_the_request() -> None:
    body = body_of(ENDPOINT, request_to("gemini-2.0-flash", json_schema={"type": "object"}))

    assert body["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"},
    }


CONVERSATION = (
    Message(role="system", text="Be brief."),
    Message(role="user", text="What is it?", images=("data:image/png;base64,AAAA",)),
    Message(role="assistant", text="A tower."),
    Message(role="user", text="How tall?"),
)


def test_conversation_in_contents_and_parts() -> None:
    body = body_of(ENDPOINT, Request(model="gemini-x", messages=CONVERSATION))

    assert body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, {"text": "What is it?"}],
            },
            {"role": "model", "parts": [{"text": "A tower."}]},
            {"role": "user", "parts": [{"text": "How tall?"}]},
        ],
    }


def test_gemma_reads_its_instructions_in_the_conversation() -> None:
    body = body_of(ENDPOINT, Request(model="gemma-3-27b-it", messages=CONVERSATION))

    assert "systemInstruction" not in body
    assert body["contents"][0]["parts"][0] == {"text": "Be brief."}


@pytest.mark.parametrize(
    "model, path",
    [
        ("gemini-x", "/v1/models/gemini-x:streamGenerateContent"),
        ("models/gemini-x", "/v1/models/gemini-x:streamGenerateContent"),
        ("gemini?x#y", "/v1/models/gemini%3Fx%23y:streamGenerateContent"),
    ],
)
async def test_model_stands_in_the_path(upstream: Upstream, client: object, model: str, path: str) -> None:
    await ask(client, endpoint_at(upstream.url), request_to(model), dialect=Dialect.GEMINI)

    assert upstream.ledger()[-1]["path"] == path


async def test_models_are_listed_page_by_page(upstream: Upstream, client: object) -> None:
    writes = {"supportedGenerationMethods": ["generateContent", "countTokens"]}
    known = {"inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536, "thinking": True}
    pro = {"name": "models/gemini-9-pro", "displayName": "Gemini 9 Pro", **known, **writes}
    embedding = {"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]}
    upstream.serve("/v1/models?pageSize=1000", {"models": [pro, embedding, 7], "nextPageToken": "a/b"})
    upstream.serve("/v1/models?pageSize=1000&pageToken=a%2Fb", {"models": [{"name": "models/gemma-3-1b-it", **writes}]})

    models = await list_models(client, endpoint_at(upstream.url))

    assert models == [
        ListedModel("gemini-9-pro", "Gemini 9 Pro", 1_048_576, None, True, 65_536, True, True),
        ListedModel("gemma-3-1b-it", "gemma-3-1b-it", None, None, False, None, False, False),
    ]
