"""The presets that come with the site, resolved against what is connected."""

from collections.abc import Sequence
from decimal import Decimal

from apps.catalogue.models import Model, Preset
from apps.catalogue.queries import available_models
from apps.fusion.values import Parameters, SlotSpec
from apps.fusion.vocabulary import SLOTS, Builtin

PANEL_SIZE = 3
SANE_PRICE = Decimal(100)
"""USD per million output tokens; what costs more is never chosen unasked."""

SMALL, BASE = "local/smollm2-135m", "local/gemma3-270m"
LOCAL_PANEL = (
    SlotSpec(slot="A", model=SMALL, parameters=Parameters(temperature=0.2, max_tokens=150)),
    SlotSpec(slot="B", model=SMALL, parameters=Parameters(temperature=0.7, max_tokens=150)),
    SlotSpec(slot="C", model=BASE, parameters=Parameters(temperature=0.4, max_tokens=150)),
)
LOCAL_WRITER = Parameters(temperature=0.2, max_tokens=150)


def write_presets() -> None:
    """Bring the built-in presets up to date; those that cannot be filled are marked unavailable, not deleted."""
    models = available_models()
    remote = [model for model in models if model.provider.slug != "local"]
    priced = [model for model in remote if model.price_output and model.price_output <= SANE_PRICE]
    _write("quality", "Quality", 1, _one_per_maker(sorted(priced, key=_price, reverse=True)), priced)
    _write("budget", "Budget", 2, _one_per_maker(sorted(priced, key=_price)), priced)
    _write("connected", "Connected", 3, _one_per_maker(remote), remote if not priced else [])
    _write_local(models)


def _price(model: Model) -> Decimal:
    return model.price_output or Decimal(0)


def _one_per_maker(models: Sequence[Model]) -> list[Model]:
    """Up to three models, of different makers as long as there are enough of them, in the order given."""
    first_of_maker = {model.maker or model.family or model.name: model for model in reversed(models)}
    chosen = [model for model in models if model in first_of_maker.values()][:PANEL_SIZE]
    others = [model for model in models if model not in chosen]
    return chosen + others[: PANEL_SIZE - len(chosen)]


def _referee(panel: Sequence[Model], pool: Sequence[Model]) -> Model:
    """The dearest model whose maker is not on the panel, else the panel's first."""
    makers = {model.maker for model in panel}
    others = sorted((model for model in pool if model.maker and model.maker not in makers), key=_price, reverse=True)
    return others[0] if others else panel[0]


def _write(slug: str, name: str, position: int, panel: list[Model], pool: list[Model]) -> None:
    if not pool:
        Preset.objects.filter(slug=slug, owner=None).update(is_available=False)
        return
    referee = _referee(panel, pool).reference
    slots = [SlotSpec(slot=slot, model=model.reference) for slot, model in zip(SLOTS, panel, strict=False)]
    _save(slug, name, position, slots, judge=referee, writer=referee)


def _write_local(models: Sequence[Model]) -> None:
    if {SMALL, BASE} <= {model.reference for model in models}:
        _save("local", "Local", 9, LOCAL_PANEL, judge=Builtin.OVERLAP, writer=SMALL, writer_parameters=LOCAL_WRITER)
    else:
        Preset.objects.filter(slug="local", owner=None).update(is_available=False)


def _save(
    slug: str,
    name: str,
    position: int,
    slots: Sequence[SlotSpec],
    judge: str,
    writer: str,
    writer_parameters: Parameters | None = None,
) -> None:
    values = {
        "panel": [slot.model_dump(mode="json") for slot in slots],
        "judge": str(judge),
        "writer": writer,
        "writer_parameters": (writer_parameters or Parameters()).model_dump(mode="json"),
    }
    preset = Preset.objects.filter(slug=slug, owner=None, is_current=True).first() or Preset(slug=slug, version=0)
    if any(getattr(preset, field) != value for field, value in values.items()):
        preset.version += 1
    for field, value in {**values, "name": name, "position": position, "is_available": True}.items():
        setattr(preset, field, value)
    preset.save()
