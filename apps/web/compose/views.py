"""The page for a new run: the form, its edits, and what a run is likely to cost before it starts."""

from dataclasses import replace

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.recipes import resolve
from apps.catalogue.recipes.builtin_presets import BASE, SMALL
from apps.catalogue.recipes.presets import InvalidPreset, create_preset
from apps.fusion.values import SlotSpec
from apps.fusion.vocabulary import ReasoningEffort
from apps.runs.forks import with_hidden_settings
from apps.runs.models import Run
from apps.runs.reading import threads
from apps.runs.reading.call_snapshot import BUILTIN_LABELS
from apps.runs.reading.leaderboard import record_of
from apps.runs.reading.threads import is_newest
from apps.runs.starting import InvalidRun, Lineage, start_run
from apps.web.compose import drafts
from apps.web.compose.choices import short_label
from apps.web.compose.counting import COUNTED, FIELDS, FIELDWISE, KINDS, OF_JSON, chosen_fields, chosen_kind
from apps.web.compose.drafts import Draft
from apps.web.compose.files import attached_files, files_in_form, files_of_copy, read_files
from apps.web.compose.filled_template import note_template, template_of
from apps.web.compose.forecast import forecast
from apps.web.compose.form import LAST_PANEL, FormChoices, read_form
from apps.web.compose.going_on import GoingOn
from apps.web.compose.images import LOST_IMAGES, announced_images, lost_images, read_images
from apps.web.compose.recent import recent_runs
from apps.web.compose.resolved import TEXTS, Context, ResolvedDraft, read_context, resolve_draft
from apps.web.compose.saved_drafts import forget_draft, saved_draft
from apps.web.compose.settings_fold import is_open, settings_line
from apps.web.compose.shared_drafts import CLOSED, draft_of_share
from apps.web.compose.strategies import STRATEGY_CHOICES
from apps.web.compose.web_box import engine_label, tool_server_names
from apps.web.compose.weights import WEIGHED, chosen_basis, weight_choices
from apps.web.leaderboard_words import record_sentence
from apps.web.requests import SignedInRequest, plain_text


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SignedInRequest) -> HttpResponse:
    """Render the form; a POST starts the run, or, with ``edit``, renders the form again with that change."""
    choices, context = FormChoices.of(request), read_context(request)
    if request.method != "POST":
        saved = saved_draft(request.user, _place_of(context)) if _takes_saved(request, context) else None
        draft = _prefilled(request, choices, context) if saved is None else _restored(saved, choices, context)
        # An empty prompt is no problem of an address: nothing was typed yet.
        ignore = () if draft.prompt else ("prompt",)
        attached = files_of_copy(context.edited) if context.edited else files_in_form(request, saved)
        resolved = resolve_draft(draft, choices, context, context.images, ignore, attached)
        if saved and saved.get("images", "0") != "0":
            resolved = resolved.with_problems({"images": LOST_IMAGES})
        # What was emptied below a thread is no more than the form that one begins with.
        has_text = saved is not None and ("model" in saved or bool(draft.prompt.strip() or attached.shown))
        return render_home(request, resolved, choices, restored=has_text)
    draft = read_form(request, choices)
    if "example" in request.POST:
        return _run_example(request, draft, choices, context)
    if "edit" not in request.POST:
        return _start(request, draft, choices, context)
    attached = read_files(request, context.edited)
    resolved = resolve_draft(draft, choices, context, context.images, TEXTS, attached)
    resolved = _save_preset_if_pressed(request, resolved, choices)
    return render_home(request, resolved, choices)


@login_required
@require_POST
def setup(request: SignedInRequest) -> HttpResponse:
    """For htmx: render the settings below the prompt after an edit, with the facts and the banner that follow."""
    choices, context = FormChoices(request.user, lists_models=True), read_context(request)
    draft = read_form(request, choices)
    attached = attached_files(request.user, request.POST, context.edited)
    resolved = resolve_draft(draft, choices, context, announced_images(request), TEXTS, attached)
    resolved = _save_preset_if_pressed(request, resolved, choices)
    edits = request.POST.getlist("edit")
    parts = {
        **form_context(resolved, choices),
        "opens_settings": is_open(request, resolved.problems),
        "preset_name": _unsaved_name(request, resolved),
        "is_saved": "save-preset" in edits,
        "brings_texts": any(edit.startswith("preset:") or edit == LAST_PANEL for edit in edits),
        "is_preset_page": "name" in request.POST,
    }
    return render(request, "compose/setup_answer.html", parts)


