"""The files of a form: those that wait for its prompt, those that an edited run had already, and those sent with it."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.fusion.files import BadFile, PromptFile
from apps.fusion.tokens import count_tokens
from apps.fusion.values import Message
from apps.runs.files import forget_pending, keep_pending, pending_files, read_prompt_file
from apps.runs.models import PendingFile
from apps.web.formats import counted, size_words
from apps.web.requests import SignedInRequest

PREVIEW = 20_000
"""Characters of a file that the form shows."""
GONE = "A file is not kept any more. Attach it again."


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of the form as it is shown: ``field`` and ``value`` are those of the box that keeps it."""

    file: PromptFile
    field: str
    value: str

    @property
    def tokens(self) -> int:
        return count_tokens(self.file.text)

    @property
    def facts(self) -> str:
        """Its pages, size and tokens."""
        pages = [counted(self.file.pages, "page")] if self.file.pages else []
        return ", ".join([*pages, size_words(self.file.size), f"about {counted(self.tokens, 'token')}"])

    @property
    def preview(self) -> str:
        return self.file.text[:PREVIEW]

    @property
    def is_cut(self) -> bool:
        return len(self.file.text) > PREVIEW


@dataclass(frozen=True, slots=True)
class AttachedFiles:
    """The files of a form, in the order in which they are sent, and what is wrong with the others."""

    shown: tuple[AttachedFile, ...] = ()
    pending: tuple[PendingFile, ...] = ()
    problem: str = ""

    @property
    def files(self) -> tuple[PromptFile, ...]:
        return tuple(one.file for one in self.shown)

    @property
    def problems(self) -> dict[str, str]:
        """Return the problem of the field, or none."""
        return {"files": self.problem} if self.problem else {}

    def forget(self, user: User) -> None:
        """Let the files wait no longer: their prompt was sent."""
        forget_pending(user, self.pending)


NO_FILES = AttachedFiles()


def attached_files(user: User, form: QueryDict, earlier: Message | None = None) -> AttachedFiles:
    """Return the files that a form names: by number those of ``earlier``, by id those that wait."""
    numbers, ids = set(form.getlist("keep_file")), form.getlist("file")[: 2 * settings.FILES_PER_PROMPT]
    kept = [
        AttachedFile(file, "keep_file", f"{number}")
        for number, file in enumerate(earlier.files if earlier else ())
        if f"{number}" in numbers
    ]
    pending = pending_files(user, [one.replace("\0", "") for one in ids]) if ids else []
    problem = GONE if len(pending) < len(set(ids)) else ""
    return AttachedFiles((*kept, *map(_waiting, pending)), tuple(pending), problem)


def files_of_copy(earlier: Message) -> AttachedFiles:
    """Return all files of the message that an edited run is a copy of."""
    numbered = enumerate(earlier.files)
    return AttachedFiles(tuple(AttachedFile(file, "keep_file", f"{number}") for number, file in numbered))


def read_files(request: SignedInRequest, earlier: Message | None = None) -> AttachedFiles:
    """Return the files that a form names, then those that a browser without scripts sent with it.

    What can be read waits with the rest, so that a form that comes back has it still.
    """
    attached = attached_files(request.user, request.POST, earlier)
    pending, problems = list(attached.pending), [attached.problem]
    room = settings.FILES_PER_PROMPT - len(attached.shown)
    for upload in [one for one in request.FILES.getlist("upload") if one.name]:
        if room <= 0:
            problems.append(_too_many())
            break
        try:
            file = read_prompt_file(upload.name or "", upload.read(settings.FILE_BYTES + 1))
        except BadFile as error:
            problems.append(error.sentence)
            continue
        pending.append(keep_pending(request.user, file))
        room -= 1
    shown = [one for one in attached.shown if one.field == "keep_file"]
    return AttachedFiles((*shown, *map(_waiting, pending)), tuple(pending), " ".join(filter(None, problems)))


@login_required
@require_POST
def read_file(request: SignedInRequest) -> JsonResponse:
    """For a script: read one file, and answer with it as HTML with the field that names it, or with its ``problem``.

    The status is 200 in both cases: a browser would take any other for a fault of the page.
    """
    uploads = request.FILES.getlist("upload")
    if len(uploads) != 1:
        return _refused("Attach one file at a time.")
    try:
        file = read_prompt_file(uploads[0].name or "", uploads[0].read(settings.FILE_BYTES + 1))
    except BadFile as error:
        return _refused(error.sentence)
    attached = _waiting(keep_pending(request.user, file))
    return JsonResponse({"html": render_to_string("compose/file.html", {"attached": attached}, request)})


def files_in_form(request: HttpRequest, saved: QueryDict | None) -> AttachedFiles:
    """Return the files of a draft that was kept."""
    user = request.user
    return attached_files(user, saved) if saved and isinstance(user, User) else NO_FILES


def _waiting(file: PendingFile) -> AttachedFile:
    return AttachedFile(file.content, "file", file.public_id)


def _too_many() -> str:
    return f"A prompt takes at most {settings.FILES_PER_PROMPT} files. Remove some."


def _refused(sentence: str) -> JsonResponse:
    return JsonResponse({"problem": sentence})
