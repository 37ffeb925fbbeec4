"""The pages of the reference, and the OpenAPI document for programs."""

from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie
from ninja.responses import Response

from apps.api.reference.operations import chapters, document
from apps.api.reference.samples import SITE, first_steps
from apps.api.reference.search import MAX_FOUND, search
from apps.site_url import site_url

KEPT_S = 300
"""The seconds for which a browser may show a copy."""
MAX_QUERY = 200
"""The characters of a search that are looked at."""


@require_safe
@cache_control(private=True, max_age=KEPT_S)
@vary_on_cookie
def overview(request: HttpRequest) -> HttpResponse:
    """Render the first page: the way to a first answer and the chapters, or what a search has found."""
    query = request.GET.get("q", "")[:MAX_QUERY].strip()
    context = {
        "chapters": chapters(),
        "description": document()["info"]["description"],
        "version": document()["openapi"],
        "query": query,
        "found": search(query),
        "most": MAX_FOUND,
        "samples": first_steps(),
    }
    if request.headers.get("HX-Request"):
        return render(request, "api/found.html", context)
    page = render_to_string("api/overview.html", context, request)
    return HttpResponse(page.replace(SITE, site_url(request)))


@require_safe
@cache_control(private=True, max_age=KEPT_S)
@vary_on_cookie
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """Render one chapter."""
    wanted = next((one for one in chapters() if one.slug == slug), None)
    if wanted is None:
        raise Http404("There is no such chapter.")
    context = {"chapters": chapters(), "chapter": wanted, "cards": _cards(slug)}
    page = render_to_string("api/chapter.html", context, request)
    return HttpResponse(page.replace(SITE, site_url(request)))


@cache
def _cards(slug: str) -> SafeString:
    """Return the cards of a chapter: the long part of its page, and the same for everybody."""
    wanted = next(one for one in chapters() if one.slug == slug)
    return mark_safe(render_to_string("api/cards.html", {"chapter": wanted}))  # noqa: S308 - from a template


@require_safe
@cache_control(public=True, max_age=KEPT_S)
def openapi(_request: HttpRequest) -> HttpResponse:
    """Return the document for programs."""
    return HttpResponse(_document_as_json(), content_type="application/json")


@cache
def _document_as_json() -> bytes:
    return Response(document()).content
