"""The press that runs a run again exactly. Changing it first is the form's: ``compose/views.py``."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from apps.catalogue.recipes.resolve import UnknownModel
from apps.runs import forks
from apps.runs.models import Run
from apps.runs.starting import InvalidRun
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest
from apps.web.run.views import for_reader, render_refusal


@require_POST
@for_reader
def run_again(request: SignedInRequest, run: Run) -> HttpResponse:
    """Start the run once more with everything as it was, and go to the new one."""
    try:
        new = forks.run_again(request.user, run)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return go_to(request, new.get_turn_url())
