"""People, models and runs for tests. Alice owns, Bob may view, Charlie is a stranger."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset, Provider
from apps.catalogue.recipes import builtin_presets
from apps.catalogue.recipes.builtin_presets import write_presets
from apps.catalogue.recipes.resolve import build_recipe
from apps.fusion.values import Message, Parameters, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, Builtin, PromptStyle, Status
from apps.runs.models import Run

SMOL, GEMMA = "local/smollm2-135m", "local/gemma3-270m"


def make_user(name: str) -> User:
    """Create a user without a password; hashing one takes long. Their models are sent the conversation alone."""
    return User.objects.create(username=name, tells_day=False)


def make_provider(slug: str = "local", name: str = "This machine", **values: Any) -> Provider:
    return Provider.objects.create(slug=slug, name=name, base_url="http://127.0.0.1:9/v1", **values)


def make_model(provider: Provider, name: str, **values: Any) -> Model:
    """Create a model of a provider; its reference is made of both."""
    values = {"label": name, "reference": f"{provider.slug}/{name}", **values}
    return Model.objects.create(provider=provider, name=name, **values)


def make_local_models() -> list[Model]:
    """Create the two models that run on this machine, both free."""
    provider = make_provider()
    free = {"price_input": 0, "price_output": 0, "context_length": 2048}
    small = make_model(provider, "smollm2-135m", label="SmolLM2 135M", style=PromptStyle.SMALL, **free)
    base = make_model(provider, "gemma3-270m", label="Gemma 3 270M (base)", style=PromptStyle.BASE, **free)
    return [small, base]


def make_local_preset() -> Preset:
    """Create the Local preset as the site writes it, with its models. Without others it is the only one."""
    has_others = Model.objects.exists()
    models = make_local_models()
    if has_others:
        write_presets()
    else:
        builtin_presets._write_local(models)
    return Preset.objects.get(slug="local")


def make_hosted_models() -> list[Model]:
    """Create three priced models of three makers behind one provider; prices in USD per million tokens."""
    provider = make_provider("router", "Router")
    prices = {"anvil": (3, 15), "birch": (1, 5), "cedar": (2, 12)}
    return [
        make_model(provider, f"{name}-1", label=f"{name.title()} 1", maker=name.title(), price_input=i, price_output=o)
        for name, (i, o) in prices.items()
    ]


def make_recipe(*models: str, judge: str = Builtin.OVERLAP, writer: str = SMOL, **values: Any) -> Recipe:
    """Return a recipe with one slot per model; the models must be connected."""
    panel = [
        SlotSpec(slot=slot, model=model, parameters=Parameters(temperature=0.3))
        for slot, model in zip(SLOTS, models or (SMOL, GEMMA), strict=False)
    ]
    return build_recipe(panel, judge, writer, **values)


def make_run(owner: User, prompt: str = "How high is the Eiffel Tower?", *, age_s: float = 60, **values: Any) -> Run:
    """Create a run without calls, done unless ``values`` say otherwise, ``age_s`` seconds ago."""
    created_at = timezone.now() - timedelta(seconds=age_s)
    recipe = values.pop("recipe", None) or make_recipe()
    messages = values.pop("messages", None) or [Message(role="user", text=prompt)]
    defaults: dict[str, Any] = {
        "status": Status.DONE,
        "ended_at": created_at + timedelta(seconds=24),
        "cost": Decimal(0),
    }
    return Run.objects.create(
        owner=owner,
        team=owner.personal_team,
        title=prompt[:200],
        prompt=prompt,
        messages=tuple(messages),
        recipe=recipe,
        preset=recipe.preset,
        created_at=created_at,
        **{**defaults, **values},
    )
