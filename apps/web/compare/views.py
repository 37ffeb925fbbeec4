"""The page that compares two to four runs of the reader's."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from apps.runs.models import Run
from apps.runs.reading.run_comparison import NotComparable, compare_runs
from apps.web.compare.page import compare_page
from apps.web.requests import SignedInRequest, plain_text


@gzip_page
@login_required
@never_cache
@require_safe
def compare(request: SignedInRequest) -> HttpResponse:
    """Render the runs that the address names, against the one that it names as ``base``; the first one else."""
    ids = [name.strip() for name in plain_text(request.GET.get("runs", "")).split(",") if name.strip()]
    try:
        found = compare_runs(request.user, ids, plain_text(request.GET.get("base", "")))
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None
    except NotComparable as error:
        return render(request, "compare/page.html", {"fault": error.sentence if ids else ""})
    page = compare_page(found, request.path, only_differences=request.GET.get("only") == "differences")
    return render(request, "compare/page.html", {"page": page})
