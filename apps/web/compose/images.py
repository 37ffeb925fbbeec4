"""The images of a sent form: files that were attached, and those that an edited run had already."""

from dataclasses import dataclass

from apps.fusion.images import LARGEST_BYTES, MOST_IMAGES, BadImage, data_url
from apps.fusion.values import Message
from apps.web.requests import SignedInRequest


@dataclass(frozen=True, slots=True)
class Attached:
    """Data URLs, ready to send; or what is wrong with the files."""

    urls: tuple[str, ...] = ()
    problem: str = ""


def read_images(request: SignedInRequest, earlier: Message | None) -> Attached:
    """The images that were kept of ``earlier``, then the files. Each file is read up to the limit only."""
    kept = kept_images(request, earlier)
    files = request.FILES.getlist("image")
    if len(kept) + len(files) > MOST_IMAGES:
        return Attached(problem=f"A prompt takes at most {MOST_IMAGES} images. Remove some.")
    try:
        fresh = tuple(data_url(file.read(LARGEST_BYTES + 1)) for file in files if file.size)
    except BadImage as error:
        return Attached(problem=error.sentence)
    return Attached(kept + fresh)


def lost_images(request: SignedInRequest) -> str:
    """What to say of the files when the form comes back; '' without files. Images of an edited run stay in it."""
    has_files = any(file.size for file in request.FILES.getlist("image"))
    return "Attach the images again: a browser does not keep them." if has_files else ""


def kept_images(request: SignedInRequest, earlier: Message | None) -> tuple[str, ...]:
    """Those images of an edited run's prompt that stay: their numbers, from 0, are ``keep_image``."""
    numbers = set(request.POST.getlist("keep_image"))
    images = earlier.images if earlier else ()
    return tuple(image for number, image in enumerate(images) if str(number) in numbers)


def count_of_images(request: SignedInRequest) -> int:
    """How many images the form holds, as far as is known before it is sent: a script counts the files."""
    typed = request.POST.get("images", "")
    files = int(typed) if typed.isdecimal() and len(typed) < 3 else 0
    return min(MOST_IMAGES, files + len(request.POST.getlist("keep_image")))
