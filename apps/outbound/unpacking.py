"""Bodies as bytes, unpacked within bounds: a server's few hundred bytes must not become gigabytes here.

The HTTP library unpacks every layer of ``Content-Encoding`` at once and without a limit. Here at most one layer is
unpacked, piece by piece, so that whoever reads can stop at a limit of its own.
"""

import zlib
from collections.abc import AsyncGenerator, Iterator

import httpx

ACCEPT_ENCODING = "identity"
"""The value of ``Accept-Encoding`` where no packing is asked for."""

MAX_PIECE_BYTES = 64 * 1024
"""The most that is unpacked before the reader is asked again."""

ZLIB = ("gzip", "x-gzip", "deflate")
ZLIB_OR_GZIP_HEADER = 32 + zlib.MAX_WBITS


class Packed(Exception):
    """A body that is not unpacked. ``layers`` are its encodings; none if it breaks the rules of the one that it has."""

    def __init__(self, layers: tuple[str, ...] = ()) -> None:
        super().__init__(", ".join(layers))
        self.layers = layers


async def unpacked(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces, unpacked from one layer of gzip or deflate if it is packed.

    Raises :class:`Packed` for several layers, for other encodings and for a body that is damaged.
    """
    if response.is_stream_consumed:  # its bytes are in memory already, as in tests
        yield response.content
        return
    unpacker = unpacker_for(response)
    async for piece in response.aiter_raw():
        for part in unpacker.feed(piece) if unpacker else (piece,):
            yield part


def unpacker_for(response: httpx.Response) -> "Unpacker | None":
    """Return what unpacks a body, ``None`` for one that is not packed. Raises :class:`Packed`."""
    layers = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",")]
    layers = [name for name in layers if name not in ("", "identity")]
    if len(layers) > 1 or any(name not in ZLIB for name in layers):
        raise Packed(tuple(layers))
    return Unpacker() if layers else None


class Unpacker:
    """One layer of gzip or deflate; a gzip file may consist of several members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(ZLIB_OR_GZIP_HEADER)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what a piece of the body holds. Raises :class:`Packed` if it is damaged."""
        while True:
            try:
                part = self._member.decompress(piece, MAX_PIECE_BYTES)
            except zlib.error as error:
                raise Packed from error
            if part:
                yield part
            piece = self._member.unconsumed_tail
            if self._member.eof and self._member.unused_data:
                piece = self._member.unused_data
                self._member = zlib.decompressobj(ZLIB_OR_GZIP_HEADER)
            elif not piece and len(part) < MAX_PIECE_BYTES:  # else more may wait inside the member
                return
