"""The OpenAI-compatible dialect on recorded bytes: however they are cut up, the same chunks come out."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from apps.fusion.values import Usage
from apps.fusion.vocabulary import FailureCode, FinishReason
from apps.providers import deadlines
from apps.providers.base import End
from apps.providers.errors import ProviderError
from apps.providers.openai_compatible import stream
from tests.providers.asking import Answer, Bytes, ask, client_for, endpoint_at, request_to, splits

ENDPOINT = endpoint_at("http://vendor.test/v1")
RECORDED = (
    ": PROCESSING\r\n\r\n"
    'data: {"id":"gen-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\r\n\r\n'
    'data: {"id":"gen-1","choices":[{"delta":{"reasoning":"Höhe?"}}]}\n\n'
    'data: {"id":"gen-1","choices":[{"delta":{"content":"Grüße \u2028 東京 🗼"}}]}\n\nevent: message\n'
    'id: 7\ndata: {"choices":[{"delta":{"content":"\\u0000 330\\ud83d m"},"finish_reason":"stop"}]}\n\n'
    'data: {"id":"gen-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"cost":0.00014,'
    '"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}\n\n'
    "data: [DONE]"
).encode()
USAGE = Usage(input_tokens=9, cached_tokens=4, output_tokens=5, reasoning_tokens=2)
EXPECTED = Answer(
    text="Grüße \u2028 東京 🗼 330\ufffd m",
    reasoning="Höhe?",
    end=End(FinishReason.STOP, USAGE, Decimal("0.00014"), "gen-1"),
)


async def answer_to(*pieces: bytes) -> Answer:
    return await ask(client_for(Bytes(list(pieces))), ENDPOINT, request_to("m"))


async def test_stream_may_be_split_anywhere() -> None:
    for pieces in splits(RECORDED):
        assert await answer_to(*pieces) == EXPECTED, len(pieces[0])


@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n", b"\r\n\r\n", b"\n\ndata: [DONE]\n\n", b"\n\n: bye\n\n"])
async def test_stream_ends_with_any_ending(ending: bytes) -> None:
    assert await answer_to(RECORDED + ending) == EXPECTED


def event(choice: str, more: str = "") -> bytes:
    return f'data: {{"choices":[{choice}]{more}}}\n\n'.encode()


HELLO_CHOICE = '{"delta":{"content":"Hello"}}'
HELLO = event(HELLO_CHOICE)
STOP = event('{"delta":{},"finish_reason":"stop"}')
DONE = b"data: [DONE]\n\n"
USED = ',"usage":{"prompt_tokens":3,"completion_tokens":1}'
COUNTED = Usage(input_tokens=3, output_tokens=1)


@pytest.mark.parametrize(
    "pieces, text, reasoning, reason, usage",
    [
        ([HELLO, STOP, DONE], "Hello", "", FinishReason.STOP, Usage()),
        ([HELLO, STOP], "Hello", "", FinishReason.STOP, Usage()),
        ([HELLO, DONE], "Hello", "", FinishReason.UNKNOWN, Usage()),
        ([HELLO, STOP, DONE, DONE, HELLO], "Hello", "", FinishReason.STOP, Usage()),
        ([event('{"delta":{"content":"Hello"}}', USED), STOP], "Hello", "", FinishReason.STOP, COUNTED),
        ([HELLO, event('{"delta":{},"finish_reason":"length"}', USED)], "Hello", "", FinishReason.LENGTH, COUNTED),
        ([HELLO, STOP, event("", USED), DONE], "Hello", "", FinishReason.STOP, COUNTED),
        ([HELLO, STOP, DONE, event("", USED), DONE], "Hello", "", FinishReason.STOP, COUNTED),
        ([HELLO + STOP + DONE.strip() + b"\n" + event("", USED)], "Hello", "", FinishReason.STOP, COUNTED),
        ([HELLO, DONE, b"data: bye\n\n", event(HELLO_CHOICE, USED)], "Hello", "", FinishReason.UNKNOWN, COUNTED),
        ([HELLO, event('{"finish_reason":"stop"' + USED + "}")], "Hello", "", FinishReason.STOP, COUNTED),
        ([HELLO, STOP, event("", ',"x_groq":{' + USED[1:] + "}")], "Hello", "", FinishReason.STOP, COUNTED),
        ([event('{"text":"Hello","finish_reason":"stop"}')], "Hello", "", FinishReason.STOP, Usage()),
        ([event('{"message":{"content":"Hello"},"finish_reason":"stop"}')], "Hello", "", FinishReason.STOP, Usage()),
        ([event('{"delta":{"reasoning_content":"Hm"}}'), HELLO, STOP], "Hello", "Hm", FinishReason.STOP, Usage()),
        (
            [event('{"delta":{"content":[{"type":"thinking","thinking":[{"text":"Hm"}]},{"text":"Hello"}]}}'), STOP],
            *("Hello", "Hm", FinishReason.STOP, Usage()),
        ),
        ([event('{"delta":{"refusal":"No."}}'), STOP], "No.", "", FinishReason.REFUSAL, Usage()),
        ([HELLO, event('{"finish_reason":"content_filter"}')], "Hello", "", FinishReason.CONTENT_FILTER, Usage()),
        ([HELLO, event('{"finish_reason":"tool_calls"}')], "Hello", "", FinishReason.UNKNOWN, Usage()),
        ([HELLO, event('{"finish_reason":7}')], "Hello", "", FinishReason.UNKNOWN, Usage()),
        (
            [b'data: {"choices":null}\n\n', b'data: {"choices":[3]}\n\n', HELLO, STOP],
            *("Hello", "", FinishReason.STOP, Usage()),
        ),
        (
            [event('{"delta":{"content":7}}'), event('{"delta":"x"}'), HELLO, STOP],
            *("Hello", "", FinishReason.STOP, Usage()),
        ),
    ],
)
async def test_vendors_write_things_in_many_places(
    pieces: list[bytes], text: str, reasoning: str, reason: FinishReason, usage: Usage
) -> None:
    answer = await answer_to(*pieces)

    assert (answer.text, answer.reasoning, answer.end) == (text, reasoning, End(reason, usage, None, ""))


class NeverEnding(Bytes):
    """A body that says again and again that it lives."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in super().__aiter__():
            yield piece
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0.01)


