"""The buttons of a run that has ended: judge again, write again, one more model, which take counts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.catalogue.queries import available_models
from apps.catalogue.recipes.estimates import RunEstimate
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.refusal import Refusal
from apps.fusion.values import JudgedSettings
from apps.fusion.vocabulary import SLOTS
from apps.runs import again
from apps.runs.again import JudgeRequest, WriterRequest
from apps.runs.models import Run
from apps.runs.starting import InvalidRun
from apps.web.formats import money_range
from apps.web.requests import SignedInRequest, call_id, plain_text
from apps.web.run.views import FRAGMENTS, for_editor, render_changed_parts, render_refusal


@for_editor
@never_cache
@require_safe
def renew(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the forms, with the models that may be asked; fetched when somebody opens them."""
    if not isinstance(run.recipe.settings, JudgedSettings):
        raise Http404("This run has neither judge nor writer.")
    models = available_models(request.user)
    context = {
        "run": {"id": run.public_id, "recipe": run.recipe},
        "settings": run.recipe.settings,
        "models": models,
        "labels": {model.reference: model.label for model in models},
        "answers": again.answers_to_judge(run),
        "rulings": len(again.rulings_for_writer(run)),
    }
    return render(request, "run/renew_form.html", context)


@require_POST
@for_editor
def rejudge(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask one judge."""
    try:
        again.judge_run_again(run, _judge_request(request), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@require_POST
@for_editor
def rewrite(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask one to three writers."""
    try:
        again.write_run_again(run, _writer_request(request, run), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS, is_live=True)


@for_editor
@never_cache
@require_safe
def check_form(request: SignedInRequest, run: Run) -> HttpResponse:
    """Render the form that asks for a check of the answer; fetched when somebody opens it."""
    settings = run.recipe.settings
    if not isinstance(settings, JudgedSettings):
        raise Http404("This run has no fused answer.")
    models = available_models(request.user)
    context = {
        "run": {"id": run.public_id},
        "chosen": settings.checker or next((model.reference for model in models), ""),
        "labels": {model.reference: model.label for model in models},
    }
    return render(request, "run/check_form.html", context)


@require_POST
@for_editor
def check(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask one model to check the answer."""
    try:
        again.check_answer(run, plain_text(request.POST.get("model", "")), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, ["header", "answer", "bill"], is_live=True)


@require_POST
@for_editor
def add_model(request: SignedInRequest, run: Run) -> HttpResponse:
    """Ask one more model; the page is loaded anew, since it has a column more."""
    try:
        again.add_model(run, plain_text(request.POST.get("model", "")), request.user)
    except (InvalidRun, UnknownModel) as error:
        return render_refusal(request, run, error)
    return HttpResponseClientRefresh() if request.htmx else redirect(run)


@require_POST
@for_editor
def choose(request: SignedInRequest, run: Run) -> HttpResponse:
    """Let another analysis or another answer count."""
    try:
        chosen = (call_id(request.POST.get(name, "")) for name in ("analysis", "answer"))
        again.choose_takes(run, *chosen)
    except InvalidRun as error:
        return render_refusal(request, run, error)
    return render_changed_parts(request, run, FRAGMENTS)


@require_POST
@for_editor
def price(request: SignedInRequest, run: Run, form: str) -> HttpResponse:
    """Say what a form's calls are likely to cost, or why they cannot be made."""
    try:
        if form == "rejudge":
            expected = again.estimate_judge(run, _judge_request(request), request.user)
        elif form == "check":
            expected = again.estimate_check(run, plain_text(request.POST.get("model", "")), request.user)
        else:
            expected = again.estimate_writers(run, _writer_request(request, run), request.user)
    except Refusal as error:
        return HttpResponse(error.sentence, content_type="text/plain; charset=utf-8")
    return HttpResponse(price_in_words(expected), content_type="text/plain; charset=utf-8")


def price_in_words(expected: RunEstimate) -> str:
    """Return how many calls there will be, and what they are likely to cost."""
    if not expected.calls:
        return "no call, free"
    if expected.high is None:
        return "price unknown"
    calls = "1 call" if expected.calls == 1 else f"{expected.calls} calls"
    return f"{calls}, {money_range(expected.low, expected.high)}{'' if expected.is_complete else ' and more'}"


def _judge_request(request: HttpRequest) -> JudgeRequest:
    """Return what the form asks for. Raise :class:`InvalidRun` where it has no answer left to judge."""
    slots = [slot for slot in request.POST.getlist("slot") if slot in set(SLOTS)]
    if not slots and request.POST.get("chooses") == "slots":  # which would mean all
        raise InvalidRun("A judge needs two answers.", "slots")
    return JudgeRequest(
        slots=slots,
        model=plain_text(request.POST.get("judge", "")),
        criteria=_text(request, "criteria"),
        instructions=_text(request, "instructions"),
    )


def _writer_request(request: HttpRequest, run: Run) -> WriterRequest:
    models = [plain_text(model) for model in request.POST.getlist("writer") if model]
    rulings = again.rulings_for_writer(run) if "rulings" in request.POST else ()
    return WriterRequest(models, _text(request, "instructions"), rulings)


def _text(request: HttpRequest, name: str) -> str | None:
    given = request.POST.get(name)
    return None if given is None else plain_text(given)
