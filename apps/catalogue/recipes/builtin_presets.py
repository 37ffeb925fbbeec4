"""The presets that come with the site, resolved against what is connected.

Panels take different makers first. Quality takes the strongest models; Budget the strongest of the lowest price tiers;
Fast the models whose first token came soonest here, or small families while nothing is measured, and it alone does not
wait for the slowest; Local what runs on this machine; Connected stands in for Quality, as the first of them, where no
prices are known. Where a judge that Auto would choose spoils the purpose (dear, slow, or elsewhere), judge and writer
are chosen by the same rule among the preset's own kind of models.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from apps.catalogue import access
from apps.catalogue.models import Model
from apps.catalogue.queries import available_models
from apps.catalogue.recipes.presets import settings_from, write_version
from apps.catalogue.recipes.resolve import auto_judge, auto_writer
from apps.catalogue.recipes.strength import REASONABLE_PRICE, is_small, maker_of_model, price_tier, strength
from apps.catalogue.recipes.warnings import LOCAL
from apps.fusion.values import Parameters, SlotSpec
from apps.fusion.vocabulary import SLOTS, Builtin, PromptStyle

LOCK = 4_771_805
PANEL_SIZE = 3
CHEAP_TIER = 2
"""Judge and writer of Budget are of this price tier at most."""
SIMILAR_S, SIMILAR_TIMES = 0.5, 2.0
"""First tokens are similar up to twice the soonest, or half a second more."""

FAST_WAITING = {"quorum": 2, "grace_s": 30.0}
"""Fast goes on with two answers, so many seconds after the second."""

SMALL, BASE = "local/smollm2-135m", "local/gemma3-270m"
ON_THIS_MACHINE = ("local", "ollama")
LOCAL_PANEL = (
    SlotSpec(slot="A", model=SMALL, parameters=Parameters(temperature=0.2, max_tokens=150)),
    SlotSpec(slot="B", model=SMALL, parameters=Parameters(temperature=0.7, max_tokens=150)),
    SlotSpec(slot="C", model=BASE, parameters=Parameters(temperature=0.4, max_tokens=150)),
)
LOCAL_WRITER = Parameters(temperature=0.2, max_tokens=150)


@transaction.atomic
def write_presets(ttft: Mapping[str, float] | None = None) -> None:
    """Bring the built-in presets up to date; those that cannot be filled are marked unavailable, not deleted.

    ``ttft`` are median seconds to the first token by model reference. Without it Fast stays as it is while its models
    are connected.
    """
    with connection.cursor() as cursor:
        # One at a time: of two lists that come at once, the presets would else be of the models of one of them.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    models = available_models()
    remote = [model for model in models if model.provider.slug != "local"]
    priced = [model for model in remote if model.price_output and model.price_output <= REASONABLE_PRICE]
    by_price = sorted(sorted(priced, key=strength, reverse=True), key=price_tier)
    cheap = [model for model in priced if price_tier(model) <= CHEAP_TIER]
    _write("quality", "Quality", 1, _panel(sorted(priced, key=strength, reverse=True)))
    _write("budget", "Budget", 2, _panel(by_price), cheap)
    _write_fast(remote, ttft)
    _write("connected", "Connected", 1, [] if priced else _panel(remote))
    _write_local(models)


def _panel(models: Sequence[Model]) -> list[Model]:
    """Return up to three models in the order given, of different makers as long as there are enough."""
    first_of_maker = {maker_of_model(model): model for model in reversed(models)}
    chosen = [model for model in models if model in first_of_maker.values()][:PANEL_SIZE]
    others = [model for model in models if model not in chosen]
    return chosen + others[: PANEL_SIZE - len(chosen)]


def _write_fast(models: Sequence[Model], ttft: Mapping[str, float] | None) -> None:
    if ttft is None and _can_stay("fast", models):
        return
    measured = _similar(models, ttft or {})
    if len(measured) > 1:
        times = [(ttft or {})[model.reference] for model in measured]
        note = f"Measured here: the first token comes after {min(times):.1f} to {max(times):.1f} s."
        _write("fast", "Fast", 3, measured, measured, note=note, waiting=FAST_WAITING)
        return
    small = sorted((model for model in models if is_small(model)), key=strength, reverse=True)
    note = "Models of small families. Their speed is not measured here yet."
    _write("fast", "Fast", 3, _panel(small) if len(small) > 1 else [], small, note=note, waiting=FAST_WAITING)


def _similar(models: Sequence[Model], ttft: Mapping[str, float]) -> list[Model]:
    """Return the panel of models whose first token arrives about as soon as that of the fastest."""
    by_speed = sorted((m for m in models if m.reference in ttft), key=lambda m: (ttft[m.reference], m.reference))
    if not by_speed:
        return []
    soonest = ttft[by_speed[0].reference]
    limit = max(soonest * SIMILAR_TIMES, soonest + SIMILAR_S)
    return _panel([model for model in by_speed if ttft[model.reference] <= limit])


def _can_stay(slug: str, models: Sequence[Model]) -> bool:
    """Return whether a preset can be run, and all that it names is still connected."""
    preset = access.site_presets().filter(slug=slug, is_current=True, is_available=True).first()
    known = {model.reference for model in models} | {Builtin.OVERLAP}
    return preset is not None and {*(s.model for s in preset.panel), preset.judge, preset.writer} <= known


def _write(
    slug: str,
    name: str,
    position: int,
    panel: Sequence[Model],
    judging: Sequence[Model] = (),
    note: str = "",
    waiting: Mapping[str, float] | None = None,
) -> None:
    """Write a preset of these models. Its judge and writer are Auto, or Auto's choice among ``judging``.

    ``waiting`` are its quorum and grace; without, it waits for all.
    """
    slots = [SlotSpec(slot=slot, model=model.reference) for slot, model in zip(SLOTS, panel, strict=False)]
    chosen = (auto_judge(slots, judging), auto_writer(slots, judging)) if judging else ()
    values = {"name": name, **settings_from(slots, *chosen), **(waiting or {})}
    _save(slug, position, values if slots else None, note)


def _write_local(models: Sequence[Model]) -> None:
    here = [model for model in models if model.provider.slug in ON_THIS_MACHINE]
    grown = sorted((m for m in here if m.style == PromptStyle.CHAT), key=lambda m: m.context_length or 0, reverse=True)
    if grown:
        _write(LOCAL, "Local", 9, _panel(grown), grown)
        return
    has_both = {SMALL, BASE} <= {model.reference for model in here}
    tiny = {"name": "Local", **settings_from(LOCAL_PANEL, Builtin.OVERLAP, SMALL, LOCAL_WRITER)}
    _save(LOCAL, 9, tiny if has_both else None)


def _save(slug: str, position: int, values: Mapping[str, Any] | None, note: str = "") -> None:
    """Make these values the preset's current version, or, without any, mark it unavailable."""
    if values is None:
        access.site_presets().filter(slug=slug).update(is_available=False)
    else:
        write_version(None, slug, values, position=position, note=note, is_available=True)
