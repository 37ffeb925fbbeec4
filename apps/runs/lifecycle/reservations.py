"""Reservations under caps: a call is let in and its least cost set aside, or it is refused; later it may be stopped.

A call is let in while what was spent, what running calls have cost so far and the least that it can cost fit under each
cap; from then on that least is reserved. While it streams, what it has cost by our count is stored and checked every
half second, and a call over a cap is stopped with its text kept.

So a cap is passed by at most what all running calls under it are sent within one such beat, and by what a vendor
charges beyond our count: thinking that it does not show, and tokens that it counts differently (``docs/money.md`` says
by how much).
"""

from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.fusion.vocabulary import Builtin, FailureCode, Status
from apps.runs.lifecycle.transitions import cancel_now, locked_run
from apps.runs.models import Call, Run
from apps.runs.spending.caps import OWN_CAP, Cap, caps_of, first_full, is_capped
from apps.runs.spending.metering import meter_of

STOPPED = "Stopped at a cap; the text so far is kept."
NOT_STARTED = "Not started: it could exceed a cap."


def reserve(call: Call) -> bool:
    """Reserve what a queued call needs under all caps. Return False if a cap has no room: it has ended as capped."""
    if call.model in list(Builtin) or not is_capped(call.run):
        return True
    meter = meter_of(call)
    if meter.is_free:
        return True
    cap = _reserve_under_caps(call, meter.least)
    if cap:
        _refuse(call, cap)
    return cap is None


def release(call_id: int) -> None:
    """Give back what is reserved for a call that did not start after all, and still waits."""
    Call.objects.filter(pk=call_id, status=Status.QUEUED).update(reserved_cost=0)


def must_stop(call: Call, cost: Decimal | None, cost_of_others: Decimal) -> bool:
    """Store what a running call has cost so far. Return whether it must stop now, which is then written on its row.

    ``cost`` is that of the attempt under way (``None`` if it cannot be said), ``cost_of_others`` that of all others.
    """
    if cost is None:
        return False
    row = Call.objects.filter(pk=call.pk, claim=call.claim, status=Status.RUNNING)
    row.update(cost_so_far=cost)
    run = Run.objects.select_related("owner", "api_key").filter(pk=call.run_id).first()
    cap = first_full(caps_of(run, but=call.pk), cost + cost_of_others) if run else None
    if cap is None:
        return False
    stop = {"cancel_requested": True, "cancel_code": FailureCode.CAPPED}
    return bool(row.update(**stop, failure_sentence=f"{STOPPED} {cap.sentence}"))


def cap_of_several(run: Run) -> str:
    """Return the sentence on the cap that stopped a run last, '' for its own, which holds no other run."""
    capped = run.calls.filter(failure_code=FailureCode.CAPPED).order_by("-pk")
    said = capped.values_list("failure_sentence", flat=True)
    # Others may have been cut with the one that a cap stopped: their sentences name none.
    named = next((one for one in said if one.startswith((STOPPED, NOT_STARTED))), "")
    sentence = named.removeprefix(STOPPED).removeprefix(NOT_STARTED).strip()
    return "" if sentence.startswith(OWN_CAP) else sentence


def _reserve_under_caps(call: Call, least: Decimal | None) -> Cap | None:
    """Reserve what a call needs, or give the cap that has no room. Others that ask wait for the rows locked here."""
    with transaction.atomic():
        # NO KEY, so that rows which refer to the run or its owner can still be written.
        run = Run.objects.select_for_update(no_key=True).get(pk=call.run_id)
        User.objects.select_for_update(no_key=True).get(pk=run.owner_id)  # a key's calls are its owner's
        cap = first_full(caps_of(run, but=call.pk), None if least is None else least + call.possible_extra_cost)
        if cap is None and least is not None:
            Call.objects.filter(pk=call.pk, status=Status.QUEUED).update(reserved_cost=least)
    return cap


def _refuse(call: Call, cap: Cap) -> None:
    with locked_run(call.run_id) as change:
        row = (
            change.run.calls.with_output()
            .select_for_update(of=("self",))
            .filter(pk=call.pk, status=Status.QUEUED)
            .first()
        )
        if row is None:
            return
        row.run, row.cancel_code = change.run, FailureCode.CAPPED
        cancel_now(change, row, f"{NOT_STARTED} {cap.sentence}")