async def test_nobody_waits_long_for_figures_behind_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LATE_S", 0.1)
    body = NeverEnding([HELLO, STOP, DONE])

    answer = await ask(client_for(body), ENDPOINT, request_to("m"))

    assert answer == Answer("Hello", "", End(FinishReason.STOP, Usage(), None, ""))
    assert body.is_closed


async def test_connection_that_breaks_behind_the_end_is_no_failure() -> None:
    answer = await ask(client_for(Bytes([HELLO, DONE], cut=True)), ENDPOINT, request_to("m"))

    assert answer == Answer("Hello", "", End(FinishReason.UNKNOWN, Usage(), None, ""))


@pytest.mark.parametrize("channel", ["content", "reasoning"])
async def test_character_whose_bytes_come_in_two_events_is_whole(channel: str) -> None:
    whole = f'data: {{"choices":[{{"delta":{{"{channel}":"Grüße 🗼 ok"}}}}]}}\n\n'.encode()
    head, tail = whole[: whole.index(b"Gr")], b'"}}]}\n\n'
    text = "Grüße 🗼 東 ok".encode()
    for at in range(1, len(text)):
        answer = await answer_to(head + text[:at] + tail, head + text[at:] + tail, STOP, DONE)
        assert answer.text + answer.reasoning == "Grüße 🗼 東 ok", at
    bytewise = [head + text[at : at + 1] + tail for at in range(len(text))]
    answer = await answer_to(*bytewise, STOP, DONE)
    assert answer.text + answer.reasoning == "Grüße 🗼 東 ok"


@pytest.mark.parametrize(
    ("sent", "text"), [(b"a\xf0\x9f", "a\ufffd"), (b"\x98a", "\ufffda"), (b"\xc3\xc3\xa9", "\ufffdé")]
)
async def test_bytes_that_are_no_character_are_one_mark(sent: bytes, text: str) -> None:
    piece = HELLO.replace(b"Hello", sent)

    assert (await answer_to(piece, STOP, DONE)).text == text


