"""Files of prompts: read within the site's limits, kept until their run begins, and checked when it does."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.files import BadFile, PromptFile
from apps.fusion.prompting.files import numbered_files
from apps.fusion.values import Message
from apps.lookup.files import FileLimits, read_file
from apps.runs.models import PendingFile, Source

KEPT_FOR = timedelta(days=2)
"""The time for which a file waits for its prompt to be sent."""
MOST_PENDING = 50
"""Files that wait for one person's prompts."""


def read_prompt_file(name: str, body: bytes) -> PromptFile:
    """Return a file as text; raise :class:`~apps.fusion.files.BadFile`. A PDF takes up to 20 s."""
    return read_file(name, body, FileLimits(settings.FILE_BYTES, settings.FILE_CHARACTERS))


def keep_pending(owner: User, file: PromptFile) -> PendingFile:
    """Keep a file until its prompt is sent; of too many the oldest go."""
    kept = PendingFile.objects.create(owner=owner, content=file)
    newest = owner.pending_files.order_by("-created_at", "-pk").values("pk")[:MOST_PENDING]
    owner.pending_files.exclude(pk__in=newest).delete()
    return kept


def pending_files(owner: User, public_ids: Sequence[str]) -> list[PendingFile]:
    """Return a person's files with these ids, in this order; those that are gone are left out."""
    found = {file.public_id: file for file in owner.pending_files.filter(public_id__in=public_ids)}
    return [found[one] for one in dict.fromkeys(public_ids) if one in found]


def forget_pending(owner: User, files: Iterable[PendingFile]) -> None:
    """Delete files whose prompt was sent: their text is in the run."""
    owner.pending_files.filter(pk__in=[file.pk for file in files]).delete()


def delete_old_files() -> None:
    """Delete the files whose prompt was not sent for too long."""
    old_files().delete()


def old_files() -> QuerySet[PendingFile]:
    """Return those that :func:`delete_old_files` deletes."""
    return PendingFile.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)


def check_files(messages: Sequence[Message]) -> None:
    """Raise :class:`BadFile` if a message has too many files, or a conversation too much text of them."""
    if any(message.files and message.role != "user" for message in messages):
        raise BadFile("Only a user's turn can have files.", "files")
    most = settings.FILES_PER_PROMPT
    if any(len(message.files) > most for message in messages):
        raise BadFile(f"A prompt takes at most {most} files. Remove some.", "files")
    size = sum(len(file.text) for file in numbered_files(messages).values())
    limit = most * settings.FILE_CHARACTERS
    if size > limit:
        sentence = f"The files of the conversation have {size:,} characters; the limit is {limit:,}. Begin a new run."
        raise BadFile(sentence, "files")


def check_room(owner: User, messages: Sequence[Message]) -> None:
    """Raise :class:`BadFile` if the runs of an account would keep more files, or bytes of them, than one may.

    Counted are the files of each run that still has them, those in the bin included, by their size as they came. Of
    two runs that begin in the same moment both may fit where one would have.
    """
    wanted = numbered_files(messages).values()
    if not wanted:
        return
    # The first sources of a run are its files: they alone have a size.
    kept = Source.objects.filter(run__owner=owner, size__isnull=False).aggregate(count=Count("pk"), size=Sum("size"))
    count, size = kept["count"] + len(wanted), (kept["size"] or 0) + sum(file.size for file in wanted)
    most, room = settings.FILES_PER_ACCOUNT, settings.FILE_BYTES_PER_ACCOUNT
    if count > most:
        over = f"With this prompt your runs would keep {count:,} files; the limit is {most:,}."
    elif size > room:
        over = f"With this prompt your runs would keep {size:,} bytes of files; the limit is {room:,}."
    else:
        return
    raise BadFile(f"{over} Delete runs with files, and empty the bin, or go on without.", "files")
