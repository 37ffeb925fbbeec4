"""The page on which a person imports an archive."""

from typing import IO

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.archives.export import Progress
from apps.archives.faults import BadArchive
from apps.archives.importing import Imported, alone, import_archive, to_one
from apps.archives.opening import Bounds
from apps.web.formats import counted, size_words
from apps.web.progress import ProgressLine
from apps.web.requests import SignedInRequest

LONGEST_S = 300
ON_THE_PAGE = Bounds(unpacked=2**30, line=32 * 2**20, marks=1_000_000, lines=20_000, seconds=LONGEST_S)
"""The most of an archive that is imported while somebody waits for the page."""


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: SignedInRequest) -> HttpResponse:
    """Render the page; import the archive that is sent, all of it or nothing, and say what came of it."""
    if request.method != "POST":
        return _page(request)
    file = request.FILES.get("archive")
    if not isinstance(file, UploadedFile) or file.file is None:
        return _page(request, "Choose an archive first.")
    try:
        said = _import(file.file, User.objects.get(pk=request.user.pk), request.POST.get("progress", ""))
    except BadArchive as error:
        return _page(request, error.sentence)
    messages.success(request, said)
    return redirect("web:import")


def _import(file: IO[bytes], user: User, token: str) -> str:
    """Import an archive, and return what came of it: once, also where the button was pressed again meanwhile.

    The page sends the same token until it has an answer, or another archive is chosen. Raise :class:`BadArchive`.
    """
    line = ProgressLine(user, token)

    def tell(progress: Progress) -> None:
        line.tell(progress.done, progress.total)

    with alone(user, LONGEST_S):
        said = line.ended()
        if said:
            return said
        try:
            said = result_sentence(import_archive(file, to_one(user), bounds=ON_THE_PAGE, told=tell))
        finally:
            line.end(said)
    return said


def result_sentence(imported: Imported) -> str:
    """Return what an import has written, in a sentence or two."""
    parts = [
        counted(imported.runs, "run"),
        counted(imported.templates, "template"),
        "1 batch" if imported.batches == 1 else f"{imported.batches:,} batches",
        counted(imported.files, "batch file"),
        "1 thing kept under a name" if imported.kept == 1 else f"{imported.kept:,} things kept under names",
    ]
    numbers = (imported.runs, imported.templates, imported.batches, imported.files, imported.kept)
    said = [part for part, number in zip(parts, numbers, strict=True) if number]
    if not said:
        return "There was nothing new in the archive."
    sentence = f"Imported: {', '.join(said)}."
    if imported.renamed:
        sentence += f" {counted(imported.renamed, 'run')} got a new id, as the old one was taken."
    return sentence


def _page(request: SignedInRequest, problem: str = "") -> HttpResponse:
    context = {"problem": problem, "most": size_words(settings.BODY_LIMIT), "most_bytes": settings.BODY_LIMIT}
    return render(request, "settings/import.html", context, status=400 if problem else 200)
