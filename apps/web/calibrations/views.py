"""The views of the page of calibrations: list, make from one's own opinions, delete."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.catalogue.access import own_calibrations
from apps.catalogue.models import Preset
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.calibrations import (
    LONGEST_NAME,
    BadCalibration,
    delete_calibration,
    newest_saved,
    save_calibration,
)
from apps.catalogue.recipes.presets import choosable_presets
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.runs.measuring.own_items import calibration_of, own_items
from apps.runs.measuring.replay_recipes import Counting
from apps.web.calibrations.rows import rows_of
from apps.web.redirects import go_to
from apps.web.requests import SignedInRequest, plain_text

ALPHAS = {"": None, "0.01": 0.01, "0.03": 0.03, "0.05": 0.05, "0.1": 0.1}
"""The shares of errors that the form can certify, by what it sends."""


@login_required
@never_cache
@require_safe
def calibrations(request: SignedInRequest) -> HttpResponse:
    """List the newest versions of a person's calibrations and the site's."""
    labels = {model.reference: model.label for model in available_models(request.user)}
    rows = rows_of(newest_saved(request.user), list(choosable_presets(request.user)), labels)
    return render(request, "calibrations/list.html", {"rows": rows})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Say how many items there are for a preset's panel; a POST makes its calibration from them."""
    sent = request.POST if request.method == "POST" else request.GET
    presets = [preset for preset in choosable_presets(request.user) if len(preset.panel) > 1]
    preset = next((one for one in presets if one.slug == plain_text(sent.get("preset", ""))), None)
    parts: dict[str, Any] = {"presets": presets, "preset": preset, "longest": LONGEST_NAME, "enough": ENOUGH_ITEMS}
    if preset is None:
        return render(request, "calibrations/new.html", parts, status=400 if request.method == "POST" else 200)
    counting = _counting(preset)
    found = own_items(request.user, preset.panel, counting)
    parts |= {"found": found, "n": len(found.items), "sources": {str(key): n for key, n in found.sources.items()}}
    if request.method != "POST":
        return render(request, "calibrations/new.html", parts)
    name, alpha = plain_text(sent.get("name", "")), sent.get("alpha", "")
    try:
        made = calibration_of(found, preset.panel, preset.system, counting, ALPHAS.get(alpha))
        saved = save_calibration(request.user, name, made)
    except BadCalibration as error:
        parts |= {"problem": error.sentence, "name": name, "alpha": alpha}
    except ValueError as error:
        parts |= {"problem": str(error), "name": name, "alpha": alpha}
    else:
        few = "" if saved.value.items >= ENOUGH_ITEMS else " These are few: runs that use it say so."
        messages.success(request, f"“{saved.name}” is made from {saved.value.items} of your runs.{few}")
        return redirect("web:calibrations")
    return render(request, "calibrations/new.html", parts, status=400)


@login_required
@require_POST
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete all versions of one of a person's own; recipes and presets keep their copies."""
    saved = get_object_or_404(own_calibrations(request.user), pk=pk)
    delete_calibration(request.user, saved.name)
    messages.success(request, f"The calibration “{saved.name}” is deleted.")
    return go_to(request, "web:calibrations")


def _counting(preset: Preset) -> Counting:
    """Return the final answers that count in a preset's votes."""
    return Counting(preset.votes.answer_kind, preset.votes.labels) if preset.votes else Counting()
