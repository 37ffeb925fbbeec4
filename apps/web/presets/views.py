"""The presets pages: the site's and one's own, and the form in which one's own are made and changed."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.catalogue.models import Preset
from apps.catalogue.recipes.presets import (
    InvalidPreset,
    change_preset,
    create_preset,
    delete_preset,
    find_choosable,
    find_editable,
)
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.form import FormChoices, form_context, read_form
from apps.web.compose.problems import problems_of
from apps.web.requests import SignedInRequest, plain_text


@login_required
@require_safe
def presets(request: SignedInRequest) -> HttpResponse:
    """All that one can choose from."""
    choices = FormChoices(request.user)
    labels = {model.reference: model.label for model in choices.models}
    return render(request, "presets/list.html", {"presets": choices.presets, "labels": labels})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """A form for a new preset, filled with the one that ``copy`` names, or with the default."""
    choices = FormChoices(request.user)
    if request.method == "POST":
        return _answer(request, None, choices)
    source = _named(request, request.GET["copy"]) if "copy" in request.GET else next(iter(choices.presets), None)
    draft = drafts.with_preset(Draft(), source) if source else Draft()
    name = f"{source.name} copy" if source and "copy" in request.GET else ""
    return _form(request, draft, choices, None, name, {})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form of one's own preset; a POST writes its next version."""
    preset, choices = _own(request, slug), FormChoices(request.user)
    if request.method == "POST":
        return _answer(request, preset, choices)
    draft = drafts.with_preset(Draft(), preset)
    return _form(request, draft, choices, preset, preset.name, _problems(draft, choices))


@login_required
@require_POST
def delete(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete one's own preset; runs keep what they ran with."""
    preset = _own(request, slug)
    delete_preset(preset)
    messages.success(request, f"The preset “{preset.name}” is deleted.")
    return redirect("web:presets")


def _named(request: SignedInRequest, slug: str) -> Preset:
    try:
        return find_choosable(request.user, slug)
    except Preset.DoesNotExist:
        raise Http404("There is no such preset.") from None


def _own(request: SignedInRequest, slug: str) -> Preset:
    """A preset of one's own; the site's are nobody's to change, also not for its staff."""
    try:
        return find_editable(request.user, slug)
    except Preset.DoesNotExist:
        raise Http404("There is no such preset of yours.") from None


def _answer(request: SignedInRequest, preset: Preset | None, choices: FormChoices) -> HttpResponse:
    """Save the preset, or show the form again: after an edit, or with what is wrong."""
    draft, name = read_form(request, choices), plain_text(request.POST.get("name", ""))
    problems = _problems(draft, choices)
    if "edit" in request.POST:
        return _form(request, draft, choices, preset, name, problems)
    if problems:
        return _form(request, draft, choices, preset, name, problems, status=400)
    recipe = drafts.recipe_of(draft, choices.models_for(draft))
    try:
        saved = change_preset(preset, name, recipe) if preset else create_preset(request.user, name, recipe)
    except InvalidPreset as error:
        return _form(request, draft, choices, preset, name, {error.field: error.sentence}, status=400)
    messages.success(request, f"“{saved.name}” is saved as version {saved.version}.")
    return redirect("web:presets")


def _problems(draft: Draft, choices: FormChoices) -> dict[str, str]:
    found = problems_of(draft, choices.presets, choices.models)
    return {field: sentence for field, sentence in found.items() if field not in ("prompt", "system")}


def _form(
    request: SignedInRequest,
    draft: Draft,
    choices: FormChoices,
    preset: Preset | None,
    name: str,
    problems: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    context = form_context(replace(draft, prompt=""), choices, problems)
    own = {"preset": preset, "name": name, "is_preset_page": True}
    return render(request, "presets/form.html", context | own, status=status)
