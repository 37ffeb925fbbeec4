"""The names that requests can ask for: fusions by preset, and every connected model."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Router

from apps.api.anthropic.wire import listed as anthropics
from apps.api.auth import may_read, owner_of
from apps.api.errors import ApiError, speaks_anthropic
from apps.api.openai.wire.listed import listed_model, listed_preset
from apps.api.schemas import ListedModel, ModelList, with_errors
from apps.catalogue.queries import available_models
from apps.catalogue.recipes import presets

router = Router(tags=["OpenAI-compatible"])


@router.get("/models", auth=may_read, response=with_errors({200: ModelList}), summary="List models")
def list_models(request: HttpRequest) -> Any:
    """List the models: `fusion` is the default preset, `fusion/<preset>` a certain one, others are single models."""
    if speaks_anthropic(request):
        return _anthropics_list(request)
    return {"object": "list", "data": _all(request)}


@router.get("/models/{path:model_id}", auth=may_read, response=with_errors({200: ListedModel}), summary="Get a model")
def get_model(request: HttpRequest, model_id: str) -> Any:
    """Return one of the list."""
    listed = _anthropics(request) if speaks_anthropic(request) else _all(request)
    found = next((model for model in listed if model["id"] == model_id), None)
    if found is None:
        raise ApiError(404, "model_not_found", f"There is no model “{model_id}”.", "model")
    return JsonResponse(found) if speaks_anthropic(request) else found


def _anthropics_list(request: HttpRequest) -> JsonResponse:
    """Return the list in Anthropic's form. It is whole: nothing follows, whatever page is asked for."""
    models = [] if {"after_id", "before_id"} & {*request.GET} else _anthropics(request)
    ends = {"first_id": models[0]["id"] if models else None, "last_id": models[-1]["id"] if models else None}
    return JsonResponse({"data": models, "has_more": False, **ends})


def _anthropics(request: HttpRequest) -> list[dict[str, Any]]:
    visible = list(presets.choosable_presets(owner_of(request)))
    fusions = [anthropics.listed_preset(visible[0], is_default=True)] if visible else []
    named = map(anthropics.listed_preset, visible)
    return [*fusions, *named, *map(anthropics.listed_model, available_models(owner_of(request)))]


def _all(request: HttpRequest) -> list[dict[str, Any]]:
    visible = list(presets.choosable_presets(owner_of(request)))
    # The second is the name under which OpenRouter's clients ask for a fusion.
    fusions = [listed_preset("fusion", visible[0]), listed_preset("openrouter/fusion", visible[0])] if visible else []
    named = [listed_preset(f"fusion/{preset.slug}", preset) for preset in visible]
    return [*fusions, *named, *map(listed_model, available_models(owner_of(request)))]
