"""The dialog of a share, as it was sent: what its readers see, who they may be, and for how long."""

from datetime import timedelta

from django.http import HttpRequest

from apps.fusion.sharing import Shown
from apps.runs.sharing import Terms
from apps.web.requests import plain_text

LASTS = {"1": "1 day", "7": "7 days", "30": "30 days", "365": "1 year"}
"""Durations of a link, by the number of days that the form sends."""


def shown_in(request: HttpRequest) -> Shown:
    """Return what the dialog of a share was told to show. Each line of a field is a passage to black out."""
    return Shown(
        costs="without_costs" not in request.POST,
        reasoning="reasoning" in request.POST,
        system_prompt="system_prompt" in request.POST,
        rulings="rulings" in request.POST,
        ratings="ratings" in request.POST,
        passages=tuple(plain_text(request.POST.get("passages", "")).split("\n")),
    )


def terms_in(request: HttpRequest) -> Terms:
    """Return who may read the link, for how long, and where else."""
    days = request.POST.get("lasts", "")
    return Terms(
        lasts=timedelta(days=int(days)) if days in LASTS else None,
        for_members="for_members" in request.POST,
        allows_json="without_json" not in request.POST,
        embed_origins=tuple(plain_text(request.POST.get("embed_origins", "")).split()),
    )
