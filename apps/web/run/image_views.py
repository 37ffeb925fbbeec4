"""The images of a prompt, one at a time, for the pages that show them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.fusion.images import BadImage, decoded
from apps.fusion.values import Message
from apps.runs.models import Run, Share
from apps.runs.sharing import read_share
from apps.web.run.share_views import for_link
from apps.web.run.views import for_reader

KEEP_S = 3600


@require_safe
@for_reader
def run_image(_request: HttpRequest, run: Run, turn: int, number: int) -> HttpResponse:
    """Serve an image of a run: number ``number`` of the message ``turn``, both from 0."""
    return _image(run.messages, turn, number)


@require_safe
@for_link
def share_image(_request: HttpRequest, share: Share, turn: int, number: int) -> HttpResponse:
    """Serve an image of a shared run."""
    return _image(read_share(share).messages, turn, number)


def _image(messages: tuple[Message, ...], turn: int, number: int) -> HttpResponse:
    try:
        media, content = decoded(messages[turn].images[number])
    except (IndexError, BadImage):
        raise Http404("There is no such image.") from None
    answer = HttpResponse(content, content_type=media)
    answer["Cache-Control"] = f"private, max-age={KEEP_S}"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
