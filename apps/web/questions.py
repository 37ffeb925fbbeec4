"""Questions before what cannot be undone. A form has its question, and the word of the button that goes on, as fields.

With scripts ``static/js/common/confirm.js`` asks in a dialog, before htmx sends the form. One that comes without htmx
was asked about nowhere: its press may have been quicker than the scripts.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

OWN = ("csrfmiddlewaretoken", "question", "yes")
"""Fields that the page which asks has itself, or takes away."""


class AskFirst:
    """Answer a form that has a ``question`` with a page that asks it; that page sends the form without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Ask after the check of the form's token, so that nobody else words the question."""
        if not _has_question(request):
            return None
        fields = [(name, value) for name, values in request.POST.lists() if name not in OWN for value in values]
        texts = {name: request.POST.get(name, "") for name in ("question", "yes")}
        return render(request, "question.html", {**texts, "fields": fields, "back": _page_before(request)})


def _has_question(request: HttpRequest) -> bool:
    # What is no plain form is left unread to its view.
    is_form = request.method == "POST" and request.content_type == "application/x-www-form-urlencoded"
    match = request.resolver_match
    if not is_form or match is None or "web" not in match.namespaces or not request.user.is_authenticated:
        return False
    return "question" in request.POST and "HX-Request" not in request.headers


def _page_before(request: HttpRequest) -> str:
    """Return the address of the page with the form, on this site; its home where a browser does not say."""
    before = urlsplit(request.headers.get("Referer", ""))
    is_here = before.netloc == request.get_host() and before.path.startswith("/")
    return f"/{before.path.lstrip('/')}" + (f"?{before.query}" if before.query else "") if is_here else "/"
