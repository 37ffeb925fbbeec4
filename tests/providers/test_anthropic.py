"""Anthropic's dialect on recorded bytes, and the requests it makes."""

import time

import pytest

from apps.fusion.values import Message, Parameters, Usage
from apps.fusion.vocabulary import FailureCode, FinishReason, ReasoningEffort
from apps.providers.anthropic import body_of, list_models, sent
from apps.providers.anthropic_answer import MessageTranslator
from apps.providers.base import End, ListedModel, Request
from apps.providers.dialects import Dialect, dropped
from apps.providers.errors import ProviderError
from tests.providers.asking import Answer, Bytes, ask, client_for, endpoint_at, request_to, splits
from tests.upstream import Upstream

ENDPOINT = endpoint_at("http://vendor.test/v1")
START = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    '"content":[],"stop_reason":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":3,'
    '"cache_read_input_tokens":4,"output_tokens":1}}}\n\n'
)
RECORDED = (
    START + 'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    '"content_block":{"type":"thinking","thinking":"","signature":""}}\n\n'
    'event: ping\r\ndata: {"type": "ping"}\r\n\r\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"thinking_delta","thinking":"Höhe?"}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"signature_delta","signature":"EqQB"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    'event: content_block_start\ndata: {"type":"content_block_start","index":1,'
    '"content_block":{"type":"text","text":""}}\n\n'
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,'
    '"delta":{"type":"text_delta","text":"Grüße \u2028 東京 🗼"}}\n\n'
    'data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\\u0000 330\\ud83d m"}}\n\n'
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":1}\n\n'
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
    '"usage":{"input_tokens":null,"output_tokens":15}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}'
).encode()
USAGE = Usage(input_tokens=16, cached_tokens=4, output_tokens=15)
EXPECTED = Answer("Grüße \u2028 東京 🗼 330\ufffd m", "Höhe?", End(FinishReason.STOP, USAGE, None, "msg_1"))


async def answer_to(*pieces: bytes, content_type: str = "text/event-stream") -> Answer:
    client = client_for(Bytes(list(pieces)), content_type=content_type)
    return await ask(client, ENDPOINT, request_to("claude"), dialect=Dialect.ANTHROPIC)


async def test_stream_may_be_split_anywhere() -> None:
    for pieces in splits(RECORDED):
        assert await answer_to(*pieces) == EXPECTED, len(pieces[0])


@pytest.mark.parametrize(
    "ending", [b"\n", b"\n\n", b"\r\n\r\n", b'\n\ndata: {"type":"message_stop"}\n\n', b"\n\n: bye\n\n"]
)
async def test_stream_ends_with_any_ending(ending: bytes) -> None:
    assert await answer_to(RECORDED + ending) == EXPECTED


@pytest.mark.parametrize(
    "word, reason",
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("refusal", FinishReason.REFUSAL),
        ("pause_turn", FinishReason.LENGTH),  # after many searches
    ],
)
async def test_reasons_to_stop(word: str, reason: FinishReason) -> None:
    answer = await answer_to(RECORDED.replace(b"end_turn", word.encode()))

    assert answer.end == End(reason, USAGE, None, "msg_1")


@pytest.mark.parametrize(
    "sent, instead",
    [
        (b'"input_tokens":null,', b'"input_tokens":0,'),  # a nought that takes back the count of the beginning
        (b'"thinking_delta","thinking"', b'"reasoning_delta","reasoning"'),
    ],
)
async def test_counts_and_thoughts_are_found_where_imitators_put_them(sent: bytes, instead: bytes) -> None:
    recorded = RECORDED.replace(sent, instead)

    assert await answer_to(recorded) == EXPECTED


async def test_counts_may_come_with_the_last_event() -> None:
    counts = b'"usage":{"input_tokens":null,"output_tokens":15}'
    moved = RECORDED.replace(b"," + counts, b"").replace(
        b'{"type":"message_stop"}', b'{"type":"message_stop",' + counts + b"}"
    )

    assert moved != RECORDED
    assert await answer_to(moved) == EXPECTED


