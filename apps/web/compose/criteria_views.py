"""Criteria that a person keeps under a name: used in the form, saved from it, deleted."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.catalogue.access import editable_criteria, visible_criteria
from apps.catalogue.models import CriteriaSet
from apps.web.compose.drafts import Draft
from apps.web.compose.form import FormChoices, form_context, read_form
from apps.web.compose.images import count_of_images
from apps.web.compose.problems import LONGEST_CRITERIA
from apps.web.compose.views import Page, draw_home
from apps.web.requests import SignedInRequest, plain_text

LONGEST_NAME = 60
MOST_SETS = 50


@login_required
@require_POST
def criteria(request: SignedInRequest) -> HttpResponse:
    """The form after a press beside the criteria; for htmx the criteria alone."""
    draft = read_form(request, FormChoices(request.user))
    draft, problem = _pressed(request, draft)
    page = Page({"set_name": problem} if problem else {}, status=400 if problem and not request.htmx else 200)
    choices = FormChoices(request.user)
    if not request.htmx:
        return draw_home(request, draft, choices, page)
    context = form_context(draft, choices, page.problems, count_of_images(request))
    own = {"is_open": True, "set_name": _name(request) if problem else "", "is_preset_page": "name" in request.POST}
    return render(request, "compose/more.html", context | own)


def _pressed(request: SignedInRequest, draft: Draft) -> tuple[Draft, str]:
    """The draft after the press, and what was wrong with it."""
    verb, _, pk = request.POST.get("edit", "").partition(":")
    if verb == "save":
        return draft, _save(request.user, _name(request), draft.criteria.strip())
    number = int(pk) if pk.isdecimal() and len(pk) < 10 else 0
    if verb == "use" and (chosen := visible_criteria(request.user).filter(pk=number).first()):
        return replace(draft, criteria=chosen.text), ""
    if verb == "delete":
        editable_criteria(request.user).filter(pk=number).delete()
    return draft, ""


def _name(request: SignedInRequest) -> str:
    return " ".join(plain_text(request.POST.get("set_name", "")).split())


def _save(owner: User, name: str, text: str) -> str:
    """Keep a text under a name, in place of what had that name; returns what is wrong, or ''."""
    if not text:
        return "Write the criteria first."
    if len(text) > LONGEST_CRITERIA:
        return f"The criteria have {len(text):,} characters; the limit is {LONGEST_CRITERIA:,}. Shorten them."
    if not name or len(name) > LONGEST_NAME:
        return f"Give them a name of at most {LONGEST_NAME} characters."
    others = editable_criteria(owner).exclude(name=name)
    if others.count() >= MOST_SETS:
        return f"You keep {MOST_SETS} sets of criteria already. Delete one first."
    CriteriaSet.objects.update_or_create(
        owner=owner, name=name, defaults={"text": text}, create_defaults={"text": text, "team": owner.personal_team}
    )
    return ""
