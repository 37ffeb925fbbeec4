"""The newest runs on the home page, which move by themselves."""

from hashlib import sha256

from apps.accounts.models import User
from apps.runs.reading import queries

RECENT = 6
LIVE_S, IDLE_S = 3, 15
"""Seconds between two looks: while one of the runs is live, and otherwise."""


def recent_runs(user: User) -> dict[str, object]:
    """Return the runs with a digest of all that the list says of them, and after how many seconds to look again."""
    runs = queries.history(user, size=RECENT).runs
    said = [
        (run.public_id, run.title, run.status, run.failure_code, run.agreement, run.is_degraded, run.lost_columns)
        for run in runs
    ]
    return {
        "recent": runs,
        "seen": sha256(repr(said).encode()).hexdigest()[:16],
        "poll_s": IDLE_S if all(run.is_final for run in runs) else LIVE_S,
    }