@login_required
@require_POST
def estimate(request: SignedInRequest) -> HttpResponse:
    """For htmx: render the facts beside the button for the form as it is, and the presets if that made it Custom."""
    choices, context = FormChoices(request.user), read_context(request)
    draft = read_form(request, choices)
    attached = attached_files(request.user, request.POST, context.edited)
    resolved = resolve_draft(draft, choices, context, announced_images(request), TEXTS, attached)
    is_now_custom = bool(request.POST.get("preset")) and not draft.preset
    parts = {
        "forecast": forecast(resolved, has_cap=choices.has_cap),
        "trouble": next(iter(resolved.problems.values()), ""),
        "draft": draft,
        "settings_line": "" if "name" in request.POST else settings_line(draft, resolved.models),
        "presets": choices.presets if is_now_custom else [],
        "is_now_custom": is_now_custom,
    }
    return render(request, "compose/estimate_answer.html", parts)


@login_required
@require_safe
@never_cache
def recent(request: SignedInRequest) -> HttpResponse:
    """For htmx: render the newest runs, or nothing where all is as it was ``seen``."""
    found = recent_runs(request.user)
    is_same = found["seen"] == request.GET.get("seen")
    response = HttpResponse(status=204) if is_same else render(request, "compose/recent.html", found)
    response["FusionWeb-Fragments"] = "true"
    return response


def render_home(
    request: SignedInRequest,
    resolved: ResolvedDraft,
    choices: FormChoices,
    status: int = 200,
    *,
    restored: bool = False,
) -> HttpResponse:
    """Render the whole page. A browser does not send files twice: those of the form are named as lost."""
    resolved = resolved.with_problems(lost_images(request))
    parts = {
        **form_context(resolved, choices),
        "opens_settings": is_open(request, resolved.problems),
        "preset_name": _unsaved_name(request, resolved),
        **recent_runs(request.user),
        "fused_record": _record_words(request.user),
        "context": resolved.context,
        "filled_from": template_of(request.user, resolved.draft),
        "edited_turn": len(resolved.context.earlier),
        "last_recipe": choices.last_recipe,
        "is_restored": restored,
        "place": _place_of(resolved.context),
        "keeps_draft": not (resolved.draft.origin or resolved.draft.share),
        "going_on": _going_on(resolved, choices),
        "begins_branch": bool(resolved.draft.follow and resolved.context.run and not is_newest(resolved.context.run)),
    }
    return render(request, "compose/page.html", parts, status=status)


def _record_words(user: User) -> str:
    """Say how the fused answer did in a person's blind votes; '' while they are too few."""
    record = record_of(user)
    return "" if record.has_too_few else record_sentence(record)


def _going_on(resolved: ResolvedDraft, choices: FormChoices) -> GoingOn | None:
    """Return what the new turn can go on with, ``None`` where it follows none."""
    parent = resolved.context.parent
    if parent is None:
        return None
    labels = {model.reference: short_label(model) for model in choices.models}
    columns = [(slot, labels.get(call.model, call.model)) for slot, call in threads.column_answers(parent).items()]
    seats = max(len(resolved.draft.slots), len(columns))
    return GoingOn.after(parent.answer_kind, parent.messages, columns, seats)


def _of_weights(draft: Draft, choices: FormChoices) -> dict[str, object]:
    """Return what votes can be weighed by, and which of it is chosen; nothing for other strategies."""
    if draft.panel_strategy not in WEIGHED:
        return {}
    calibrations = choices.calibrations_for(draft)
    return {"bases": weight_choices(draft, calibrations), "basis": chosen_basis(draft, calibrations)}


