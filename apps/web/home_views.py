"""The page for a new run: the form, its edits, and what a run is likely to cost before it starts."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.catalogue import queries as catalogue
from apps.catalogue import recipes
from apps.catalogue.presets import visible_to
from apps.fusion.values import Message
from apps.fusion.vocabulary import Builtin
from apps.runs import actions, queries
from apps.runs.models import Run
from apps.web import drafts
from apps.web.drafts import Draft
from apps.web.forecast import forecast
from apps.web.requests import SignedInRequest

LOCAL_PRESET = "local"
RECENT = 6


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation that a draft continues, and the run that it comes from."""

    parent: Run | None = None
    earlier: tuple[Message, ...] = ()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: SignedInRequest) -> HttpResponse:
    """The form; a POST starts the run, or, with ``edit``, shows the form again with that change."""
    if request.method != "POST":
        draft = _prefilled(request)
        return _page(request, draft, _problems_of_link(request, draft))
    draft = _draft(request)
    return _page(request, draft) if "edit" in request.POST else _start(request, draft)


@login_required
@require_POST
def setup(request: SignedInRequest) -> HttpResponse:
    """For htmx: the settings below the prompt after an edit, with the facts and the banner that follow from them."""
    draft = _draft(request)
    return render(request, "home/setup_answer.html", _form_context(request, draft, _problems_of_edit(request, draft)))


@login_required
@require_POST
def estimate(request: SignedInRequest) -> HttpResponse:
    """For htmx: the facts beside the button, for the prompt as it is now."""
    return render(request, "home/facts.html", {"forecast": forecast(_draft(request))})


def _start(request: SignedInRequest, draft: Draft) -> HttpResponse:
    context = _context_of(request, draft)
    problems = drafts.problems_of(draft, visible_to(request.user), catalogue.available_models())
    if problems:
        return _page(request, draft, problems, status=400)
    messages = drafts.messages_of(draft, context.earlier)
    try:
        run = actions.start_run(request.user, messages, drafts.recipe_of(draft), parent=context.parent)
    except actions.InvalidRun as error:
        return _page(request, draft, {error.field: error.sentence}, status=400)
    return redirect(run)


def _draft(request: SignedInRequest) -> Draft:
    presets, models = visible_to(request.user), catalogue.available_models()
    draft = drafts.edited(drafts.read_draft(request.POST), request.POST.get("edit", ""), presets, models)
    return drafts.settled(draft, presets)


def _prefilled(request: SignedInRequest) -> Draft:
    """The draft of an address: the default preset, or a run's settings, then what the address names."""
    presets = visible_to(request.user)
    draft = drafts.with_preset(Draft(), presets[0]) if presets else Draft()
    draft = _from_run(request, draft, {preset.slug for preset in presets})
    slug = drafts.plain(request.GET.get("preset", ""))
    chosen = next((preset for preset in presets if preset.slug == slug), None)
    draft = drafts.with_preset(draft, chosen) if chosen else replace(draft, preset=slug or draft.preset)
    references = [name.strip() for name in drafts.plain(request.GET.get("models", "")).split(",") if name.strip()]
    draft = drafts.with_models(draft, references) if references else draft
    return drafts.settled(replace(draft, prompt=request.GET.get("prompt", draft.prompt)), presets)


def _from_run(request: SignedInRequest, draft: Draft, presets: Collection[str]) -> Draft:
    """``from=`` edits a run, ``follow=`` continues it; both take over its settings (Custom if its preset is gone)."""
    origin, follow = (drafts.plain(request.GET.get(name, "")) for name in ("from", "follow"))
    if not (origin or follow):
        return draft
    run = _find_run(request.user, origin or follow)
    system = next((message.text for message in run.conversation if message.role == "system"), "")
    prompt = run.prompt if origin else ""
    taken = drafts.draft_of_recipe(run.resolved)
    preset = taken.preset if taken.preset in presets else ""
    return replace(taken, preset=preset, prompt=prompt, system=system, origin=origin, follow="" if origin else follow)


def _context_of(request: SignedInRequest, draft: Draft) -> Context:
    """The turns before the new question. A run that is edited keeps its own earlier turns and its parent."""
    if draft.follow:
        run = _find_run(request.user, draft.follow)
        answer = [Message(role="assistant", text=run.answer_call.text)] if run.answer_call else []
        return Context(run, (*run.conversation, *answer))
    if draft.origin:
        run = _find_run(request.user, draft.origin)
        return Context(run.parent, run.conversation[:-1])
    return Context()


def _find_run(user: User, public_id: str) -> Run:
    try:
        return queries.find_run(user, public_id)
    except Run.DoesNotExist:
        raise Http404("There is no such run.") from None


def _problems_of_link(request: SignedInRequest, draft: Draft) -> dict[str, str]:
    """What is wrong with a prefilled form. An empty prompt is not: nothing was typed yet."""
    problems = drafts.problems_of(draft, visible_to(request.user), catalogue.available_models())
    return {field: sentence for field, sentence in problems.items() if field != "prompt" or draft.prompt}


def _problems_of_edit(request: SignedInRequest, draft: Draft) -> dict[str, str]:
    problems = _problems_of_link(request, draft)
    return {field: sentence for field, sentence in problems.items() if field not in ("prompt", "system")}


def _page(
    request: SignedInRequest, draft: Draft, problems: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = _form_context(request, draft, problems if problems is not None else _problems_of_edit(request, draft))
    context["recent"] = queries.history(request.user, size=RECENT).runs
    context["context"] = _context_of(request, draft)
    return render(request, "home/page.html", context, status=status)


def _form_context(request: SignedInRequest, draft: Draft, problems: dict[str, str]) -> dict[str, object]:
    models = catalogue.available_models()
    return {
        "draft": draft,
        "problems": problems,
        "presets": visible_to(request.user),
        "models": models,
        "references": {model.reference for model in models} | {Builtin.OVERLAP},
        "forecast": forecast(draft),
        "is_local": draft.preset == LOCAL_PRESET,
        "examples": recipes.EXAMPLE_PROMPTS,
    }
