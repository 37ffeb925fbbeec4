"""Caps on spending: which hold a run, and what is left under them. What is done about it: ``reservations.py``.

There are up to five: the run's own (``Recipe.max_cost``), one that it shares with the runs of its batch, its owner's
per calendar day and month (UTC), and that of the program's key per day. Free models are never capped; those without a
known price start while there is room, and cannot be stopped by a cap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from apps.accounts.models import ApiKey, User
from apps.runs.models import Call, Run, SharedCap
from apps.runs.spending import ledger
from apps.runs.spending.metering import Meter, meter_of

BEAT_S = 0.5
"""Seconds between two checks of a call that streams under a cap."""
OWN_CAP = "The cap of this run"
DAY_ENDS = "The next day begins at 00:00 UTC."


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit in USD, what counts against it so far, and what it is called in a sentence."""

    name: str
    limit: Decimal
    spent: Decimal
    until: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.name} is {usd(self.limit)}. {self.until}".strip()

    def takes(self, amount: Decimal | None) -> bool:
        """Return whether so much more fits; for an unknown amount (``None``), whether there is any room."""
        return self.spent < self.limit if amount is None else self.spent + amount <= self.limit


def is_capped(run: Run) -> bool:
    """Return whether any cap holds a run."""
    return bool(run.recipe.max_cost or run.shared_cap_id or has_cap(run.owner, run.api_key))


def has_cap(owner: User, api_key: ApiKey | None = None) -> bool:
    """Return whether all runs of a person, or of a program's key, are under a cap."""
    caps = [owner.cap_per_day, owner.cap_per_month, api_key.cap_per_day if api_key else None]
    return any(cap is not None for cap in caps)


def used_up(owner: User, api_key: ApiKey | None, shared_cap: SharedCap | None = None) -> Cap | None:
    """Return a cap of a person, of a program's key or of a batch under which nothing is left, ``None`` for none."""
    return first_full([*_shared_caps(shared_cap), *_caps_of_payers(owner, api_key)], None)


def used_up_for(run: Run) -> Cap | None:
    """Return a cap under which a run has nothing left; ``None`` if there is none."""
    return first_full(caps_of(run), None)


def watch(call: Call) -> tuple[Meter, float]:
    """Return the meter of a claimed call, and the seconds between two looks at it."""
    has_cap, usual = is_capped(call.run), float(settings.HEARTBEAT_SECONDS)
    meter = meter_of(call)
    return meter, min(BEAT_S, usual) if has_cap and not meter.is_free else usual


def usd(amount: Decimal) -> str:
    """Return an amount as it was set: at least two places, no more than it has."""
    whole, _, part = f"{amount.normalize():f}".partition(".")
    return f"${whole}.{part:0<2}"


def first_full(caps: Iterable[Cap], amount: Decimal | None) -> Cap | None:
    """Return the first of these caps under which an amount does not fit; ``None`` if it fits under all."""
    return next((cap for cap in caps if not cap.takes(amount)), None)


def caps_of(run: Run, but: int | None = None) -> Iterable[Cap]:
    """Yield the caps that hold a run, without what the call ``but`` has cost."""
    limit = run.recipe.max_cost
    if limit is not None:
        yield Cap(OWN_CAP, limit, ledger.spent_on(run, but))
    yield from _shared_caps(run.shared_cap, but)
    yield from _caps_of_payers(run.owner, run.api_key, but)


def _shared_caps(shared_cap: SharedCap | None, but: int | None = None) -> Iterable[Cap]:
    if shared_cap is not None:
        yield Cap("The cap of this batch", shared_cap.limit, ledger.spent_under(shared_cap, but))


def _caps_of_payers(owner: User, api_key: ApiKey | None, but: int | None = None) -> Iterable[Cap]:
    day, month = ledger.start_of_day(), ledger.start_of_month()
    if api_key and api_key.cap_per_day is not None:
        name = f"The daily cap of the key “{api_key.name}”"
        yield Cap(name, api_key.cap_per_day, ledger.spent_by(api_key, day, but), DAY_ENDS)
    if owner.cap_per_day is not None:
        yield Cap("Your daily cap", owner.cap_per_day, ledger.spent_by(owner, day, but), DAY_ENDS)
    if owner.cap_per_month is not None:
        spent = ledger.spent_by(owner, month, but)
        yield Cap("Your monthly cap", owner.cap_per_month, spent, "The next month begins on the 1st at 00:00 UTC.")
