"""Models and presets as OpenAI's list shows models, with what we know besides."""

from typing import Any

from apps.api.documents import dollars
from apps.catalogue.models import Model, Preset


def listed_preset(name: str, preset: Preset) -> dict[str, Any]:
    """Return a fusion under a name."""
    return {
        "id": name,
        "object": "model",
        "created": int(preset.created_at.timestamp()),
        "owned_by": "fusionweb",
        "fusion": {
            "preset": preset.slug,
            "name": preset.name,
            "panel": [spec.model for spec in preset.panel],
            "judge": preset.judge,
            "writer": preset.writer,
        },
    }


def listed_model(model: Model) -> dict[str, Any]:
    """Return a single model; prices are USD per million tokens, ``null`` where unknown."""
    price = model.price
    return {
        "id": model.reference,
        "object": "model",
        "created": 0,
        "owned_by": model.maker or model.provider.name,
        "name": model.label,
        "context_length": model.context_length,
        "max_output": model.max_output,
        "price": {"input": dollars(price.input), "cached": dollars(price.cached), "output": dollars(price.output)},
    }
