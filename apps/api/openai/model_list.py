"""The names that requests can ask for: fusions by preset, and every connected model."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from apps.api.auth import may_read, owner_of
from apps.api.errors import ApiError
from apps.api.openai.wire.listed import listed_model, listed_preset
from apps.api.schemas import ListedModel, ModelList, with_errors
from apps.catalogue.queries import available_models
from apps.catalogue.recipes import presets

router = Router(tags=["OpenAI-compatible"])


@router.get("/models", auth=may_read, response=with_errors({200: ModelList}), summary="List models")
def list_models(request: HttpRequest) -> Any:
    """List the models: `fusion` is the default preset, `fusion/<preset>` a certain one, others are single models."""
    return {"object": "list", "data": _all(request)}


@router.get("/models/{path:model_id}", auth=may_read, response=with_errors({200: ListedModel}), summary="Get a model")
def get_model(request: HttpRequest, model_id: str) -> Any:
    """Return one of the list."""
    found = next((model for model in _all(request) if model["id"] == model_id), None)
    if found is None:
        raise ApiError(404, "model_not_found", f"There is no model “{model_id}”.", "model")
    return found


def _all(request: HttpRequest) -> list[dict[str, Any]]:
    visible = list(presets.choosable_presets(owner_of(request)))
    # The second is the name under which OpenRouter's clients ask for a fusion.
    fusions = [listed_preset("fusion", visible[0]), listed_preset("openrouter/fusion", visible[0])] if visible else []
    named = [listed_preset(f"fusion/{preset.slug}", preset) for preset in visible]
    return [*fusions, *named, *map(listed_model, available_models(owner_of(request)))]
