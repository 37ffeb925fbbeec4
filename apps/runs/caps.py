"""Caps on spending: which hold a run, what is left under them, and what happens to a call that would pass one.

There are up to four: the run's own (``Recipe.max_cost``), its owner's per calendar day and month (UTC), and that of the
program's key per day. A call is let in while what was spent, what running calls have accrued and the least that it can
cost fit under each; from then on that least is reserved. While it streams, what it has cost by our count is stored and
checked every half second, and a call over a cap is stopped with its text kept.

So a cap is passed by at most what all running calls under it are sent within one such beat, and by what a vendor
charges beyond our count: thinking that it does not show, and tokens that it counts differently (``docs/money.md`` says
by how much). Free models are never capped; those without a known price start while there is room, and cannot be stopped
by a cap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from apps.accounts.models import ApiKey, User
from apps.fusion.vocabulary import Builtin, FailureCode, Status
from apps.runs import spending
from apps.runs.advance import cancel_now, changing
from apps.runs.metering import Meter, meter_of
from apps.runs.models import Call, Run

BEAT_S = 0.5
"""How often a call is checked while it streams under a cap."""
STOPPED = "Stopped at a cap; the text so far is kept."
NOT_STARTED = "Not started: it would pass a cap."
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
        """Whether so much more fits; for an unknown amount (``None``), whether there is any room."""
        return self.spent < self.limit if amount is None else self.spent + amount <= self.limit


def is_capped(run: Run) -> bool:
    """Whether any cap holds a run."""
    return bool(run.resolved.max_cost or has_cap(run.owner, run.api_key))


def has_cap(owner: User, api_key: ApiKey | None = None) -> bool:
    """Whether all runs of a person, or of a program's key, are under a cap."""
    caps = [owner.cap_per_day, owner.cap_per_month, api_key.cap_per_day if api_key else None]
    return any(cap is not None for cap in caps)


def used_up(owner: User, api_key: ApiKey | None) -> Cap | None:
    """A cap of a person, or of a program's key, under which nothing is left."""
    return _first_full(_caps_of_payers(owner, api_key), None)


def used_up_for(run: Run) -> Cap | None:
    """A cap under which a run has nothing left."""
    return _first_full(_caps_of(run), None)


def watch(call: Call) -> tuple[Meter, float]:
    """The meter of a claimed call, and how often it is to be looked at, in seconds."""
    has_cap, usual = is_capped(call.run), float(settings.HEARTBEAT_SECONDS)
    meter = meter_of(call)
    return meter, min(BEAT_S, usual) if has_cap and not meter.is_free else usual


def admit(call: Call) -> bool:
    """Whether a queued call may start under all caps, what it needs being reserved; else it has ended as capped."""
    if call.model in list(Builtin) or not is_capped(call.run):
        return True
    meter = meter_of(call)
    if meter.is_free:
        return True
    cap = _reserve(call, meter.least)
    if cap:
        _refuse(call, cap)
    return cap is None


def release(call_id: int) -> None:
    """Give back what is reserved for a call that did not start after all, and still waits."""
    Call.objects.filter(pk=call_id, status=Status.QUEUED).update(reserved=0)


def must_stop(call: Call, cost: Decimal | None, beyond: Decimal) -> bool:
    """Store what a running call has cost so far; whether it must stop now, which is then written on its row.

    ``cost`` is that of the request under way (``None`` if it cannot be said), ``beyond`` of those that brought nothing.
    """
    if cost is None:
        return False
    row = Call.objects.filter(pk=call.pk, claim=call.claim, status=Status.RUNNING)
    row.update(accrued=call.carried + cost)
    run = Run.objects.select_related("owner", "api_key").filter(pk=call.run_id).first()
    cap = _first_full(_caps_of(run, but=call.pk), call.carried + cost + beyond) if run else None
    if cap is None:
        return False
    stop = {"cancel_requested": True, "cancel_code": FailureCode.CAPPED}
    return bool(row.update(**stop, failure_sentence=f"{STOPPED} {cap.sentence}"))


def usd(amount: Decimal) -> str:
    """An amount as it was set: at least two places, no more than it has."""
    whole, _, part = f"{amount.normalize():f}".partition(".")
    return f"${whole}.{part:0<2}"


def _reserve(call: Call, least: Decimal | None) -> Cap | None:
    """Reserve what a call needs, or give the cap that has no room. Others that ask wait for the rows locked here."""
    with transaction.atomic():
        run = Run.objects.select_for_update(no_key=True).get(pk=call.run_id)
        User.objects.select_for_update(no_key=True).get(pk=run.owner_id)  # a key's calls are its owner's
        cap = _first_full(_caps_of(run, but=call.pk), None if least is None else call.carried + least + call.beyond)
        if cap is None and least is not None:
            Call.objects.filter(pk=call.pk, status=Status.QUEUED).update(reserved=least)
    return cap


def _refuse(call: Call, cap: Cap) -> None:
    with changing(call.run_id) as change:
        row = change.run.calls.select_for_update().filter(pk=call.pk, status=Status.QUEUED).first()
        if row is None:
            return
        row.run, row.cancel_code = change.run, FailureCode.CAPPED
        cancel_now(change, row, f"{NOT_STARTED} {cap.sentence}")


def _first_full(caps: Iterable[Cap], amount: Decimal | None) -> Cap | None:
    return next((cap for cap in caps if not cap.takes(amount)), None)


def _caps_of(run: Run, but: int | None = None) -> Iterable[Cap]:
    limit = run.resolved.max_cost
    if limit is not None:
        yield Cap("The cap of this run", limit, spending.spent_on(run, but))
    yield from _caps_of_payers(run.owner, run.api_key, but)


def _caps_of_payers(owner: User, api_key: ApiKey | None, but: int | None = None) -> Iterable[Cap]:
    day, month = spending.start_of_day(), spending.start_of_month()
    if api_key and api_key.cap_per_day is not None:
        name = f"The daily cap of the key “{api_key.name}”"
        yield Cap(name, api_key.cap_per_day, spending.spent_by(api_key, day, but), DAY_ENDS)
    if owner.cap_per_day is not None:
        yield Cap("Your daily cap", owner.cap_per_day, spending.spent_by(owner, day, but), DAY_ENDS)
    if owner.cap_per_month is not None:
        spent = spending.spent_by(owner, month, but)
        yield Cap("Your monthly cap", owner.cap_per_month, spent, "The next month begins on the 1st at 00:00 UTC.")
