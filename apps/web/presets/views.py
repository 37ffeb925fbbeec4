"""The presets pages: the site's and one's own, and the form in which one's own are made and changed."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.batches.access import visible_templates
from apps.catalogue.models import Preset
from apps.catalogue.recipes.presets import (
    LONGEST_NOTE,
    InvalidPreset,
    change_preset,
    choose_default,
    create_preset,
    delete_preset,
    find_choosable,
    find_editable,
    move_preset,
)
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.runs.reading.panel_advice import preset_advices
from apps.runs.reading.preset_records import target_records
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.form import FormChoices, read_form
from apps.web.compose.resolved import TEXTS, ResolvedDraft, resolve_draft
from apps.web.compose.settings_fold import settings_line
from apps.web.compose.views import form_context
from apps.web.presets.advice import lines_of
from apps.web.presets.targets import read_targets, target_texts, typed_targets
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, plain_text

MOVES = {"up": -1, "down": 1}


@dataclass(frozen=True, slots=True)
class About:
    """The fields of the form that say nothing of how to ask: the name, the note, and the targets as typed."""

    name: str
    note: str
    targets: dict[str, str]


@login_required
@require_safe
def presets(request: SignedInRequest) -> HttpResponse:
    """List all that one can choose from."""
    choices = FormChoices(request.user)
    by_reference = {model.reference: model for model in choices.models}
    labels = {reference: model.label for reference, model in by_reference.items()}
    records = target_records(request.user, choices.presets)
    advices = preset_advices(request.user, choices.presets, choices.models)
    lines = lines_of(advices, labels)
    parts = {
        "presets": choices.presets,
        "cards": [
            (preset, settings_line(drafts.with_preset(Draft(), preset), by_reference), records.get(preset.slug))
            for preset in choices.presets
        ],
        "labels": labels,
        "lines": lines,
        "has_figures": any(not line.few for line in lines),
        "advices": advices,
        "enough": ENOUGH_ITEMS,
    }
    return render(request, "presets/list.html", parts)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new preset, filled with the one that ``copy`` names, or with the default."""
    choices = FormChoices.of(request)
    if request.method == "POST":
        return _save(request, None, choices)
    source = _find_visible(request, request.GET["copy"]) if "copy" in request.GET else next(iter(choices.presets), None)
    draft = drafts.with_preset(Draft(), source) if source else Draft()
    name = f"{source.name} copy" if source and "copy" in request.GET else ""
    # Nothing is said of a copy whose models are gone before it is saved.
    about = About(name, source.note if source and source.owner_id and name else "", target_texts(None))
    return _render_form(request, replace(resolve_draft(draft, choices), problems={}), choices, None, about)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Render the form of one's own preset; a POST writes its next version."""
    preset, choices = _find_own(request, slug), FormChoices.of(request)
    if request.method == "POST":
        return _save(request, preset, choices)
    resolved = resolve_draft(drafts.with_preset(Draft(), preset), choices, ignore=TEXTS)
    about = About(preset.name, preset.note, target_texts(preset.targets))
    return _render_form(request, resolved, choices, preset, about)


@login_required
@require_POST
def prefer(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a preset the person's default (``do`` is ``default``), or move it in their order (``up`` or ``down``)."""
    preset = _find_visible(request, slug)
    do = request.POST.get("do", "")
    if do == "default":
        choose_default(request.user, preset.slug)
        messages.success(request, f"“{preset.name}” is your default now: a new run begins with it.")
    elif do in MOVES:
        move_preset(request.user, preset.slug, MOVES[do])
    return redirect("web:presets")


@login_required
@require_POST
def delete(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete one's own preset; runs keep what they ran with."""
    preset = _find_own(request, slug)
    delete_preset(preset)
    messages.success(request, f"The preset “{preset.name}” is deleted.")
    return go_to(request, "web:presets")


def _find_visible(request: SignedInRequest, slug: str) -> Preset:
    try:
        return find_choosable(request.user, slug)
    except Preset.DoesNotExist:
        raise Http404("There is no such preset.") from None


def _find_own(request: SignedInRequest, slug: str) -> Preset:
    """Return a preset of one's own. The site's are nobody's to change, also not for its staff: ``Http404``."""
    try:
        return find_editable(request.user, slug)
    except Preset.DoesNotExist:
        raise Http404("There is no such preset of yours.") from None


def _save(request: SignedInRequest, preset: Preset | None, choices: FormChoices) -> HttpResponse:
    """Save the preset and go to the list, or render the form again: after an edit, or with what is wrong."""
    draft = replace(read_form(request, choices), prompt="")
    name, note = (plain_text(request.POST.get(field, "")) for field in ("name", "note"))
    about = About(name, note, typed_targets(request.POST))
    if "edit" in request.POST:
        resolved = resolve_draft(draft, choices, ignore=TEXTS)
        return _render_form(request, resolved, choices, preset, about)
    resolved = resolve_draft(draft, choices, ignore=["prompt"])
    targets, problems = read_targets(about.targets)
    resolved = resolved.with_problems(problems) if problems else resolved
    if resolved.unrouted and not resolved.problems:
        said, routes = (name, resolved.unrouted, draft.system, note), draft.routes
        try:
            saved = (
                change_preset(preset, *said, routes=routes, targets=targets)
                if preset
                else create_preset(request.user, *said, routes=routes, targets=targets)
            )
        except InvalidPreset as error:
            resolved = resolved.with_problems({error.field: error.sentence})
        else:
            messages.success(request, f"“{saved.name}” is saved as version {saved.version}.")
            return redirect("web:presets")
    return _render_form(request, resolved, choices, preset, about, status=400)


def _render_form(
    request: SignedInRequest,
    resolved: ResolvedDraft,
    choices: FormChoices,
    preset: Preset | None,
    about: About,
    status: int = 200,
) -> HttpResponse:
    own = {"preset": preset, "name": about.name, "note": about.note, "longest_note": LONGEST_NOTE, **about.targets}
    with_checks = visible_templates(request.user).filter(versions__checks__gt="")
    sets = with_checks.order_by("name").values_list("name", flat=True).distinct()
    parts = form_context(resolved, choices) | own | {"is_preset_page": True, "question_sets": sets}
    return render(request, "presets/form.html", parts, status=status)
