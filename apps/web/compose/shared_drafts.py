"""The form filled from a shared run: its prompt and its set-up, for somebody who goes on with it as their own."""

from dataclasses import replace

from apps.runs.models import Share
from apps.runs.reading.queries import find_share
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.sharing import read_share
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.requests import SignedInRequest, plain_text


def shared_draft(request: SignedInRequest) -> Draft | None:
    """Return what a shared run, or the newest turn of a shared thread, was asked with, as far as its link shows it.

    ``None`` where the address names no link, or one that leads nowhere. Models that the reader does not have are named
    by the form, as everywhere.
    """
    code = plain_text(request.GET.get("share", ""))
    if not code:
        return None
    try:
        shared = read_share(find_share(code))
    except Share.DoesNotExist:
        return None
    run = shared if isinstance(shared, RunSnapshot) else shared.turns[-1]
    system = next((message.text for message in run.messages if message.role == "system"), "")
    return replace(drafts.draft_of_recipe(run.recipe), preset="", system=system, prompt=run.prompt)
