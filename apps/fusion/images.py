"""Images that go with a prompt: bytes to data URLs and back. The type is read from the content, never from a name."""

import base64
import binascii
import re
from collections.abc import Sequence

from apps.fusion.refusal import Refusal

MOST_IMAGES = 4
LARGEST_BYTES = 5_000_000
_DATA_URL = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/=]+)")


class BadImage(Refusal):
    """An image cannot be sent; ``sentence`` says why and what to do."""


def data_url(content: bytes) -> str:
    """Return an image as ``data:image/png;base64,…``. Raise :class:`BadImage` if it is none of the four types."""
    if len(content) > LARGEST_BYTES:
        size = f"{len(content) / 1_000_000:.1f} MB"
        raise BadImage(f"An image has {size}; the limit is {LARGEST_BYTES // 1_000_000} MB. Make it smaller.")
    return f"data:{media_type(content)};base64,{base64.b64encode(content).decode()}"


def media_type(content: bytes) -> str:
    """Return the media type by the first bytes. Raise :class:`BadImage` unless it is PNG, JPEG, WebP or GIF."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise BadImage("Only PNG, JPEG, WebP and GIF images can be sent. Convert the file first.")


def decoded(url: str) -> tuple[str, bytes]:
    """Return media type and bytes of a data URL. Raise :class:`BadImage` unless the content has the type it claims."""
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise BadImage("An image must be a data URL of a PNG, JPEG, WebP or GIF file, in base64.")
    try:
        content = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise BadImage("An image is not sound base64. Encode it again.") from None
    if media_type(content) != match[1]:
        raise BadImage(f"An image says that it is {match[1]}, but its content is not.")
    return match[1], content


def check_images(urls: Sequence[str]) -> None:
    """Raise :class:`BadImage` unless these data URLs can go with one prompt."""
    if len(urls) > MOST_IMAGES:
        raise BadImage(f"A prompt takes at most {MOST_IMAGES} images. Remove some.")
    for url in urls:
        if len(decoded(url)[1]) > LARGEST_BYTES:
            raise BadImage(f"An image is larger than {LARGEST_BYTES // 1_000_000} MB. Make it smaller.")
