"""Streams that are read in step: fewer reads, the same bytes, and no waiting for the first words."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest

from apps.providers import batched_reads

PACE_S = 0.2
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def server(pieces, every_s):
    """Answers a request with so many pieces, one every ``every_s`` seconds, each with its number."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        with suppress(ConnectionError):
            for number in range(pieces):
                writer.write(b"3\r\n%02d \r\n" % number)
                await writer.drain()
                await asyncio.sleep(every_s)
            writer.write(b"0\r\n\r\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        answered.set()

    answered = asyncio.Event()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        await answered.wait()


async def read(pace_s, url):
    """The pieces of an answer with the moment (s) at which each was read."""
    began = time.monotonic()
    async with batched_reads.client(pace_s) as client, client.stream("GET", url) as response:
        return [(piece, time.monotonic() - began) async for piece in response.aiter_raw()]


async def test_pieces_that_come_between_two_ticks_are_read_together(monkeypatch):
    reads, read_stream = [0], batched_reads._PacedStream.read

    async def counted(self, *args, **options):
        reads[0] += 1
        return await read_stream(self, *args, **options)

    monkeypatch.setattr(batched_reads, "FEW", 0)
    monkeypatch.setattr(batched_reads._PacedStream, "read", counted)
    async with server(pieces=60, every_s=0.01) as url:
        paced = await read(PACE_S, url)

    assert [piece for piece, _ in paced] == [b"%02d " % number for number in range(60)]
    ticks = paced[-1][1] / PACE_S  # on a busy machine the pieces come later, and more ticks go by
    assert reads[0] <= batched_reads.EAGER_READS + ticks + 2


async def test_first_words_do_not_wait_for_a_tick(monkeypatch):
    monkeypatch.setattr(batched_reads, "FEW", 0)
    async with (
        server(pieces=2, every_s=0.05) as url,
        batched_reads.client(3600) as client,
        client.stream("GET", url) as response,
    ):
        assert await anext(response.aiter_raw()) == b"00 "


class Plain:
    """A connection that always has something to read."""

    async def read(self, *_):
        return b"x"

    async def write(self, *_):
        pass

    async def start_tls(self, *_, **__):
        return self


async def test_second_answer_on_a_connection_begins_at_once_too(monkeypatch):
    monkeypatch.setattr(batched_reads, "FEW", 0)
    stream = batched_reads._PacedStream(Plain(), batched_reads._Pace(3600))
    for _ in range(3):
        await stream.write(b"ask")

        begun = [await stream.read(9) for _ in range(batched_reads.EAGER_READS)]

        assert begun == [b"x"] * batched_reads.EAGER_READS
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.read(9), 0.05)


class Silent(Plain):
    """A connection on which nothing comes."""

    async def read(self, *_):
        await asyncio.Event().wait()


@pytest.mark.parametrize("others, is_paced", [(batched_reads.FEW - 1, False), (batched_reads.FEW, True)])
async def test_a_few_streams_are_read_as_they_come(others, is_paced):
    pace = batched_reads._Pace(3600)
    reading = [asyncio.create_task(batched_reads._PacedStream(Silent(), pace).read(9)) for _ in range(others)]
    await asyncio.sleep(0)
    stream = batched_reads._PacedStream(Plain(), pace)

    async def read_on():
        return [await stream.read(9) for _ in range(batched_reads.EAGER_READS + 1)]

    if is_paced:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read_on(), 0.05)
    else:
        assert await read_on() == [b"x"] * (batched_reads.EAGER_READS + 1)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    assert pace.readers == 0


async def test_encrypted_connections_are_paced_as_well():
    assert isinstance(
        await batched_reads._PacedStream(Plain(), batched_reads._Pace(1)).start_tls(), batched_reads._PacedStream
    )


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
@pytest.mark.parametrize("pace_s", [0, 0.04])
async def test_a_proxy_of_the_environment_is_used(monkeypatch, name, pace_s):
    async with server(pieces=2, every_s=0) as proxy:
        monkeypatch.setenv(name, proxy)
        async with batched_reads.client(pace_s) as client:
            answer = await client.get("http://vendor.test/")

    assert answer.text == "00 01 "
