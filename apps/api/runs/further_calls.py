"""Further calls of a run that has ended: what they would cost where the client only wants to know, else the calls."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from ninja.responses import Status as Answered

from apps.api import documents
from apps.api.auth import key_of
from apps.api.limits import spending_on
from apps.api.runs.routes import call_reference
from apps.catalogue.recipes.estimates import RunEstimate
from apps.runs.models import Call, Run


def estimate_or_ask(
    request: HttpRequest,
    run: Run,
    *,
    dry_run: bool,
    estimate: Callable[[], RunEstimate],
    ask: Callable[[], Call | Sequence[Call]],
) -> Any:
    """Answer with the estimate of further calls for a dry run; else make them and answer with what was made."""
    if dry_run:
        return Answered(200, documents.estimate_document(estimate()))
    with spending_on(run, key_of(request)):
        made = ask()
    one = call_reference(made) if isinstance(made, Call) else {"data": [call_reference(call) for call in made]}
    return Answered(201, one)
