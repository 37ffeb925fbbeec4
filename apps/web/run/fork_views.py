"""The press that runs a run again exactly. Changing it first is the form's: ``compose/views.py``."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from apps.catalogue.recipes.resolve import UnknownModel
from apps.runs import forks
from apps.runs.models import Run
from apps.runs.starting import InvalidRun
from apps.web.requests import SignedInRequest
from apps.web.run.views import for_reader, render_refusal


@require_POST
@for_reader
def run_again(request: SignedInRequest, run: Run) -> HttpResponse:
    """Start the run once more with everything as it was, and go to the new one."""
    try:
        url = forks.run_again(request.user, run).get_turn_url()
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
