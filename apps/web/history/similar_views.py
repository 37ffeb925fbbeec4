"""The page of runs that are like another one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.runs.models import Run
from apps.runs.reading import queries
from apps.runs.reading.similar_runs import similar_runs
from apps.web.requests import SignedInRequest


@login_required
@never_cache
@require_safe
def similar(request: SignedInRequest, public_id: str) -> HttpResponse:
    """List the reader's runs whose prompts are most like that of a run, with how much."""
    try:
        run = queries.find_run(request.user, public_id)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None
    return render(request, "history/similar.html", {"run": run, "similar": similar_runs(request.user, run)})
