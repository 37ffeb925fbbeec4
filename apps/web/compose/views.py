"""The page for a new run: the form, its edits, and what a run is likely to cost before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.catalogue.recipes.presets import InvalidPreset, create_preset
from apps.fusion.values import Message
from apps.runs import actions
from apps.runs.models import Run
from apps.runs.reading import queries
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.forecast import forecast
from apps.web.compose.form import FormChoices, form_context, read_form
from apps.web.compose.images import count_of_images, lost_images, read_images
from apps.web.compose.problems import problems_of
from apps.web.requests import SignedInRequest, plain_text

RECENT = 6
UNTOUCHED = ("prompt", "system")
"""Fields whose problems are not told while settings are edited."""


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation that a draft continues, the run that it comes from, and the message that it edits."""

    parent: Run | None = None
    earlier: tuple[Message, ...] = ()
    edited: Message | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What the answer to a form shows beside the draft."""

    problems: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    status: int = 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SignedInRequest) -> HttpResponse:
    """The form; a POST starts the run, or, with ``edit``, shows the form again with that change."""
    choices = FormChoices(request.user)
    if request.method != "POST":
        draft = _prefilled(request, choices)
        return draw_home(request, draft, choices, Page(_problems_of_link(draft, choices)))
    draft = read_form(request, choices)
    if "edit" not in request.POST:
        return _start(request, draft, choices)
    draft, page = _edited(request, draft, choices)
    return draw_home(request, draft, FormChoices(request.user), _without_files(request, page))


@login_required
@require_POST
def setup(request: SignedInRequest) -> HttpResponse:
    """For htmx: the settings below the prompt after an edit, with the facts and the banner that follow from them."""
    choices = FormChoices(request.user)
    draft, page = _edited(request, read_form(request, choices), choices)
    choices = FormChoices(request.user) if draft.preset else choices
    edit, earlier = request.POST.get("edit", ""), _context_of(request, draft).earlier
    context = {
        **form_context(draft, choices, page.problems, count_of_images(request), earlier),
        "preset_name": page.name,
        "is_saved": edit == "save-preset",
        "brings_texts": edit.startswith("preset:"),
        "is_preset_page": "name" in request.POST,
    }
    return render(request, "compose/setup_answer.html", context)


@login_required
@require_POST
def estimate(request: SignedInRequest) -> HttpResponse:
    """For htmx: the facts beside the button for the form as it is now, and the presets if that made it Custom."""
    choices = FormChoices(request.user)
    draft = read_form(request, choices)
    problems = _problems_of_edit(draft, choices)
    earlier = _context_of(request, draft).earlier
    context = {
        "forecast": forecast(
            draft, choices.models_for(draft), count_of_images(request), earlier, has_cap=choices.has_cap
        ),
        "trouble": next(iter(problems.values()), ""),
        "draft": draft,
        "presets": choices.presets,
        "is_now_custom": bool(request.POST.get("preset")) and not draft.preset,
    }
    return render(request, "compose/estimate_answer.html", context)


def _start(request: SignedInRequest, draft: Draft, choices: FormChoices) -> HttpResponse:
    context = _context_of(request, draft)
    images = read_images(request, context.edited)
    models = choices.models_for(draft)
    presets = choices.presets_for(draft)
    problems = problems_of(draft, presets, models) | ({"images": images.problem} if images.problem else {})
    if problems:
        return draw_home(request, draft, choices, _without_files(request, Page(problems, status=400)))
    messages = drafts.messages_of(draft, context.earlier, images.urls)
    try:
        recipe = drafts.recipe_of(draft, models)
        run = actions.start_run(request.user, messages, recipe, parent=context.parent, models=models)
    except actions.InvalidRun as error:
        page = Page({error.field: error.sentence}, status=400)
        return draw_home(request, draft, choices, _without_files(request, page))
    return redirect(run)


def _without_files(request: SignedInRequest, page: Page) -> Page:
    """The page, saying that files are to be attached again, unless it says something of them already."""
    lost = lost_images(request)
    return replace(page, problems={"images": lost, **page.problems}) if lost else page


def _edited(request: SignedInRequest, draft: Draft, choices: FormChoices) -> tuple[Draft, Page]:
    """The draft after an edit that may also save it as a preset."""
    if request.POST.get("edit") != "save-preset":
        return draft, Page(_problems_of_edit(draft, choices))
    name = request.POST.get("preset_name", "")
    problems = _problems_of_edit(draft, choices)
    if problems:
        return draft, Page({**problems, "preset_name": "Correct the settings first."}, name)
    try:
        preset = create_preset(request.user, name, drafts.recipe_of(draft, choices.models_for(draft)))
    except InvalidPreset as error:
        return draft, Page({"preset_name": error.sentence}, name)
    return replace(draft, preset=preset.slug, preset_version=preset.version), Page()


def _prefilled(request: SignedInRequest, choices: FormChoices) -> Draft:
    """The draft of an address: the default preset, or a run's settings, then what the address names."""
    presets = choices.presets
    draft = drafts.with_preset(Draft(), presets[0]) if presets else Draft()
    draft = _from_run(request, draft, choices)
    slug = plain_text(request.GET.get("preset", ""))
    chosen = next((preset for preset in presets if preset.slug == slug), None)
    draft = drafts.with_preset(draft, chosen) if chosen else replace(draft, preset=slug or draft.preset)
    references = [name.strip() for name in plain_text(request.GET.get("models", "")).split(",") if name.strip()]
    draft = drafts.with_models(draft, references) if references else draft
    return drafts.settled(replace(draft, prompt=request.GET.get("prompt", draft.prompt)), presets)


