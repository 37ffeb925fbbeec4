"""Many runs as one file: those that are selected, or all that a search finds."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.runs.reading.bulk_export import FORMS, begun, export_runs, in_pieces, number_found, runs_chosen, runs_found
from apps.runs.reading.searching.grammar import BadQuery
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import SearchTooSlow
from apps.web.history.search_views import address_of
from apps.web.progress import ProgressLine, counting
from apps.web.requests import SignedInRequest, plain_text


@login_required
@never_cache
@require_safe
def export(request: SignedInRequest, form: str) -> HttpResponseBase:
    """Serve the runs that the address names as a file, or those of its search; it is made while it is sent."""
    if form not in FORMS:
        raise Http404("There is no such form of a file.")
    user = User.objects.get(pk=request.user.pk)  # the request's own is looked up late, and then from the event loop
    if request.method == "HEAD":
        return HttpResponse(content_type=FORMS[form][0])
    text = plain_text(request.GET.get("q", "")).strip()
    chosen = [one for one in request.GET.getlist("run") if one.isalnum()]
    try:
        query = RunQuery.parse(text, timezone.localdate())
        keys = runs_chosen(user, chosen) if chosen else runs_found(user, query)
        keys = begun(keys)
        if token := request.GET.get("progress", ""):
            total = len(chosen) if chosen else number_found(user, query)
            keys = counting(keys, ProgressLine(user, token), total)
    except (BadQuery, SearchTooSlow):
        return HttpResponseRedirect(address_of(text))  # the page says what is wrong with it
    name = f"fusionweb-runs-{timezone.localdate():%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    media = f"{FORMS[form][0]}; charset=utf-8"
    return StreamingHttpResponse(in_pieces(export_runs(user, keys, form)), content_type=media, headers=headers)
