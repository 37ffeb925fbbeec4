"""The images of a sent form: files that were attached, and those that an edited run had already."""

from dataclasses import dataclass

from apps.fusion.images import LARGEST_BYTES, MOST_IMAGES, BadImage, data_url
from apps.fusion.values import Message
from apps.web.requests import SignedInRequest

LOST_IMAGES = "Attach the images again: a browser does not keep them."


@dataclass(frozen=True, slots=True)
class Attached:
    """Data URLs, ready to send; or what is wrong with the files."""

    urls: tuple[str, ...] = ()
    problem: str = ""


def read_images(request: SignedInRequest, earlier: Message | None) -> Attached:
    """Return the images of ``earlier`` that are kept, then the files.

    Those kept are named by their numbers, from 0, in ``keep_image``. Each file is read up to the limit only.
    """
    numbers = set(request.POST.getlist("keep_image"))
    images = earlier.images if earlier else ()
    kept = tuple(image for number, image in enumerate(images) if str(number) in numbers)
    files = request.FILES.getlist("image")
    if len(kept) + len(files) > MOST_IMAGES:
        return Attached(problem=f"A prompt takes at most {MOST_IMAGES} images. Remove some.")
    try:
        fresh = tuple(data_url(file.read(LARGEST_BYTES + 1)) for file in files if file.size)
    except BadImage as error:
        return Attached(problem=error.sentence)
    return Attached(kept + fresh)


def lost_images(request: SignedInRequest) -> dict[str, str]:
    """Return the problem of files when the form comes back, or none. Images of an edited run stay in that run."""
    has_files = any(file.size for file in request.FILES.getlist("image"))
    return {"images": LOST_IMAGES} if has_files else {}


def announced_images(request: SignedInRequest) -> tuple[str, ...]:
    """Return '' for each image of a form that is not sent yet: a script counts the files."""
    typed = request.POST.get("images", "")
    files = int(typed) if typed.isdecimal() and len(typed) < 3 else 0
    return ("",) * min(MOST_IMAGES, files + len(request.POST.getlist("keep_image")))