@pytest.mark.parametrize(
    "first, last, given, cached",
    [
        ('{"input_tokens":3602}', '{"cache_read_input_tokens":3604,"output_tokens":8}', 3604, 3604),
        ('{"input_tokens":90}', '{"cache_read_input_tokens":40,"cache_creation_input_tokens":30}', 90, 40),
        ('{"input_tokens":8834}', '{"input_tokens":18,"cache_read_input_tokens":8831}', 8849, 8831),
        ('{"input_tokens":50}', '{"cache_read_input_tokens":2400}', 2450, 2400),
        ('{"input_tokens":50,"cache_read_input_tokens":0}', '{"cache_read_input_tokens":40}', 90, 40),
        ('{"input_tokens":50}', '{"input_tokens":50,"cache_read_input_tokens":40}', 90, 40),
    ],
)
async def test_input_that_was_counted_before_its_cache_is_counted_once(
    first: str, last: str, given: int, cached: int
) -> None:
    answer = await answer_to(
        b'data: {"type":"message_start","message":{"usage":' + first.encode() + b"}}\n\n",
        b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Yes"}}\n\n',
        b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":' + last.encode() + b"}\n\n",
        b'data: {"type":"message_stop"}\n\n',
    )

    assert answer.end
    assert (answer.end.usage.input_tokens, answer.end.usage.cached_tokens) == (given, cached)


@pytest.mark.parametrize(
    "error, code, permanent",
    [
        ('{"type":"overloaded_error","message":"Overloaded"}', FailureCode.OVERLOADED, False),
        ('{"type":"api_error","message":"Internal server error"}', FailureCode.UPSTREAM_ERROR, False),
        ('{"type":"rate_limit_error","message":"Slow down"}', FailureCode.RATE_LIMITED, False),
        ('{"type":"permission_error","message":"No"}', FailureCode.PERMISSION, True),
        ('{"type":"request_too_large","message":"Too big"}', FailureCode.TOO_LARGE, True),
        ("null", FailureCode.UPSTREAM_ERROR, False),
    ],
)
async def test_error_event_ends_the_stream(error: str, code: FailureCode, permanent: bool) -> None:
    with pytest.raises(ProviderError) as caught:
        await answer_to(START.encode(), f'event: error\ndata: {{"type":"error","error":{error}}}\n\n'.encode())

    assert (caught.value.code, caught.value.permanent) == (code, permanent)


async def test_whole_message_is_read() -> None:
    body = (
        b'{"id":"msg_2","type":"message","content":[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"Yes"}],'
        b'"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}'
    )

    answer = await answer_to(body, content_type="application/json")

    assert answer == Answer("Yes", "Hm", End(FinishReason.STOP, Usage(input_tokens=3, output_tokens=2), None, "msg_2"))


def asked(model: str = "claude-sonnet-4-5", **parameters: object) -> Request:
    return request_to(model, "Hi", parameters=Parameters(**parameters))


def options(request: Request) -> dict[str, object]:
    """The body without what every request has."""
    return {
        name: value for name, value in body_of(ENDPOINT, request).items() if name not in ("model", "stream", "messages")
    }


HIGH, MEDIUM, LEAST = ReasoningEffort.HIGH, ReasoningEffort.MEDIUM, ReasoningEffort.MINIMAL
ADAPTIVE = {"type": "adaptive", "display": "summarized"}