@pytest.mark.parametrize(
    "usage, expected, cost",
    [
        ('{"prompt_tokens":-5,"completion_tokens":1000000000000000,"cost":-1}', Usage(), None),
        ('{"prompt_tokens":"9","completion_tokens":null,"cost":"0.1"}', Usage(), None),
        ('{"prompt_tokens":1.5,"completion_tokens":NaN,"cost":Infinity}', Usage(), None),
        ('{"prompt_tokens":true,"completion_tokens":7.0,"cost":0}', Usage(output_tokens=7), Decimal(0)),
        ('{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9}}', Usage(input_tokens=5), None),
        ('{"prompt_tokens":5,"prompt_tokens_details":7,"cost":99999999}', Usage(input_tokens=5), None),
        ('{"prompt_tokens":5,"prompt_cache_hit_tokens":3}', Usage(input_tokens=5, cached_tokens=3), None),
        ('"many"', Usage(), None),
        (
            '{"prompt_tokens":5,"completion_tokens":3,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":4}}',
            *(Usage(input_tokens=5, output_tokens=7, reasoning_tokens=4), None),
        ),
        (
            '{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":4}}',
            *(Usage(input_tokens=5, output_tokens=7, reasoning_tokens=4), None),
        ),
        ('{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}', Usage(), None),
        (
            '{"prompt_tokens":0,"completion_tokens":0,"input_tokens":5,"output_tokens":7,"prompt_tokens_details":null}',
            *(Usage(input_tokens=5, output_tokens=7), None),
        ),
        (
            '{"prompt_tokens":5,"completion_tokens":7,"input_tokens":0,"output_tokens":0}',
            *(Usage(input_tokens=5, output_tokens=7), None),
        ),
        (
            '{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":3}',
            *(Usage(input_tokens=5, cached_tokens=3), None),
        ),
        ('{"cost_in_usd_ticks":318319000}', Usage(), Decimal("0.0318319")),
        ('{"cost":{"input_tokens_cost":0.001,"request_cost":0.005,"total_cost":0.006}}', Usage(), Decimal("0.006")),
        ('{"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}', Usage(), Decimal("0.21")),
        ('{"cost":0.01,"is_byok":false,"cost_details":{"upstream_inference_cost":0.2}}', Usage(), Decimal("0.01")),
    ],
)
async def test_unbelievable_usage_is_unknown(usage: str, expected: Usage, cost: Decimal | None) -> None:
    answer = await answer_to(HELLO, STOP, event("", f',"usage":{usage}'), DONE)

    assert answer.end == End(FinishReason.STOP, expected, cost, "")


@pytest.mark.parametrize(
    "newer",
    [
        '{"prompt_tokens":0,"completion_tokens":0}',
        '{"prompt_tokens":3}',
        '{"prompt_tokens":null,"completion_tokens":null}',
        '{"prompt_tokens":3,"completion_tokens":9}',
        "{}",
    ],
)
async def test_usage_that_was_told_is_not_lost_to_a_later_one(newer: str) -> None:
    first = event('{"delta":{"content":"Hello"}}', ',"usage":{"prompt_tokens":3,"completion_tokens":9,"cost":0.1}')

    answer = await answer_to(first, STOP, event("", f',"usage":{newer}'), DONE)

    assert answer.end == End(FinishReason.STOP, Usage(input_tokens=3, output_tokens=9), Decimal("0.1"), "")


@pytest.mark.parametrize(
    "delta, text, reasoning",
    [
        ('{"content":["Hel","lo"]}', "Hello", ""),
        ('{"content":{"type":"text","text":"Hello"}}', "Hello", ""),
        ('{"content":[{"type":"text","text":{"value":"Hello"}}]}', "Hello", ""),
        ('{"content":[{"type":"reasoning","text":"Hm"},{"type":"output_text","text":"Hello"}]}', "Hello", "Hm"),
        ('{"content":[{"type":"thinking","thinking":"Hm"},{"text":"Hello"}]}', "Hello", "Hm"),
        ('{"reasoning":{"content":"Hm"},"content":"Hello"}', "Hello", "Hm"),
        ('{"reasoning_text":"Hm","content":"Hello"}', "Hello", "Hm"),
        ('{"reasoning_details":[{"type":"reasoning.text","text":"Hm"}],"content":"Hello"}', "Hello", "Hm"),
        ('{"reasoning":"Hm","reasoning_details":[{"text":"Hm"}],"content":"Hello"}', "Hello", "Hm"),
        ('{"thinking_blocks":[{"type":"thinking","thinking":"Hm"}],"content":"Hello"}', "Hello", "Hm"),
        ('{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}],"content":"Hello"}', "Hello", ""),
    ],
)
async def test_words_are_found_in_every_nest(delta: str, text: str, reasoning: str) -> None:
    answer = await answer_to(event(f'{{"delta":{delta}}}'), STOP, DONE)

    assert (answer.text, answer.reasoning) == (text, reasoning)


