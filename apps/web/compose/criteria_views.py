"""Criteria and instructions that a person keeps under a name: use, save and delete them from the form."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.catalogue.access import editable_criteria, visible_criteria
from apps.catalogue.models import CriteriaSet
from apps.web.compose.drafts import GUIDANCE, Draft, read_draft
from apps.web.compose.files import read_files
from apps.web.compose.form import FormChoices, read_form
from apps.web.compose.problems import problems_of
from apps.web.compose.resolved import read_context, resolve_draft
from apps.web.compose.views import render_home
from apps.web.requests import SignedInRequest, plain_text

LONGEST_NAME = 60
MOST_SETS = 50
COLUMNS = {"criteria": "text"}
"""The column of a set for a field of the form, where it has another name."""


@login_required
@require_POST
def criteria(request: SignedInRequest) -> HttpResponse:
    """Render the form after a press beside the criteria; for htmx the criteria alone."""
    pressed, is_form = request.POST.get("edit", ""), "prompt" in request.POST or "name" in request.POST
    if pressed.startswith("delete:") and not (request.htmx or is_form):  # from the page that asked
        _press(request, Draft(), pressed)
        return redirect("web:home")
    choices = FormChoices.of(request)
    # The criteria alone need no model and no preset.
    draft = read_draft(request.POST) if request.htmx else read_form(request, choices)
    problem = ""
    for edit in request.POST.getlist("edit"):  # several, where no answer came in between
        draft, problem = _press(request, draft, edit)
    problems = {"set_name": problem} if problem else {}
    if not request.htmx:
        context = read_context(request)
        attached = read_files(request, context.edited)
        resolved = replace(resolve_draft(draft, choices, context, context.images, attached=attached), problems=problems)
        return render_home(request, resolved, choices, status=400 if problem else 200)
    parts = {
        "draft": draft,
        "problems": problems,
        "criteria_sets": choices.criteria_sets,
        "set_name": _name(request) if problem else "",
        "is_open": True,
        "is_preset_page": "name" in request.POST,
    }
    return render(request, "compose/criteria_answer.html", parts)


def _press(request: SignedInRequest, draft: Draft, edit: str) -> tuple[Draft, str]:
    """Return the draft after a press, and the problem of it or ''."""
    verb, _, pk = edit.partition(":")
    if verb == "save":
        return draft, _save(request.user, _name(request), draft)
    number = int(pk) if pk.isdecimal() and len(pk) < 10 else 0
    if verb == "use" and (chosen := visible_criteria(request.user).filter(pk=number).first()):
        return replace(draft, **{name: getattr(chosen, COLUMNS.get(name, name)) for name in GUIDANCE}), ""
    if verb == "delete":
        editable_criteria(request.user).filter(pk=number).delete()
    return draft, ""


def _name(request: SignedInRequest) -> str:
    return " ".join(plain_text(request.POST.get("set_name", "")).split())


def _save(owner: User, name: str, draft: Draft) -> str:
    """Keep the texts of a draft under a name, in place of what had that name. Return the problem, or ''."""
    texts = {COLUMNS.get(field, field): getattr(draft, field).strip() for field in GUIDANCE}
    if not any(texts.values()):
        return "Write criteria or instructions first."
    too_long = problems_of(draft, (), ())
    if problem := next((too_long[field] for field in GUIDANCE if field in too_long), ""):
        return problem
    if not name or len(name) > LONGEST_NAME:
        return f"Give them a name of at most {LONGEST_NAME} characters."
    others = editable_criteria(owner).exclude(name=name)
    if others.count() >= MOST_SETS:
        return f"You keep {MOST_SETS} sets of criteria already. Delete one first."
    CriteriaSet.objects.update_or_create(
        owner=owner, name=name, defaults=texts, create_defaults={**texts, "team": owner.personal_team}
    )
    return ""
