"""Bodies as bytes, unpacked within bounds: a vendor's few hundred bytes must not become gigabytes here.

The HTTP library unpacks every layer of ``Content-Encoding`` at once and without a limit. Here at most one layer is
unpacked, piece by piece, so that whoever reads can stop at a limit of its own. No encoding is asked for.
"""

import zlib
from collections.abc import AsyncGenerator, Iterator

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.providers import errors
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError

ACCEPT_ENCODING = "identity"
"""The value of ``Accept-Encoding`` in every request to a vendor."""

MAX_PIECE_BYTES = 64 * 1024
"""The most that is unpacked before the reader is asked again."""

ZLIB = ("gzip", "x-gzip", "deflate")
ZLIB_OR_GZIP_HEADER = 32 + zlib.MAX_WBITS


async def unpacked(response: httpx.Response, endpoint: Endpoint) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces, unpacked from one layer of gzip or deflate if it is packed.

    Raises `ProviderError` (bad_stream): permanent for several layers and for encodings that were not asked for.
    """
    if response.is_stream_consumed:  # its bytes are in memory already, as in tests
        yield response.content
        return
    layers = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",")]
    layers = [name for name in layers if name not in ("", "identity")]
    if len(layers) > 1 or any(name not in ZLIB for name in layers):
        raise _packed(endpoint, layers)
    unpacker = _Unpacker() if layers else None
    async for piece in response.aiter_raw():
        try:
            for part in unpacker.feed(piece) if unpacker else (piece,):
                yield part
        except zlib.error as error:
            raise errors.undecodable(endpoint) from error


class _Unpacker:
    """One layer of gzip or deflate; a gzip file may consist of several members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(ZLIB_OR_GZIP_HEADER)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        while True:
            part = self._member.decompress(piece, MAX_PIECE_BYTES)
            if part:
                yield part
            piece = self._member.unconsumed_tail
            if self._member.eof and self._member.unused_data:
                piece = self._member.unused_data
                self._member = zlib.decompressobj(ZLIB_OR_GZIP_HEADER)
            elif not piece and len(part) < MAX_PIECE_BYTES:  # else more may wait inside the member
                return


def _packed(endpoint: Endpoint, layers: list[str]) -> ProviderError:
    names = ", ".join(layers)[:40]
    return ProviderError(
        f"{endpoint.name} packs its answers ({names}), which was not asked for. Check the base URL or its proxy.",
        FailureCode.BAD_STREAM,
        permanent=True,
    )