def _of_counting(draft: Draft) -> dict[str, object]:
    """Return what votes can count, and which of it is chosen; nothing for other strategies."""
    if draft.panel_strategy not in COUNTED:
        return {}
    has_fields = draft.panel_strategy in FIELDWISE and chosen_kind(draft) in OF_JSON
    return {
        "kinds": list(KINDS.items()),
        "kind": chosen_kind(draft),
        "ways": list(FIELDS.items()) if has_fields else [],
        "way": chosen_fields(draft),
    }


def form_context(resolved: ResolvedDraft, choices: FormChoices) -> dict[str, object]:
    """Return the context of the form's templates."""
    draft = resolved.draft
    return {
        "draft": draft,
        "attached": resolved.attached.shown,
        "most_files": settings.FILES_PER_PROMPT,
        "problems": resolved.problems,
        "presets": choices.presets,
        "models": choices.models,
        "criteria_sets": choices.criteria_sets,
        "labels": {model.reference: short_label(model) for model in choices.models},
        "auto": _auto(draft, choices.models),
        "strategies": STRATEGY_CHOICES,
        "settings_line": settings_line(draft, {model.reference: model for model in choices.models}),
        **_of_weights(draft, choices),
        **_of_counting(draft),
        "efforts": list(ReasoningEffort),
        "engine": engine_label(),
        "tool_servers": tool_server_names(),
        "forecast": forecast(resolved, has_cap=choices.has_cap),
        "is_tiny": bool(draft.slots) and all(slot.model in (SMALL, BASE) for slot in draft.slots),
        "examples": resolve.EXAMPLE_PROMPTS,
    }


def _start(request: SignedInRequest, draft: Draft, choices: FormChoices, context: Context) -> HttpResponse:
    """Start the run and go to its page, or render the form again with what is wrong."""
    images = read_images(request, context.edited)
    attached = read_files(request, context.edited)
    is_closed = bool(draft.share) and context.share is None
    draft = replace(draft, share="") if is_closed else draft
    resolved = resolve_draft(draft, choices, context, images.urls, attached=attached)
    if is_closed:
        resolved = resolved.with_problems({"share": CLOSED})
    if images.problem:
        resolved = resolved.with_problems({"images": images.problem})
    if resolved.recipe and not resolved.problems:
        try:
            run = start_resolved(request.user, resolved)
            return redirect(run.get_turn_url())
        except InvalidRun as error:
            resolved = resolved.with_problems({error.field: error.sentence})
    return render_home(request, resolved, choices, status=400)


def start_resolved(user: User, resolved: ResolvedDraft) -> Run:
    """Start the run of a draft without problems, and forget what was kept of it; raises ``InvalidRun``."""
    if resolved.recipe is None:
        raise ValueError("The draft has problems.")
    origin = resolved.context.run if resolved.context.edited else None
    run = start_run(
        user,
        resolved.messages,
        with_hidden_settings(resolved.recipe, origin.recipe) if origin else resolved.recipe,
        Lineage(resolved.context.parent, resolved.earlier_answers, resolved.from_slot, origin),
        models=resolved.models,
    )
    resolved.attached.forget(user)
    note_template(user, run, resolved.draft)
    if not (resolved.draft.origin or resolved.draft.share):
        forget_draft(user, _place_of(resolved.context))
    return run


def _place_of(context: Context) -> str:
    """Return the place where the draft of a form is kept."""
    return context.run.thread_id if context.run and not context.share else ""


def _takes_saved(request: SignedInRequest, context: Context) -> bool:
    """Return whether an address says nothing that a kept draft would contradict."""
    return request.GET.keys() <= {"follow"} and context.edited is None


def _restored(saved: QueryDict, choices: FormChoices, context: Context) -> Draft:
    """Return the form as it was left; of a field below a thread the texts, with the settings of its newest turn."""
    if context.run and "model" not in saved:
        draft = drafts.draft_of_run(context.run, is_edit=False)
        draft = replace(draft, prompt=saved.get("prompt", ""), earlier_answers=saved.get("earlier_answers", ""))
        return drafts.match_preset(draft, choices.presets)
    draft = replace(drafts.read_draft(saved), origin="", follow=context.run.public_id if context.run else "")
    return drafts.match_preset(drafts.replace_names(draft, choices.models_for(draft)), choices.presets)


