"""Bodies of vendors as bytes, with faults of their packing turned into ours (:mod:`apps.outbound.unpacking`)."""

from collections.abc import AsyncGenerator

import httpx

from apps.fusion.vocabulary import FailureCode
from apps.outbound.unpacking import ACCEPT_ENCODING, MAX_PIECE_BYTES, Packed, unpacker_for
from apps.providers import errors
from apps.providers.base import Endpoint
from apps.providers.errors import ProviderError

__all__ = ["ACCEPT_ENCODING", "MAX_PIECE_BYTES", "unpacked"]


async def unpacked(response: httpx.Response, endpoint: Endpoint) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces, unpacked from one layer of gzip or deflate if it is packed.

    Raises `ProviderError` (bad_stream): permanent for several layers and for encodings that were not asked for.
    """
    if response.is_stream_consumed:  # its bytes are in memory already, as in tests
        yield response.content
        return
    try:
        unpacker = unpacker_for(response)
        async for piece in response.aiter_raw():
            for part in unpacker.feed(piece) if unpacker else (piece,):
                yield part
    except Packed as error:
        if not error.layers:
            raise errors.undecodable(endpoint) from error
        names = ", ".join(error.layers)[:40]
        raise ProviderError(
            f"{endpoint.name} packs its answers ({names}), which was not asked for. Check the base URL or its proxy.",
            FailureCode.BAD_STREAM,
            permanent=True,
        ) from error
