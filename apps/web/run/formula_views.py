"""The formulas of texts that still stream: the page has no converter of its own."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.markdown.rendering import render_formula

MOST = 50
"""Formulas in a request."""


@require_POST
@login_required
@never_cache
def formulas(request: HttpRequest) -> HttpResponse:
    """Draw formulas, each ``[latex, is_block]``, and return their HTML in the same order."""
    try:
        asked = json.loads(request.POST.get("formulas", ""))
        wanted = [(str(latex), bool(is_block)) for latex, is_block in asked[:MOST]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return HttpResponseBadRequest("A list of formulas is expected.")
    return JsonResponse({"formulas": [render_formula(latex, is_block) for latex, is_block in wanted]})
