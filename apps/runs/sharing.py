"""Links to runs and threads: made, drawn for readers, frozen when a run has ended, closed.

Whoever has a link reads a copy in which only that is left which ``reading/redaction.py`` leaves in. One of a run, or of
a thread, at work is drawn from its rows until that has ended, once for all its readers, and then frozen.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from apps.catalogue.models import Provider
from apps.fusion.refusal import Refusal
from apps.fusion.sharing import EVERYDAY, FEWEST_CHARACTERS, LONGEST_PASSAGE, MOST_PASSAGES, Shown, letters_of
from apps.runs.lifecycle.outages import is_outage
from apps.runs.lifecycle.search_rows import mark_for_indexing
from apps.runs.models import Run, Share
from apps.runs.reading.live_copies import LiveCopies
from apps.runs.reading.redaction import for_strangers, thread_for_strangers
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot, take_thread_snapshot
from apps.runs.reading.threads import Thread, thread_up_to

log = logging.getLogger(__name__)

MOST_ORIGINS = 10
"""Sites that may show a run in a frame."""
BATCH = 200

_live: LiveCopies[RunSnapshot | ThreadSnapshot] = LiveCopies()


class BadShare(Refusal):
    """A link that cannot be made so."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The readers of a link, its duration and its forms. ``lasts`` is ``None`` for a link without an end."""

    lasts: timedelta | None = None
    for_members: bool = False
    allows_json: bool = True
    embed_origins: tuple[str, ...] = ()


ANYBODY = Terms()
"""Whoever has the link reads all of its forms, until it is revoked."""


def share_run(run: Run, shown: Shown = EVERYDAY, terms: Terms = ANYBODY) -> Share:
    """Publish a run under a link that needs no account, frozen as it is now, or as it will have ended.

    The link of an earlier sharing is kept. Raises :class:`BadShare`.
    """
    return _published(_new_share(run, shown, terms))


def share_thread(thread: Thread, shown: Shown = EVERYDAY, terms: Terms = ANYBODY) -> Share:
    """Publish all turns of a thread that there are now under one link, frozen as :func:`share_run` does.

    Turns that follow later are not in it. Raises :class:`BadShare`.
    """
    share = _new_share(thread.newest, shown, terms)
    share.thread = thread.id
    return _published(share)


def clean_passages(passages: Iterable[str]) -> tuple[str, ...]:
    """Return passages to black out, each once, without empty ones. Raises :class:`BadShare`."""
    wanted = tuple(dict.fromkeys(" ".join(one.replace("\x00", "").split()) for one in passages if one.strip()))
    if len(wanted) > MOST_PASSAGES:
        raise BadShare(f"A link blacks out at most {MOST_PASSAGES} passages.", "passages")
    for passage in wanted:
        if len(letters_of(passage)) < FEWEST_CHARACTERS:
            raise BadShare(f"“{passage}” is too short to be blacked out: it takes two letters or digits.", "passages")
        if len(passage) > LONGEST_PASSAGE:
            raise BadShare(f"A passage has at most {LONGEST_PASSAGE:,} characters.", "passages")
    return wanted


def clean_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """Return sites as browsers name them, such as ``https://example.com:8000``. Raises :class:`BadShare`."""
    wanted = tuple(dict.fromkeys(_origin(one.strip()) for one in origins if one.strip()))
    if len(wanted) > MOST_ORIGINS:
        raise BadShare(f"A link is embedded by at most {MOST_ORIGINS} sites.", "embed_origins")
    return wanted


def read_share(share: Share) -> RunSnapshot | ThreadSnapshot:
    """Return the copy that a link leads to; that of a run or a thread which has ended since is frozen first."""
    if not share.is_frozen:
        if _is_at_work(share):
            return _live.get(share.pk, [share.run_id, *_turns_before(share)], lambda: _copy_of(share))
        share = freeze(share.pk)
    kind: type[RunSnapshot | ThreadSnapshot] = ThreadSnapshot if share.thread else RunSnapshot
    return kind.model_validate(share.snapshot)


