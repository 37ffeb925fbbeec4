"""Presets with what their runs say of them: the newest runs against targets, and advice on the panels."""

from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router

from apps.api import documents
from apps.api.auth import may_read, may_run, owner_of
from apps.api.errors import ApiError, not_found
from apps.api.runs.preset_schemas import PresetList, PutTargets, StandingDocument
from apps.api.schemas import with_errors
from apps.catalogue.models import Preset
from apps.catalogue.queries import available_models
from apps.catalogue.recipes import presets
from apps.catalogue.recipes.presets import InvalidPreset
from apps.fusion.ceiling import Ceiling, Proposal
from apps.fusion.panel_advice import MemberChange
from apps.fusion.routing import ROUTE
from apps.fusion.targets import Tally, TargetRecord, Targets
from apps.runs.reading.panel_advice import PresetAdvice, preset_advices
from apps.runs.reading.preset_records import target_records

router = Router(tags=["Presets"])

Slug = Annotated[str, Path(pattern=r"^[-A-Za-z0-9_]{1,50}$", examples=["quality"])]


@router.get("/presets", auth=may_read, response=with_errors({200: PresetList}), summary="List presets")
def list_presets(request: HttpRequest) -> Any:
    """List the presets that you can name, each with its targets, its newest runs against them, and advice."""
    owner = owner_of(request)
    choosable = list(presets.choosable_presets(owner))
    records = target_records(owner, choosable)
    advised = preset_advices(owner, choosable, available_models(owner)).presets
    advices = {one.preset.slug: one for one in advised}
    return {
        "data": [
            {
                "slug": preset.slug,
                "name": preset.name,
                "version": preset.version,
                "is_own": preset.owner_id is not None,
                "strategy": ROUTE if preset.routes else preset.strategy,
                "models": [spec.model for spec in preset.panel],
                "judge": preset.judge,
                "writer": preset.writer,
                "advice": _advice(advices[preset.slug]) if preset.slug in advices else None,
                **_standing(preset, records.get(preset.slug)),
            }
            for preset in choosable
        ]
    }


@router.put(
    "/presets/{slug}/targets",
    auth=may_run,
    response=with_errors({200: StandingDocument}),
    summary="Set the targets of a preset",
)
def put_targets(request: HttpRequest, slug: Slug, body: PutTargets) -> Any:
    """Set the targets of a preset of yours, and return how its newest runs met them. They change nothing in a run."""
    owner = owner_of(request)
    wanted = body.model_dump(exclude_none=True, exclude_defaults=True)
    if "question_set" in wanted and "accuracy" not in wanted:
        sentence = "A set of questions needs a share of good answers."
        raise ApiError(400, "invalid_parameter", sentence, "question_set")
    if "cost" in wanted:
        wanted["cost"] = Decimal(str(wanted["cost"]))
    try:
        preset = presets.find_choosable(owner, slug)
        presets.set_targets(preset, Targets(**wanted) if wanted else None)
    except Preset.DoesNotExist:
        raise not_found("preset") from None
    except InvalidPreset as error:
        raise ApiError(400, "invalid_parameter", error.sentence, "slug") from None
    return _standing(preset, target_records(owner, [preset]).get(slug))


def _standing(preset: Preset, record: TargetRecord | None) -> dict[str, Any]:
    """Return a preset's targets, and the runs against them."""
    targets = preset.targets.model_dump() if preset.targets else None
    if targets is None or record is None:
        return {"targets": targets, "record": None}
    tallies = {"seconds": record.seconds, "cost": record.cost, "accuracy": record.accuracy}
    counts = {name: tally and _tally(tally) for name, tally in tallies.items()}
    return {"targets": targets, "record": {"runs": record.runs, **counts}}


def _tally(tally: Tally) -> dict[str, int]:
    return {"met": tally.met, "of": tally.of}


def _advice(advised: PresetAdvice) -> dict[str, Any]:
    advice = advised.advice
    return {
        "questions": advice.items,
        "missing": advice.missing,
        "figures": advice.ceiling and _figures(advice.ceiling),
        "cost": documents.dollars(advice.cost),
        "additions": [_change(one) for one in advice.additions],
        "removals": [_change(one) for one in advice.removals],
        "proposal": advised.proposal and _proposal(advised, advised.proposal),
    }


def _proposal(advised: PresetAdvice, proposal: Proposal) -> dict[str, Any]:
    return {
        "models": list(proposal.panel),
        "figures": _figures(proposal.ceiling),
        "cost": documents.dollars(advised.proposed_cost),
        "today": advised.today and _figures(advised.today),
    }


def _figures(found: Ceiling) -> dict[str, Any]:
    return {
        "questions": found.n,
        "ceiling": found.share,
        "best": found.best,
        "best_alone": found.best_right / found.n,
        "headroom": found.headroom,
        "headroom_bound": found.headroom_bound,
    }


def _change(change: MemberChange) -> dict[str, Any]:
    cost = documents.dollars(change.cost)
    return {"model": change.model, "gain": change.gain, "cost": cost, "questions": change.after.n}
