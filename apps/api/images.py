"""Pictures in requests: data URLs, checked."""

from collections.abc import Mapping

from apps.api.errors import ApiError
from apps.api.files import NO_SPACE
from apps.fusion.images import MOST_IMAGES, BadImage, check_images

NOT_FETCHED = (
    "Send pictures as data URLs (data:image/png;base64,…) of PNG, JPEG, GIF or WebP; nothing is fetched from the web."
)


def images_of(urls: Mapping[str, str], turn: str) -> tuple[str, ...]:
    """Return the pictures of a turn without white space, given as data URLs by the paths of their parameters.

    Raises :class:`ApiError` that names the parameter, or the ``turn`` if it has too many.
    """
    if len(urls) > MOST_IMAGES:
        raise ApiError(400, "unsupported_image", f"A turn takes at most {MOST_IMAGES} images. Remove some.", turn)
    return tuple(_image(url, path) for path, url in urls.items())


def _image(url: str, path: str) -> str:
    if not url.startswith("data:"):
        raise ApiError(400, "unsupported_image", NOT_FETCHED, path)
    whole = url.translate(NO_SPACE)
    try:
        check_images([whole])
    except BadImage as error:
        raise ApiError(400, "unsupported_image", error.sentence, path) from None
    return whole