def _run_example(request: SignedInRequest, draft: Draft, choices: FormChoices, context: Context) -> HttpResponse:
    """Run the example prompt that was pressed where that is free and stays here; else put it into the box."""
    draft = replace(draft, prompt=plain_text(request.POST["example"]))
    attached = attached_files(request.user, request.POST, context.edited)
    resolved = resolve_draft(draft, choices, context, context.images, attached=attached)
    likely = forecast(resolved, has_cap=choices.has_cap)
    if likely is None or not likely.is_free_here:
        return render_home(request, resolved, choices)
    return _start(request, draft, choices, context)


def _save_preset_if_pressed(request: SignedInRequest, resolved: ResolvedDraft, choices: FormChoices) -> ResolvedDraft:
    """Save the settings as a preset if that was pressed: return the draft of that preset, or what is wrong."""
    if request.POST.get("edit") != "save-preset":
        return resolved
    if resolved.problems or resolved.recipe is None:
        return resolved.with_problems({"preset_name": "Correct the settings first."})
    try:
        name, system = request.POST.get("preset_name", ""), resolved.draft.system
        recipe, routes = resolved.unrouted or resolved.recipe, resolved.draft.routes
        preset = create_preset(request.user, name, recipe, system, routes=routes)
    except InvalidPreset as error:
        return resolved.with_problems({"preset_name": error.sentence})
    choices.forget_presets()
    return replace(resolved, draft=replace(resolved.draft, preset=preset.slug, preset_version=preset.version))


def _unsaved_name(request: SignedInRequest, resolved: ResolvedDraft) -> str:
    """Return the name that was typed for a preset and could not be used; it stays in its field."""
    return request.POST.get("preset_name", "") if "preset_name" in resolved.problems else ""


def _prefilled(request: SignedInRequest, choices: FormChoices, context: Context) -> Draft:
    """Return the draft of an address: the default preset, or a run's settings, then what the address names."""
    presets = choices.presets
    draft = drafts.with_preset(Draft(), presets[0]) if presets else Draft()
    if context.run:
        draft = drafts.draft_of_run(context.run, is_edit=context.edited is not None)
        if chosen_answers := plain_text(request.GET.get("earlier_answers", "")):
            draft = replace(draft, earlier_answers=chosen_answers)
        if draft.preset not in {preset.slug for preset in presets}:  # it is gone, so that its run's settings are Custom
            draft = replace(draft, preset="")
        if context.share:
            draft = draft_of_share(context.run, context.share)
    slug = plain_text(request.GET.get("preset", ""))
    chosen = next((preset for preset in presets if preset.slug == slug), None)
    draft = drafts.with_preset(draft, chosen) if chosen else replace(draft, preset=slug or draft.preset)
    references = [name.strip() for name in plain_text(request.GET.get("models", "")).split(",") if name.strip()]
    draft = drafts.with_models(draft, references) if references else draft
    strategy, judge, writer = (plain_text(request.GET.get(name, "")) for name in ("strategy", "judge", "writer"))
    draft = replace(
        draft, strategy=strategy or draft.strategy, judge=judge or draft.judge, writer=writer or draft.writer
    )
    return drafts.match_preset(replace(draft, prompt=request.GET.get("prompt", draft.prompt)), presets)


def _auto(draft: Draft, models: list[Model]) -> dict[str, str]:
    """Return the labels of the judge and the writer that Auto stands for now."""
    labels = {model.reference: short_label(model) for model in models} | BUILTIN_LABELS
    panel = [SlotSpec(slot=letter, model=slot.model) for letter, slot in draft.lettered]
    judge, writer = resolve.auto_judge(panel, models), resolve.auto_writer(panel, models)
    return {"judge": labels.get(judge, judge), "writer": labels.get(writer, writer)}