@pytest.mark.parametrize(
    "request_, body, said",
    [
        (asked("claude-3-haiku"), {"max_tokens": 4096}, ()),
        (asked(), {"max_tokens": 16384}, ()),
        (
            asked(temperature=1.5, stop=("END",), max_tokens=9),
            {"max_tokens": 9, "temperature": 1.0, "stop_sequences": ["END"]},
            (),
        ),
        (asked(temperature=0, top_p=0.5, seed=1), {"max_tokens": 16384, "temperature": 0.0}, ("top_p", "seed")),
        (
            asked(frequency_penalty=1, presence_penalty=1),
            {"max_tokens": 16384},
            ("frequency_penalty", "presence_penalty"),
        ),
        (asked(top_p=0.5), {"max_tokens": 16384, "top_p": 0.5}, ()),
        (asked("claude-opus-5", temperature=0, top_p=0.5), {"max_tokens": 16384}, ("temperature", "top_p")),
        (
            asked(temperature=0, reasoning_effort=HIGH),
            {"max_tokens": 16384, "thinking": {"type": "enabled", "budget_tokens": 12288}},
            ("temperature",),
        ),
        (
            asked(max_tokens=4096, reasoning_effort=HIGH),
            {"max_tokens": 4096, "thinking": {"type": "enabled", "budget_tokens": 3072}},
            (),
        ),
        (
            asked(max_tokens=1025, reasoning_effort=HIGH),
            {"max_tokens": 1025, "thinking": {"type": "enabled", "budget_tokens": 1024}},
            (),
        ),
        (asked(max_tokens=1024, reasoning_effort=HIGH), {"max_tokens": 1024}, ("reasoning_effort",)),
        (asked("claude-3-haiku", reasoning_effort=HIGH), {"max_tokens": 4096}, ("reasoning_effort",)),
        (
            asked("claude-opus-4-6", temperature=1, reasoning_effort=MEDIUM),
            {"max_tokens": 16384, "thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}},
            ("temperature",),
        ),
        (
            asked("claude-opus-4-8", reasoning_effort=LEAST),
            {"max_tokens": 16384, "thinking": ADAPTIVE, "output_config": {"effort": "low"}},
            (),
        ),
    ],
)
def test_parameters_are_sent_or_said(request_: Request, body: dict[str, object], said: tuple[str, ...]) -> None:
    assert options(request_) == body
    assert dropped(Dialect.ANTHROPIC, ENDPOINT, request_) == said


@pytest.mark.parametrize("own, chosen, limit", [(64_000, None, 32_000), (8_192, None, 8_192), (8_192, 9_000, 8_192)])
def test_limit_of_output_never_passes_the_models_own(own: int, chosen: int | None, limit: int) -> None:
    request = request_to("claude", max_output=own, parameters=Parameters(max_tokens=chosen))

    assert body_of(ENDPOINT, request)["max_tokens"] == limit


def test_parameters_left_out_stay_what_they_were_for_others() -> None:
    request = asked(temperature=0, top_p=0.5)

    assert (sent(ENDPOINT, request).top_p, request.parameters.top_p) == (None, 0.5)


SCHEMA = {"type": "object", "properties": {"minimum": {"type": "integer", "minimum": 1}}}
CLOSED = {"type": "object", "properties": {"minimum": {"type": "integer"}}, "additionalProperties": False}


def test_schema_is_part_of_the_request_where_the_model_takes_one() -> None:
    bodies = [body_of(ENDPOINT, request_to(name, json_schema=SCHEMA)) for name in ("claude-opus-5", "claude-3-haiku")]

    assert [body.get("output_config") for body in bodies] == [
        {"format": {"type": "json_schema", "schema": CLOSED}},
        None,
    ]
    assert "system" not in bodies[0]
    assert bodies[1]["system"].startswith("Reply with JSON alone, of this JSON schema: {")


def test_turns_alternate_and_begin_and_end_with_the_user() -> None:
    said = [
        ("system", "Be brief."),
        ("assistant", "Hello."),
        ("user", "One"),
        ("user", "Two"),
        ("user", ""),
        ("assistant", "3"),
    ]
    request = Request(model="claude", messages=tuple(Message(role=role, text=text) for role, text in said))

    body = body_of(ENDPOINT, request)

    assert body["system"] == "Be brief."
    assert [(turn["role"], [block["text"] for block in turn["content"]]) for turn in body["messages"]] == [
        ("user", ["(The conversation begins with an answer.)"]),
        ("assistant", ["Hello."]),
        ("user", ["One", "Two"]),
        ("assistant", ["3"]),
        ("user", ["Please go on."]),
    ]


def test_images_come_first_as_base64() -> None:
    message = Message(role="user", text="What is it?", images=("data:image/png;base64,AAAA",))

    body = body_of(ENDPOINT, Request(model="claude", messages=(message,)))

    assert body["messages"][0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {"type": "text", "text": "What is it?"},
    ]


@pytest.mark.parametrize("url", ["https://acme.test/x.png", "data:image/png,AAAA", "data:;base64,AAAA"])
def test_image_that_is_no_data_url_is_refused(url: str) -> None:
    message = Message(role="user", text="", images=(url,))

    with pytest.raises(ProviderError) as caught:
        body_of(ENDPOINT, Request(model="claude", messages=(message,)))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.INVALID_REQUEST, True)


