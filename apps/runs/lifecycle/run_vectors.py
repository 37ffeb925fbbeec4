"""Making the vectors of prompts: for those who look for runs like another one, and then only what is missing."""

import time

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Left

from apps.accounts.models import User
from apps.fusion.vectors import packed
from apps.runs.models import Run, RunVector

BATCH = 200
"""Runs that are locked together, for a tenth of a second or two."""
ROUND_S = 0.5
"""Seconds that one look gives to vectors that are missing."""
MOST = 20_000
"""The newest runs of a person that are compared: 10 MB of vectors."""
LONGEST_PROMPT = 2_000
"""Characters of a prompt by which others are like it."""


def make_own_vectors(user: User) -> bool:
    """Write vectors of a reader's newest runs that have none, for a part of a second. Return whether more have none."""
    newest = Run.objects.filter(owner=user).order_by("-created_at", "-pk").values("pk")[:MOST]
    has_one = Exists(RunVector.objects.filter(run=OuterRef("pk")))
    missing = Run.objects.filter(~has_one, pk__in=newest, binned_at=None).order_by("-pk")
    deadline = time.monotonic() + ROUND_S
    while _make_batch(missing) == BATCH:
        if time.monotonic() > deadline:
            return missing.exists()
    return False


def _make_batch(missing: QuerySet[Run]) -> int:
    with transaction.atomic():  # the runs stay locked, so that none is deleted before its vector is there
        locked = missing.select_for_update(skip_locked=True, no_key=True, of=("self",))
        found = list(locked.values_list("pk", "owner", Left("prompt", LONGEST_PROMPT))[:BATCH])
        vectors = packed([prompt for _, _, prompt in found])
        rows = [
            RunVector(run_id=pk, owner_id=owner, numbers=numbers)
            for (pk, owner, _), numbers in zip(found, vectors, strict=True)
        ]
        RunVector.objects.bulk_create(rows, ignore_conflicts=True)
    return len(found)
