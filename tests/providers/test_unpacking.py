"""Packed bodies: one layer at most, and never more at once than a piece."""

import asyncio
import tracemalloc
import zlib
from functools import cache

import httpx
import pytest

from apps.fusion.vocabulary import FailureCode
from apps.providers.dialects import LIST_MODELS, Dialect
from apps.providers.errors import ProviderError
from apps.providers.unpacking import MAX_PIECE_BYTES, unpacked
from tests.providers.asking import Bytes, ask, client_for, endpoint_at, request_to

ENDPOINT = endpoint_at("http://vendor.test/v1")
MB = 2**20
MOST_BYTES = 80 * MB
ZEROS = 128 * MB


def gzip(*parts: bytes, times: int = 1) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(part) for part in parts for _ in range(times)) + packer.flush()


@cache
def bomb(layers: int) -> bytes:
    """Return zeros that were packed so often. Not made where the file is read, which every parallel worker does."""
    return gzip(bomb(layers - 1)) if layers > 1 else gzip(b"\0" * MB, times=ZEROS // MB)


def peak_of(encoding: str, status: int, *, is_list: bool, dialect: Dialect) -> tuple[ProviderError, int]:
    """The failure, and the most bytes that were held meanwhile."""

    async def act() -> None:
        client = client_for(Bytes([bomb(encoding.count("gzip"))]), status=status, content_encoding=encoding)
        if is_list:
            await LIST_MODELS[dialect](client, ENDPOINT)
        else:
            await ask(client, ENDPOINT, request_to("m"), dialect=dialect)

    tracemalloc.start()
    try:
        with pytest.raises(ProviderError) as caught:
            asyncio.run(act())
        return caught.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("is_list", [False, True])
@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "gzip, gzip, gzip"])
def test_bomb_takes_no_more_than_an_answer_may(encoding: str, is_list: bool, dialect: Dialect) -> None:
    failure, peak = peak_of(encoding, 200, is_list=is_list, dialect=dialect)

    assert (failure.permanent, peak < MOST_BYTES) == (True, True), peak
    assert failure.code == (FailureCode.TOO_LARGE if encoding == "gzip" else FailureCode.BAD_STREAM)


def test_bomb_in_an_error_body_is_read_as_far_as_an_error_may_go() -> None:
    failure, peak = peak_of("gzip", 500, is_list=False, dialect=Dialect.OPENAI)

    assert (failure.code, failure.status, peak < 8 * MB) == (FailureCode.UPSTREAM_ERROR, 500, True)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "deflate, gzip", "aws-chunked"])
async def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(client_for(Bytes([b"x"]), content_encoding=encoding), ENDPOINT, request_to("m"))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.BAD_STREAM, True)
    assert caught.value.sentence.startswith(f"Acme packs its answers ({encoding})")


@pytest.mark.parametrize(
    "encoding, packed",
    [
        ("gzip", gzip(b"Hello ") + gzip(b"world")),
        ("x-gzip", gzip(b"Hello world")),
        ("deflate", zlib.compress(b"Hello world")),
        ("identity", b"Hello world"),
        ("", b"Hello world"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_one_layer_is_unpacked_however_it_is_cut(encoding: str, packed: bytes, size: int) -> None:
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    response = httpx.Response(200, headers={"content-encoding": encoding}, stream=Bytes(pieces))

    assert b"".join([piece async for piece in unpacked(response, ENDPOINT)]) == b"Hello world"


async def test_no_piece_is_larger_than_the_limit_and_none_is_lost() -> None:
    response = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bytes([gzip(b"\0" * MB, times=3)]))

    sizes = [len(piece) async for piece in unpacked(response, ENDPOINT)]

    assert (max(sizes), sum(sizes)) == (MAX_PIECE_BYTES, 3 * MB)


async def test_bytes_that_are_not_packed_as_said_are_a_failure() -> None:
    with pytest.raises(ProviderError) as caught:
        await ask(client_for(Bytes([b"data: x"]), content_encoding="gzip"), ENDPOINT, request_to("m"))

    assert (caught.value.code, caught.value.permanent) == (FailureCode.BAD_STREAM, False)


@pytest.mark.parametrize("dialect", list(Dialect))
async def test_no_packing_is_asked_for_whatever_headers_are_entered(dialect: Dialect) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return httpx.Response(500)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    endpoint = endpoint_at("http://vendor.test/v1", headers={"Accept-encoding": "gzip"})
    for act in (ask(client, endpoint, request_to("m"), dialect=dialect), LIST_MODELS[dialect](client, endpoint)):
        with pytest.raises(ProviderError):
            await act

    assert asked == ["identity", "identity"]
