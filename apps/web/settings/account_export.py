"""The download of everything that a person keeps here: a ZIP archive that is made while it is sent."""

from collections.abc import AsyncIterator
from zipfile import ZIP_DEFLATED, ZipFile

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.runs.reading.account import export_account, export_own_run, own_run_ids
from apps.web.requests import SignedInRequest


@never_cache
@login_required
@require_POST
def export_own_data(request: SignedInRequest) -> StreamingHttpResponse:
    """Serve the account and all its runs as one file; an archive of any size takes the memory of its largest run."""
    name = f"fusionweb-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    user = User.objects.get(pk=request.user.pk)  # the request's own is looked up late, and then from the event loop
    return StreamingHttpResponse(_archive(user), content_type="application/zip", headers=headers)


class _Written:
    """A file that only grows: what ``ZipFile`` writes to it is taken away piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: there is nothing behind it."""

    def close(self) -> None:
        """Do nothing: what was written stays to be taken."""

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


async def _archive(user: User) -> AsyncIterator[bytes]:
    """Yield the archive, a run at a time. Rows are read and packed in the request's thread, not in the event loop."""
    file = _Written()
    archive = ZipFile(file, "w", ZIP_DEFLATED)

    def add_account() -> list[str]:
        archive.writestr("account.json", export_account(user))
        return own_run_ids(user)

    def add_run(public_id: str) -> None:
        if (exported := export_own_run(user, public_id)) is not None:
            name, text = exported
            archive.writestr(f"runs/{name}", text)

    public_ids = await sync_to_async(add_account)()
    yield file.take()
    for public_id in public_ids:
        await sync_to_async(add_run)(public_id)
        yield file.take()
    archive.close()
    yield file.take()
