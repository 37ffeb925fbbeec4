"""The recipe that the options of a request make, with the models that it asks."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from pydantic import ValidationError

from apps.accounts.models import User
from apps.api.errors import ApiError
from apps.api.fork_options import recipe_of_fork
from apps.api.options import FusionOptions, PanelSlot, Sampling
from apps.api.routing import with_choice
from apps.api.weights import useless, weighed_settings
from apps.catalogue.models import Model, Preset
from apps.catalogue.queries import find_models
from apps.catalogue.recipes import presets
from apps.catalogue.recipes.resolve import (
    JUDGED,
    OF_VOTES,
    build_recipe,
    default_stages,
    models_of,
    recipe_of_preset,
    resolve_recipe,
    with_day,
)
from apps.fusion.routing import ROUTE, Question
from apps.fusion.strategies import strategy_of
from apps.fusion.values import (
    AnswerFormat,
    JudgedSettings,
    Parameters,
    Recipe,
    SlotSpec,
    StrategySettings,
)
from apps.fusion.vocabulary import (
    AUTO,
    SLOTS,
    Role,
    StrategyName,
)
from apps.runs import hot_rows
from apps.runs.routing import choose_route

Start = tuple[Recipe, str]
OF_THE_ANSWER = ("max_tokens", "stop")
"""Sampling that bounds the answer; what the panel writes is only material for it."""


class ResolvedRecipe(NamedTuple):
    """A recipe, its models by reference, and the system prompt of the preset that it came from; '' for none."""

    recipe: Recipe
    models: dict[str, Model]
    system: str = ""


def fused_recipe(
    user: User,
    options: FusionOptions,
    sampling: Sampling,
    answer_format: AnswerFormat | None,
    ask: Callable[[], Question] = lambda: Question(text=""),
    origin: Recipe | None = None,
) -> ResolvedRecipe:
    """Return the recipe of a fusion for somebody, or of a fork; raises :class:`ApiError`, and ``UnknownModel``.

    ``sampling`` goes to panel and writer, except its length and its stops: those are the answer's, so the writer's.
    ``ask`` returns the question, which is looked at where rules choose.
    """
    if options.preset is not None or options.strategy == ROUTE:
        origin = None  # all of its settings are replaced
    preset = None if origin or options.panel is not None else _preset(user, options.preset)
    route = None
    if options.strategy == ROUTE or (preset is not None and preset.routes and options.strategy is None):
        route = choose_route(user, ask(), preset.panel if preset else _slots(options.panel or []))
        options = with_choice(options, route)
        if route.model or route.preset:
            preset = None if route.model else _preset(user, route.preset)
    (recipe, system), given = _starting_point(user, options, preset, origin), sampling.given
    strategy = strategy_of(recipe)
    if options.strategy is StrategyName.SINGLE and strategy.name is not StrategyName.SINGLE:
        sentence = "The strategy “single” asks one model. Name a panel of one, or a preset that has one."
        raise ApiError(400, "invalid_parameter", sentence, "fusion.strategy")
    # Where a panel's text may be the answer, its limit and its stops are meant for it.
    is_answer = Role.PANEL in strategy.answer_roles
    shared = {name: value for name, value in given.items() if is_answer or name not in OF_THE_ANSWER}
    said = {name: getattr(options, name) for name in ("criteria", "hard_limit_s", "max_cost")}
    votes = {name: getattr(options, name) for name in OF_VOTES if name != "calibration"}
    changes = {
        "panel": tuple(_resampled(spec, shared) for spec in recipe.panel),
        "settings": _settings(weighed_settings(user, recipe, options.calibration, votes), options, given),
        "answer_format": answer_format,
        **({"web": options.web.settings} if options.web else {}),
        **({"cache": options.cache.settings} if options.cache else {}),
        "route": route,
        **{name: value for name, value in said.items() if value is not None},
    }
    tells_day = user.tells_day if options.tell_day is None else options.tell_day
    fused = with_day(recipe.model_copy(update=changes), tells_day)
    return ResolvedRecipe(fused, models_of(fused), system)


def _settings(own: StrategySettings, options: FusionOptions, given: dict[str, Any]) -> StrategySettings:
    """Return the strategy's own settings with what the request says of them; ``given`` is the answer's sampling."""
    if not isinstance(own, JudgedSettings):
        return own
    names = ("quorum", "grace_s", "judge_instructions", "writer_instructions", "answer_check", "peer_review")
    said = {name: getattr(options, name) for name in names}
    changes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if options.grace_s is not None:
        is_auto = options.grace_s == AUTO
        changes |= {"grace_is_auto": is_auto, "grace_s": None if is_auto else options.grace_s}
    return own.model_copy(update={"writer_parameters": own.writer_parameters.model_copy(update=given), **changes})


def single_recipe(
    user: User,
    reference: str,
    options: FusionOptions,
    sampling: Sampling,
    answer_format: AnswerFormat | None,
    depth: int = 0,
) -> ResolvedRecipe:
    """Return the recipe of one model asked alone; raises :class:`ApiError`, and ``UnknownModel``."""
    if options.names_models:
        sentence = f"“{reference}” is a single model. To fuse, ask for the model “fusion”."
        raise ApiError(400, "invalid_parameter", sentence, "fusion")
    spec = SlotSpec(slot=SLOTS[0], model=reference, parameters=Parameters(**sampling.given))
    models = (hot_rows.find_models if settings.HOT_ROWS else find_models)([reference], user)
    found = list(models.values())
    recipe = resolve_recipe([spec], "", "", found, answer_format=answer_format, max_cost=options.max_cost)
    web = options.web.settings if options.web else None
    cache = options.cache.settings if options.cache else None
    return ResolvedRecipe(recipe.model_copy(update={"depth": depth, "web": web, "cache": cache}), models)


def default_preset(user: User) -> Preset:
    """Return the preset that ``fusion`` stands for; raise :class:`ApiError` while nothing is connected."""
    first = presets.choosable_presets(user).first()
    if first is None:
        raise ApiError(503, "no_models", "No model is connected yet. Connect one on the Models page.")
    return first


def _preset(user: User, slug: str | None) -> Preset:
    if slug is None:
        return default_preset(user)
    try:
        return presets.find_choosable(user, slug)
    except Preset.DoesNotExist:
        names = ", ".join(preset.slug for preset in presets.choosable_presets(user))
        sentence = f"There is no preset “{slug}”. There are: {names or 'none'}."
        raise ApiError(400, "unknown_preset", sentence, "fusion.preset") from None


def _refuse_both(options: FusionOptions) -> None:
    if options.preset is not None:
        raise ApiError(400, "invalid_parameter", "Name a preset or a panel, not both.", "fusion.preset")


def _slots(panel: list[str | PanelSlot]) -> tuple[SlotSpec, ...]:
    named = [one if isinstance(one, PanelSlot) else PanelSlot(model=one) for one in panel]
    return tuple(
        SlotSpec(
            slot=slot,
            model=one.model,
            parameters=Parameters(**one.parameters.given),
            fallback=one.fallback,
            variant=one.variant.value if one.variant else None,
        )
        for slot, one in zip(SLOTS, named, strict=False)
    )


def _starting_point(user: User, options: FusionOptions, preset: Preset | None, origin: Recipe | None) -> Start:
    """Return the recipe of a preset, a panel or a fork's origin, with the strategy, judge and writer asked for.

    The second value is the preset's system prompt.
    """
    recipe, system = _named_recipe(user, options, preset, origin)
    own = recipe.settings
    named = options.named_strategy or own.strategy
    wanted = named if named in JUDGED else own.strategy
    if options.stages is not None and wanted is not StrategyName.CASCADE:
        raise useless(own, "stages", "Only the strategy “cascade” has stages.")
    if options.layers is not None and wanted is not StrategyName.LAYERS:
        raise useless(own, "layers", "Only the strategy “layers” has layers.")
    is_as_wanted = options.stages is None and options.layers is None and wanted is own.strategy
    if not isinstance(own, JudgedSettings) or is_as_wanted:
        return recipe, system
    shared: dict[str, Any] = {name: getattr(own, name) for name in JudgedSettings.model_fields}
    shared["strategy"] = wanted
    if wanted is StrategyName.CASCADE:
        shared["stages"] = tuple(map(tuple, options.stages or default_stages(recipe.panel)))
    if wanted is StrategyName.LAYERS and options.layers is not None:
        shared["layers"] = options.layers
    try:
        changed = Recipe(settings=JUDGED[wanted](**shared), panel=recipe.panel)
    except ValidationError as error:
        reason = str(error.errors()[0].get("ctx", {}).get("error", "The stages do not fit the panel."))
        raise ApiError(400, "invalid_parameter", f"{reason} A cascade needs three models.", "fusion.stages") from None
    return recipe.model_copy(update={"settings": changed.settings, "preset": "", "preset_version": None}), system


def _named_recipe(user: User, options: FusionOptions, preset: Preset | None, origin: Recipe | None) -> Start:
    if origin is not None:
        panel = None if options.panel is None else _slots(options.panel)
        return recipe_of_fork(user, origin, panel, options.judge, options.writer), ""
    if preset is None:
        _refuse_both(options)
        slots = _slots(options.panel or [])
        return build_recipe(slots, options.judge or AUTO, options.writer or AUTO, user=user), ""
    recipe = recipe_of_preset(preset, user)
    own = recipe.settings
    if (options.judge is None and options.writer is None) or not isinstance(own, JudgedSettings):
        return recipe, preset.system
    judge = options.judge or (AUTO if own.judge_is_auto else own.judge)
    writer = options.writer or (AUTO if own.writer_is_auto else own.writer)
    changed = build_recipe(recipe.panel, judge, writer, user=user).settings
    names = ("judge", "judge_is_auto", "writer", "writer_is_auto")
    settings = own.model_copy(update={name: getattr(changed, name) for name in names})
    changed_recipe = recipe.model_copy(update={"settings": settings, "preset": "", "preset_version": None})
    return changed_recipe, preset.system


def _resampled(spec: SlotSpec, given: dict[str, Any]) -> SlotSpec:
    return spec.model_copy(update={"parameters": spec.parameters.model_copy(update=given)})
