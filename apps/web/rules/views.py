"""The views of the rules page: list, test, add, change, order and delete."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalogue.models import Model, Preset, SavedRule
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.presets import choosable_presets
from apps.catalogue.recipes.rules import InvalidRule, delete_rule, move_rule, rules_of, save_rule
from apps.fusion.routing import FEATURES, RoutingRule, reading_of
from apps.runs.routing import choose_route
from apps.web.formats import joined
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest
from apps.web.rules.forms import ANY_PANEL, STRATEGIES, RuleForm, TrialForm

MOVES = {"up": -1, "down": 1}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: SignedInRequest) -> HttpResponse:
    """List a person's rules in their order; a POST tries a prompt: each says what it makes of it. Nothing is run."""
    saved, models = rules_of(request.user), available_models(request.user)
    presets = list(choosable_presets(request.user))
    trial = TrialForm(request.POST if request.method == "POST" else None)
    question = trial.question() if trial.is_bound and trial.is_valid() else None
    rows: list[dict[str, Any]] = [
        {
            "saved": one,
            "conditions": conditions_of(one.value),
            "target": target_of(one.value, models, presets),
            "is_gone": _is_gone(one.value, models, presets),
            "reading": reading_of(one.value, question) if question else None,
        }
        for one in saved
    ]
    panel = presets[0].panel if presets else ()
    chosen = choose_route(request.user, question, panel) if question else None
    named = chosen.rule if chosen else ""
    target = next((row["target"] for row in rows if row["saved"].value.name == named), "")
    default = presets[0] if presets else None
    parts = {"rows": rows, "trial": trial, "chosen": chosen, "target": target, "default": default}
    return render(request, "rules/page.html", parts)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Render the form of a new rule; a POST writes it behind the others."""
    return _form(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Render the form of a rule of one's own; a POST changes it in its place."""
    saved = next((one for one in rules_of(request.user) if one.pk == pk), None)
    if saved is None:
        raise Http404("There is no such rule of yours.")
    return _form(request, saved)


@login_required
@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a rule up or down (``do``) by one place."""
    try:
        move_rule(request.user, pk, MOVES.get(request.POST.get("do", ""), 0))
    except SavedRule.DoesNotExist:
        raise Http404("There is no such rule of yours.") from None
    return redirect("web:rules")


@login_required
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete a rule of one's own."""
    saved = next((one for one in rules_of(request.user) if one.pk == pk), None)
    if saved is None:
        raise Http404("There is no such rule of yours.")
    delete_rule(request.user, pk)
    messages.success(request, f"The rule “{saved.value.name}” is deleted.")
    return go_to(request, "web:rules")


def conditions_of(rule: RoutingRule) -> list[str]:
    """Return the conditions of a rule as what follows “A prompt that”."""
    clauses = []
    if rule.shorter_than is not None:
        clauses.append(f"is shorter than {rule.shorter_than:,} characters")
    if rule.has:
        clauses.append(f"comes with {joined([FEATURES[feature] for feature in rule.has])}")
    if rule.words:
        clauses.append(f"says {' or '.join(f'“{word}”' for word in rule.words)}")
    if rule.key:
        clauses.append(f"was sent with the API key “{rule.key}”")
    if rule.tag:
        clauses.append(f"is tagged “{rule.tag}”")
    return clauses


def target_of(rule: RoutingRule, models: list[Model], presets: list[Preset]) -> str:
    """Return who is asked by a rule, in words."""
    if rule.model:
        return next((model.label for model in models if model.reference == rule.model), rule.model)
    name = next((preset.name for preset in presets if preset.slug == rule.preset), rule.preset)
    panel = f"the preset {name}" if name else f"{ANY_PANEL[0].lower()}{ANY_PANEL[1:]}"
    if rule.strategy is None:
        return panel
    line = dict(STRATEGIES).get(rule.strategy, str(rule.strategy)).partition(":")[0]
    return f"{panel}, with the strategy {line}"


def _is_gone(rule: RoutingRule, models: list[Model], presets: list[Preset]) -> bool:
    known = {model.reference for model in models} | {preset.slug for preset in presets} | {""}
    return not {rule.model, rule.preset} <= known


def _form(request: SignedInRequest, saved: SavedRule | None) -> HttpResponse:
    models, presets = available_models(request.user), list(choosable_presets(request.user))
    rule, problem = saved.value if saved else None, ""
    form = RuleForm(models, presets, request.POST if request.method == "POST" else None, rule=rule)
    if form.is_bound and form.is_valid():
        try:
            made = save_rule(request.user, form.rule(), saved.pk if saved else None)
        except InvalidRule as error:
            form.add_error(error.field, error.sentence)
        except ValueError as error:
            problem = str(error)
        else:
            messages.success(request, f"The rule “{made.value.name}” is saved.")
            return redirect("web:rules")
    labels = {model.reference: model.label for model in models}
    parts: dict[str, Any] = {"form": form, "saved": saved, "problem": problem, "models": models, "labels": labels}
    return render(request, "rules/form.html", parts, status=400 if form.is_bound else 200)
