"""The page on which a person imports an archive."""

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
from apps.archives.importing import Imported, import_archive, to_one
from apps.archives.opening import Bounds
from apps.web.formats import counted, size_words
from apps.web.progress import ProgressLine
from apps.web.requests import SignedInRequest

ON_THE_PAGE = Bounds(unpacked=2**30, line=32 * 2**20, marks=1_000_000, lines=20_000, seconds=300)
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
    user = User.objects.get(pk=request.user.pk)
    line = ProgressLine(user, request.POST.get("progress", ""))

    def tell(progress: Progress) -> None:
        line.tell(progress.done, progress.total)

    try:
        imported = import_archive(file.file, to_one(user), bounds=ON_THE_PAGE, told=tell)
    except BadArchive as error:
        return _page(request, error.sentence)
    finally:
        line.end("")
    messages.success(request, result_sentence(imported))
    return redirect("web:import")


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