async def test_models_are_listed_page_by_page(upstream: Upstream, client: object) -> None:
    capable = {
        "image_input": {"supported": True},
        "thinking": {"supported": False},
        "structured_outputs": {"supported": True},
    }
    new = {"id": "claude-x", "display_name": "Claude X", "max_input_tokens": 1_000_000, "max_tokens": 128_000}
    pages = {
        "/v1/models?limit=1000": {
            "data": [{**new, "capabilities": capable}, 7],
            "has_more": True,
            "last_id": "claude-x",
        },
        "/v1/models?limit=1000&after_id=claude-x": {
            "data": [{"id": "claude-3-haiku"}],
            "has_more": False,
            "last_id": "y",
        },
    }
    for path, page in pages.items():
        upstream.serve(path, page)

    models = await list_models(client, endpoint_at(upstream.url))

    assert models == [
        ListedModel("claude-x", "Claude X", 1_000_000, None, True, 128_000, True, False),
        ListedModel("claude-3-haiku", "claude-3-haiku", None, None, False, None, True, False),
    ]


async def test_list_that_never_ends_is_left(upstream: Upstream, client: object) -> None:
    page = {"data": [{"id": "claude"}], "has_more": True, "last_id": "z"}
    upstream.serve("/v1/models?limit=1000", page)
    upstream.serve("/v1/models?limit=1000&after_id=z", page)

    assert len(await list_models(client, endpoint_at(upstream.url))) == 20


def test_long_thoughts_that_go_back_are_gathered_piece_by_piece() -> None:
    """Each of 100,000 pieces once: to join all that came before for every piece would take minutes."""
    reader = MessageTranslator(ENDPOINT, "claude-opus-4-1")
    reader.takes_calls = True
    block = {"type": "thinking", "thinking": "Hm. ", "signature": ""}
    list(reader.read({"type": "content_block_start", "index": 0, "content_block": block}))
    pieces = [f"{at:040}" for at in range(100_000)]
    began = time.process_time()
    for piece in pieces:
        delta = {"type": "thinking_delta", "thinking": piece}
        list(reader.read({"type": "content_block_delta", "index": 0, "delta": delta}))
    delta = {"type": "signature_delta", "signature": "EqQB"}
    list(reader.read({"type": "content_block_delta", "index": 0, "delta": delta}))

    data = reader.vendor_data()

    assert data
    assert data.content == ({"type": "thinking", "thinking": "Hm. " + "".join(pieces), "signature": "EqQB"},)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["Hel", "lo", " you"], "Hello you"),
        (["Hello you"], "Hello you"),
        (["Hel", "p"], "HelloHelp"),
        (["He"], "HelloHe"),
        (["Hello", "Hello"], "HelloHello"),
        ([*"Hello"], "Hello"),
    ],
)
def test_what_a_block_begins_with_and_says_again_is_told_once(pieces: list[str], text: str) -> None:
    reader = MessageTranslator(ENDPOINT, "m")
    found = [{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hello"}}]
    found += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}} for one in pieces
    ]

    chunks = [chunk for one in (*found, {"type": "content_block_stop", "index": 0}) for chunk in reader.read(one)]

    assert "".join(chunk.text for chunk in chunks) == text