def freeze(share_id: int) -> Share:
    """Keep the copy of a run that has ended; later changes do not reach it. Raises ``Share.DoesNotExist``."""
    with transaction.atomic():
        share = Share.objects.select_for_update(of=("self",)).select_related("run").get(pk=share_id, revoked_at=None)
        if not share.is_frozen:
            share.snapshot = _copy_of(share).model_dump(mode="json")
            share.is_frozen = True
            share.save(update_fields=["snapshot", "is_frozen"])
    return share


def freeze_ended() -> None:
    """Freeze the links to runs, and to threads, that have ended."""
    few = shares_to_freeze().select_related("run").only("thread", "run__ancestors")
    for share in few.order_by("pk")[:BATCH]:
        try:
            if not (share.thread and _is_at_work(share)):
                freeze(share.pk)
        except Share.DoesNotExist:
            continue
        except Exception as error:  # the boundary of a link: one that cannot be drawn does not keep the others
            if is_outage(error):
                raise
            log.exception("Link %s could not be frozen", share.pk)


def shares_to_freeze() -> QuerySet[Share]:
    """Return the links to runs that have ended, whether the thread of one is at work or not."""
    # Of each run: “not in all that are live” would read every run there is.
    live = Exists(Run.objects.live().filter(pk=OuterRef("run")))
    return Share.objects.filter(~live, revoked_at=None, is_frozen=False)


def close_expired() -> None:
    """Delete the copies of links whose time is over."""
    for share in expired_shares().order_by("expires_at")[:BATCH]:
        revoke_share(share)


def expired_shares() -> QuerySet[Share]:
    """Return the links whose time is over."""
    return Share.objects.filter(revoked_at=None, expires_at__lte=timezone.now())


def revoke_share(share: Share) -> None:
    """Close a link at once; its copy of the run is deleted with it, and what was blacked out there."""
    with transaction.atomic():
        Share.objects.filter(pk=share.pk).update(revoked_at=timezone.now(), snapshot={}, shown=None)
        mark_for_indexing([share.run_id])


def count_view(share: Share) -> None:
    """Count a reading of a link's page; nothing is noted of the reader."""
    Share.objects.filter(pk=share.pk).update(views=F("views") + 1)


def _new_share(run: Run, shown: Shown, terms: Terms) -> Share:
    if terms.for_members and terms.embed_origins:
        raise BadShare("A link for signed-in people cannot be embedded: nobody is signed in there.", "embed_origins")
    return Share(
        run=run,
        shown=shown.model_copy(update={"passages": clean_passages(shown.passages)}),
        expires_at=timezone.now() + terms.lasts if terms.lasts else None,
        for_members=terms.for_members,
        allows_json=terms.allows_json,
        embed_origins=list(clean_origins(terms.embed_origins)),
    )


def _is_at_work(share: Share) -> bool:
    """Return whether the run of a link, or any turn of its thread, is at work."""
    return Run.objects.live().filter(pk__in=[share.run_id, *_turns_before(share)]).exists()


def _turns_before(share: Share) -> list[int]:
    return share.run.ancestors if share.thread else []


def _copy_of(share: Share) -> RunSnapshot | ThreadSnapshot:
    """Return what a link shows, as it is now. Turns that were deleted since it was made are no longer there."""
    run, shown = share.run, share.shown or EVERYDAY
    if not share.thread:
        return for_strangers(take_snapshot(run), shown, _names())
    return thread_for_strangers(take_thread_snapshot(thread_up_to(run, run.owner)), shown, _names())


def _names() -> list[str]:
    return list(Provider.objects.values_list("name", flat=True))


def _published(share: Share) -> Share:
    """Store a new share, frozen unless it is of what is at work; from now on its run can be searched for as shared."""
    share.is_frozen = not _is_at_work(share)
    share.snapshot = _copy_of(share).model_dump(mode="json") if share.is_frozen else {}
    with transaction.atomic():
        share.save(force_insert=True)
        mark_for_indexing([share.run_id])
    return share


def _origin(text: str) -> str:
    refusal = BadShare(f"“{text[:80]}” is no site. Write it as https://example.com.", "embed_origins")
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise refusal from None
    host = parts.hostname or ""
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("https", "http") or not is_plain or len(text) > 190:
        raise refusal
    # Of a policy, a space or a semicolon would end the part that names sites, and a star would name all.
    if not host or not all(one.isascii() and (one.isalnum() or one in ".-") for one in host):
        raise refusal
    return f"{parts.scheme}://{host}{port}"