def _from_run(request: SignedInRequest, draft: Draft, choices: FormChoices) -> Draft:
    """``from=`` edits a run, ``follow=`` continues it; both take over its settings (Custom if its preset is gone)."""
    origin, follow = (plain_text(request.GET.get(name, "")) for name in ("from", "follow"))
    if not (origin or follow):
        return draft
    run = _find_run(request.user, origin or follow)
    system = next((message.text for message in run.messages if message.role == "system"), "")
    prompt = run.prompt if origin else ""
    taken = drafts.draft_of_recipe(run.recipe)
    preset = taken.preset if taken.preset in {preset.slug for preset in choices.presets} else ""
    return replace(taken, preset=preset, prompt=prompt, system=system, origin=origin, follow="" if origin else follow)


def _context_of(request: SignedInRequest, draft: Draft) -> Context:
    """The turns before the new question. A run that is edited keeps its own earlier turns and its parent."""
    if draft.follow:
        run = _find_run(request.user, draft.follow)
        answer = [Message(role="assistant", text=run.answer_call.output.text)] if run.answer_call else []
        return Context(run, (*run.messages, *answer))
    if draft.origin:
        run = _find_run(request.user, draft.origin)
        *earlier, edited = run.messages
        return Context(run.parent, tuple(earlier), edited)
    return Context()


def _find_run(user: User, public_id: str) -> Run:
    try:
        return queries.find_run(user, public_id)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None


def _problems_of_link(draft: Draft, choices: FormChoices) -> dict[str, str]:
    """What is wrong with a prefilled form. An empty prompt is not: nothing was typed yet."""
    problems = problems_of(draft, choices.presets, choices.models)
    return {field: sentence for field, sentence in problems.items() if field != "prompt" or draft.prompt}


def _problems_of_edit(draft: Draft, choices: FormChoices) -> dict[str, str]:
    problems = problems_of(draft, choices.presets, choices.models)
    return {field: sentence for field, sentence in problems.items() if field not in UNTOUCHED}


def draw_home(request: SignedInRequest, draft: Draft, choices: FormChoices, page: Page) -> HttpResponse:
    """The whole page."""
    around = _context_of(request, draft)
    images = len(around.edited.images) if around.edited else 0
    context = {
        **form_context(draft, choices, page.problems, images, around.earlier),
        "preset_name": page.name,
        "recent": queries.history(request.user, size=RECENT).runs,
        "context": around,
        "edited_turn": len(around.earlier),
    }
    return render(request, "compose/page.html", context, status=page.status)
