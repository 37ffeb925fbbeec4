"""The request that was sent for a call, fetched when somebody opens it."""

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.runs.models import Call
from apps.runs.reading.sent import sent_for
from apps.web.requests import SignedInRequest
from apps.web.run.views import for_reader_of_call


@for_reader_of_call
@never_cache
@require_safe
def sent(request: SignedInRequest, call: Call) -> HttpResponse:
    """Render the messages and parameters of a call."""
    found = sent_for(call)
    schema = json.dumps(found.schema, indent=2, ensure_ascii=False) if found.schema else ""
    return render(request, "run/sent_request.html", {"sent": found, "schema": schema})
