"""The download of everything that a person keeps here: an archive that is made while it is sent."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.archives.export import Progress, write_archive
from apps.runs.reading.bulk_export import in_pieces
from apps.web.formats import counted
from apps.web.progress import ProgressLine
from apps.web.requests import SignedInRequest


@never_cache
@login_required
@require_POST
def export_own_data(request: SignedInRequest) -> StreamingHttpResponse:
    """Serve the account and all its runs as one file; an archive of any size takes the memory of its largest run."""
    name = f"fusionweb-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    user = User.objects.get(pk=request.user.pk)  # the request's own is looked up late, and then from the event loop
    pieces = _told(user, ProgressLine(user, request.POST.get("progress", "")))
    return StreamingHttpResponse(in_pieces(pieces), content_type="application/zip", headers=headers)


def _told(user: User, line: ProgressLine) -> Iterator[bytes]:
    """Yield the archive, and tell the line how far it is."""
    left_out = 0

    def tell(progress: Progress) -> None:
        nonlocal left_out
        left_out = progress.left_out
        line.tell(progress.done, progress.total)

    ended = "Stopped."
    try:
        yield from write_archive([user], tell)
        ended = f"{counted(line.done, 'run')} in the archive."
        if left_out:
            ended += f" {counted(left_out, 'run')} at work: not in it."
    finally:
        line.end(ended)
