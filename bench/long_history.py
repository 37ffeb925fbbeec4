"""A long history in the bench's stack: made-up runs and votes, and the names of what is to be asked for.

:func:`make` is for the bench; :func:`seeded` runs in a process of Django's that is joined to the stack.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench.stack import BASE_DIR, Stack

SECONDS = 6 * 3600
"""For a million runs, which take about half an hour on two cores."""
READER = "history-00"
"""One of the 50 people; the measured pages are theirs."""
LIBRARIAN = "history-50"
"""Somebody who has all the runs of the export, and so many pages of them."""
PAGE = 50
VOTES = 500


def make(stack: Stack, runs: int, exported: int) -> dict[str, Any]:
    """See to so many runs of 50 people, and to so many of one more person; gives what :func:`seeded` gives."""
    code = f"from bench.long_history import seeded; seeded({runs}, {exported})"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=stack.environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"The history could not be stored:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.split("SEEDED ")[1])
    return found


def seeded(runs: int, exported: int) -> None:
    """Store the runs and votes that are not there yet and print, as JSON, what is to be asked for.

    These are login paths, ids, words and the cursor of a late page.
    """
    from apps.accounts.login_links import make_login_path  # noqa: PLC0415 - the bench itself lives without Django
    from apps.accounts.models import User  # noqa: PLC0415
    from apps.annotations.models import BlindVote  # noqa: PLC0415
    from apps.catalogue.models import Model  # noqa: PLC0415
    from apps.runs.measuring.history import ID_BEGINS, SEED_OF_TEXTS, Texts, seed_history  # noqa: PLC0415
    from apps.runs.models import Run  # noqa: PLC0415
    from apps.runs.reading import queries  # noqa: PLC0415

    model = Model.objects.filter(provider__is_connected=True).values_list("reference", flat=True)[0]
    people = [User.objects.get_or_create(username=f"history-{number:02d}")[0] for number in range(51)]
    for owners, count in ((people[50:], exported), (people[:50], runs)):
        missing = count - Run.objects.filter(owner__in=owners, public_id__startswith=ID_BEGINS).count()
        for _ in seed_history(owners, missing, model) if missing > 0 else ():
            pass
    reader, librarian = people[0], people[50]
    own = Run.objects.filter(owner=reader).order_by("-pk")
    missing = VOTES - BlindVote.objects.filter(author=reader).count()
    _vote(list(own.exclude(blind_votes__author=reader)[:missing]), reader, model)
    # Of 50 people nobody has a thousand pages before there are 2.5 million runs.
    page = min(1000, max(2, exported // PAGE))
    before = queries.history(librarian, size=min(PAGE * (page - 1), exported - 1)).next_cursor
    words = Texts.of(SEED_OF_TEXTS).words
    found = {
        "logins": {user.username: make_login_path(user) for user in (reader, librarian)},
        "page": page,
        "cursor": before,
        "runs": list(own.values_list("public_id", flat=True)[:4]),
        "model": model,
        "common": words[1],
        "next": words[2],
        "rare": words[3000],
    }
    sys.stdout.write(f"SEEDED {json.dumps(found)}\n")


def _vote(runs: list[Any], voter: Any, model: str) -> None:
    """Let a person vote on runs: for the fused answer, for one of two models, for both, for none, in turn."""
    from apps.annotations.models import BlindVote  # noqa: PLC0415
    from apps.fusion.blind_votes import BlindVerdict, VotedAnswer  # noqa: PLC0415

    def answers(chosen: tuple[int, ...]) -> tuple[VotedAnswer, ...]:
        named = enumerate((model, "bench/other", model))
        return tuple(
            VotedAnswer(call=at + 1, model=name, is_fused=at == 2, is_chosen=at in chosen) for at, name in named
        )

    kinds = [(2,), (0,), (2,), (1,), (0, 2), ()]
    verdicts = [BlindVerdict.ALL_BAD, BlindVerdict.BEST, BlindVerdict.TIE]
    BlindVote.objects.bulk_create(
        BlindVote(run=run, author=voter, verdict=verdicts[len(chosen)], answers=answers(chosen))
        for run, chosen in zip(runs, _turns(kinds), strict=False)
    )


def _turns(kinds: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    while True:
        yield from kinds