async def test_pieces_may_come_as_messages_and_a_last_one_may_have_more() -> None:
    one, more, other = (event(f'{{"message":{{"content":"{words}"}}}}') for words in ("Hello", " world", "Hello world"))

    assert (await answer_to(one, more, STOP)).text == "Hello world"
    assert (await answer_to(HELLO, other, STOP)).text == "Hello world"
    assert (await answer_to(HELLO, event('{"message":{"content":"Hello!?"}}'), STOP)).text == "Hello!?"
    assert (await answer_to(HELLO, event('{"message":{"content":"Bye"}}'), STOP)).text == "Hello"


async def test_of_several_answers_the_first_is_read() -> None:
    both = event('{"index":1,"delta":{"content":"Bye"}},{"index":0,"delta":{"content":"Hello"}}')

    assert (await answer_to(both, STOP)).text == "Hello"


@pytest.mark.parametrize(
    "prompt, read, unread",
    [
        ("Learn a language. " * 2_000, 7_500, None),
        ("Learn a language. " * 2_000, 4_096, 9_000 - 4_096),
        ("Выучи один язык. " * 2_000, 7_400, None),
        ("एक भाषा सीखो। " * 2_000, 6_500, None),
        ("เรียนภาษาหนึ่งภาษา " * 2_000, 8_000, None),
        ("请先备份所有的数据。" * 2_000, 12_000, None),
        ("请先备份所有的数据。" * 2_000, 4_096, 15_000 - 4_096),
        ("Learn a language." + " " * 80_000, 5, None),
    ],
)
async def test_prompt_is_called_cut_in_any_script_only_if_it_was(prompt: str, read: int, unread: int | None) -> None:
    used = event("", f',"usage":{{"prompt_tokens":{read},"completion_tokens":1}}')

    answer = await ask(client_for(Bytes([HELLO, STOP, used, DONE])), ENDPOINT, request_to("m", prompt.strip(" ")))

    assert answer.end is not None
    told = answer.end.usage.unread_tokens
    assert (told is None) == (unread is None), told
    assert abs((told or 0) - (unread or 0)) <= 1


@pytest.mark.parametrize(
    "pieces, is_cut, code",
    [
        ([HELLO], False, FailureCode.CONNECTION),
        ([HELLO], True, FailureCode.CONNECTION),
        ([HELLO, b'data: {"choices":[{"del'], False, FailureCode.BAD_STREAM),
        ([HELLO, b"data: [1]\n\n", STOP], False, FailureCode.BAD_STREAM),
        ([HELLO, b"data: " + b"[" * 100_000 + b"\n\n"], False, FailureCode.BAD_STREAM),
        (
            [HELLO, b'data: {"error":{"message":"Overloaded","type":"overloaded_error"}}\n\n'],
            False,
            FailureCode.OVERLOADED,
        ),
        ([HELLO, b'data: {"error":{"message":"slow down","code":429}}\n\n'], False, FailureCode.RATE_LIMITED),
        ([HELLO, b'data: {"error":"boom"}\n\n'], False, FailureCode.UPSTREAM_ERROR),
        ([HELLO, b'event: error\ndata: {"object":"error","message":"boom"}\n\n'], False, FailureCode.UPSTREAM_ERROR),
        ([HELLO, event('{"finish_reason":"error","error":{"code":502}}')], False, FailureCode.UPSTREAM_ERROR),
    ],
)
async def test_text_before_an_error_is_kept(pieces: list[bytes], is_cut: bool, code: FailureCode) -> None:
    answer, body = Answer(), Bytes(pieces, cut=is_cut)

    with pytest.raises(ProviderError) as caught:
        await ask(client_for(body), ENDPOINT, request_to("m"), into=answer)

    assert (answer, caught.value.code, caught.value.permanent) == (Answer(text="Hello"), code, False)
    assert body.is_closed


