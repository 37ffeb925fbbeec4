"""Models and presets as Anthropic's list shows models."""

from typing import Any

from apps.api.anthropic.names import alias_of
from apps.catalogue.models import Model, Preset

UNKNOWN_MOMENT = "1970-01-01T00:00:00Z"
"""Anthropic's word for a model whose release nobody knows."""


def listed_preset(preset: Preset, *, is_default: bool = False) -> dict[str, Any]:
    """Return a fusion under its alias."""
    name = f"Fusion: {preset.name}"
    return _listed(alias_of("" if is_default else preset.slug), name, f"{preset.created_at:%Y-%m-%dT%H:%M:%SZ}")


def listed_model(model: Model) -> dict[str, Any]:
    """Return a single model under its reference."""
    return _listed(model.reference, model.label, UNKNOWN_MOMENT)


def _listed(model_id: str, name: str, created_at: str) -> dict[str, Any]:
    return {"type": "model", "id": model_id, "display_name": name, "created_at": created_at}
