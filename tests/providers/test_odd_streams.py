"""Streams that are framed or end in odd ways: the answer is read all the same, or the vendor's reason is told."""

import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers.errors import ProviderError
from tests.providers.asking import Answer, Bytes, ask, client_for, endpoint_at, request_to

ENDPOINT = endpoint_at("http://vendor.test/v1")
HELLO = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


async def answer_to(*pieces: bytes, into: Answer | None = None) -> Answer:
    return await ask(client_for(Bytes(list(pieces))), ENDPOINT, request_to("m"), into=into)


@pytest.mark.parametrize("prefix", [b"data: ", b"data:", b"data: data:"])
async def test_events_that_are_framed_twice_are_read(prefix: bytes) -> None:
    twice = [piece.replace(b"data: ", b"data: " + prefix) for piece in (HELLO, STOP, DONE)]

    assert (await answer_to(*twice)).text == "Hello"


@pytest.mark.parametrize(
    "data, code, is_permanent",
    [
        ('{"status_code":429,"error":{"message":"Tokens per minute","code":""}}', FailureCode.RATE_LIMITED, False),
        ('{"status":400,"error":{"message":"No","type":"x"}}', FailureCode.INVALID_REQUEST, True),
        ('{"choices":[],"x_groq":{"error":"over_capacity"}}', FailureCode.OVERLOADED, False),
        (
            '{"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"error":"boom"}}',
            FailureCode.UPSTREAM_ERROR,
            False,
        ),
    ],
)
async def test_reason_beside_an_error_is_read(data: str, code: FailureCode, is_permanent: bool) -> None:
    answer = Answer()

    with pytest.raises(ProviderError) as caught:
        await answer_to(HELLO, b"data: " + data.encode() + b"\n\n", into=answer)

    assert (answer.text, caught.value.code, caught.value.permanent) == ("Hello", code, is_permanent)