ANY = None
CREDITS, LONG = FailureCode.INSUFFICIENT_CREDITS, FailureCode.CONTEXT_TOO_LONG
INVALID = FailureCode.INVALID_REQUEST


@pytest.mark.parametrize(
    "data, code, is_permanent, said",
    [
        ('{"choices":null,"base_resp":{"status_code":1,"status_msg":"insufficient balance"}}', CREDITS, True, True),
        ('{"base_resp":{"status_code":0,"status_msg":"success"}}', ANY, False, False),
        ('{"code":"InvalidParameter","message":"Range of input length should be [1, 9]"}', LONG, True, True),
        ('{"detail":"Model not found"}', FailureCode.INVALID_MODEL, True, True),
        ('{"errors":[{"message":"boom","code":5006}],"success":false}', FailureCode.UPSTREAM_ERROR, False, True),
        ('{"choices":[],"error_type":"BadRequestError","error_message":"n must be 1"}', INVALID, True, True),
        ('{"object":"error","message":"n must be 1","type":"BadRequestError","code":400}', INVALID, True, True),
        ('{"error":"Bad Request","message":"n must be 1","statusCode":400}', INVALID, True, True),
        ('{"error":true,"message":"Model not found"}', FailureCode.INVALID_MODEL, True, True),
    ],
)
@pytest.mark.parametrize("end", [b"", DONE])
async def test_refusal_inside_a_stream_is_read_in_any_field(
    data: str, code: FailureCode | None, is_permanent: bool, said: bool, end: bytes
) -> None:
    with pytest.raises(ProviderError) as caught:
        await answer_to(b"data: " + data.encode() + b"\n\n", end)

    cut = FailureCode.EMPTY if end else FailureCode.CONNECTION
    assert (caught.value.code, caught.value.permanent) == (code or cut, is_permanent)
    assert ("Acme said" in caught.value.sentence) == said


@pytest.mark.parametrize("end", [STOP, DONE])
async def test_words_beside_an_answer_are_no_refusal(end: bytes) -> None:
    assert (await answer_to(b'data: {"message":"queued"}\n\n', HELLO, end)).text == "Hello"


async def test_stream_cut_after_its_finish_reason_is_whole() -> None:
    answer = await ask(client_for(Bytes([HELLO, STOP], cut=True)), ENDPOINT, request_to("m"))

    assert answer == Answer(text="Hello", end=End(FinishReason.STOP, Usage(), None, ""))


async def test_what_an_error_comes_with_is_counted() -> None:
    failed = event('{"delta":{"content":""},"finish_reason":"error"}', f'{USED},"error":{{"code":502}}')

    with pytest.raises(ProviderError) as caught:
        await answer_to(HELLO, failed)

    assert caught.value.told
    assert caught.value.told.usage == COUNTED


async def test_stream_of_nothing_is_a_cut_connection() -> None:
    with pytest.raises(ProviderError) as caught:
        await answer_to(b": hello\n\n")

    assert caught.value.sentence == "Acme cut the connection before the answer was complete. Try again."


@pytest.mark.parametrize(
    "piece",
    [event('{"delta":{"content":"' + "x" * 1024 * 1024 + '"}}'), b"data: " + b"x" * 1024 * 1024, b":" * 1024 * 1024],
)
async def test_output_beyond_the_cap_is_cut_off(piece: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        await answer_to(*[piece] * 17)

    assert (caught.value.code, caught.value.permanent) == (FailureCode.TOO_LARGE, True)


async def test_json_answer_instead_of_a_stream_is_read() -> None:
    body = b'{"id":"x","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}'

    answer = await ask(client_for(Bytes([body]), content_type="application/json"), ENDPOINT, request_to("m"))

    assert answer == Answer(text="Hello", end=End(FinishReason.STOP, Usage(), None, "x"))


async def test_closing_the_generator_closes_the_response() -> None:
    body = Bytes([HELLO] * 100)
    chunks = stream(client_for(body), ENDPOINT, request_to("m"))

    await anext(chunks)
    await chunks.aclose()

    assert body.is_closed
