"""The options of a fusion in our words, and the recipe that they make.

The same options are the body of the runs API and the ``fusion`` object of the OpenAI-compatible routes.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from django.conf import settings
from pydantic import Discriminator, Field, Tag, ValidationError

from apps.accounts.models import User
from apps.api.errors import ApiError
from apps.api.files import GivenFile
from apps.api.fork_options import recipe_of_fork
from apps.api.numbers import Number, Whole
from apps.api.routing import AnyStrategy, CacheOptions, with_choice
from apps.api.strict import Lenient, Strict
from apps.api.web_options import WebOptions
from apps.api.weights import AnyCalibration, Reference, Weight, weighed_settings
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
from apps.fusion.strategy_settings import LONGEST_LABEL, MOST_LABELS
from apps.fusion.tools import ToolMode
from apps.fusion.values import (
    AnswerFormat,
    CascadeSettings,
    JudgedSettings,
    LayersSettings,
    Parameters,
    Recipe,
    SlotSpec,
    StrategySettings,
)
from apps.fusion.vocabulary import (
    AUTO,
    SLOTS,
    CountedKind,
    EarlierAnswers,
    Priority,
    ReasoningEffort,
    Role,
    StrategyName,
    WeightBasis,
)
from apps.runs import hot_rows
from apps.runs.routing import choose_route

__all__ = ["Lenient", "Reference", "Strict"]

Start = tuple[Recipe, str]
MOST_FILES = 16
"""Files of a request that are looked at; the site's own limit is lower."""
OF_THE_ANSWER = ("max_tokens", "stop")
"""Sampling that bounds the answer; what the panel writes is only material for it."""

Dollars = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=14, decimal_places=6)]

Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


class Sampling(Strict):
    """Sampling parameters; what is left out is the model's own default. `max_tokens` counts output tokens."""

    temperature: Number | None = Field(None, ge=0, le=2)
    """The freedom in the choice of words."""
    top_p: Number | None = Field(None, ge=0, le=1)
    """The share of likely words to choose from."""
    max_tokens: Whole | None = Field(None, gt=0, le=10_000_000)
    """The most to write, in tokens."""
    seed: Whole | None = Field(None, ge=-(2**63), lt=2**63)
    """For answers that can be repeated, where a vendor can."""
    reasoning_effort: ReasoningEffort | None = None
    """The effort of thinking, where a model can."""
    stop: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(None, max_length=4)
    """Texts at which the model ends."""
    frequency_penalty: Number | None = Field(None, ge=-2, le=2)
    """A malus for words by the number of times that they came, where a vendor knows it."""
    presence_penalty: Number | None = Field(None, ge=-2, le=2)
    """A malus for words that came before, where a vendor knows it."""

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that were given, as our values name them."""
        said = self.model_dump(exclude_none=True)
        return said | {"stop": tuple(said["stop"])} if "stop" in said else said


class PanelSlot(Strict):
    """One slot of the panel: a model, its sampling, and what answers while it cannot be reached."""

    model: Reference
    """A reference, `provider/model`."""
    parameters: Sampling = Sampling()
    """Its sampling."""
    fallback: str = Field("", max_length=255)
    """The model that answers while this one is down."""


def _slot_form(value: Any) -> str:
    return "tagged-reference" if isinstance(value, str) else "tagged-slot"


AnySlot = Annotated[
    Annotated[Reference, Tag("tagged-reference")] | Annotated[PanelSlot, Tag("tagged-slot")], Discriminator(_slot_form)
]
"""A slot, or its model alone; what is wrong with either is told of the form that was meant."""


Grace = Annotated[
    Annotated[Number, Field(ge=0, le=86_400), Tag("tagged-seconds")] | Annotated[Literal["auto"], Tag("tagged-auto")],
    Discriminator(lambda value: "tagged-auto" if isinstance(value, str) and value.isalpha() else "tagged-seconds"),
]
"""Seconds, or the word for as long as the models usually take."""


class FusionOptions(Strict):
    """The way to fuse. An option that is left out comes from the preset, or is the site's default."""

    preset: str | None = Field(None, max_length=50, description="A preset's slug; the default preset if absent.")
    panel: list[AnySlot] | None = Field(
        None, min_length=1, max_length=len(SLOTS), description="1 to 8 models instead of the preset's."
    )
    judge: Reference | None = Field(None, description="A model, `auto`, or `builtin/overlap`.")
    writer: Reference | None = Field(None, description="A model, or `auto`.")
    strategy: AnyStrategy | None = None
    """The way to one answer: `fuse` a panel, let it `vote` (`weighted`, or with an `early_exit`), ask in a `cascade`,
    or ask a `single` model.

    `best_of` gives the best answer unchanged, a `critique` reviews and revises a draft, in `layers` the panel reads
    itself, and `verify` writes from claims with their support. A panel of one is always `single`. With `route` your
    rules choose, else the form of the question.
    """
    calibration: AnyCalibration | None = None
    """The name of one of yours, or measured accuracies of the members: they break ties, and weigh votes."""
    weigh_by: WeightBasis | None = None
    """For `weighted` and `early_exit`: by a calibration (`accuracy`), by price (`cost`), by `hand`, or all `equal`."""
    weights: dict[Annotated[str, Field(pattern=f"^[{SLOTS}]$")], Weight] | None = Field(
        None, max_length=len(SLOTS), description="By slot, for `hand`.", examples=[{"A": 2, "B": 1, "C": 1}]
    )
    at_certificate: bool | None = Field(
        None, strict=True, description="For `early_exit`: end as soon as the calibration’s certificate holds."
    )
    answer_kind: CountedKind | None = None
    """For votes: the final answers that count, `auto` for all that are read, else those of a kind."""
    labels: list[Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]] | None = Field(
        None,
        max_length=MOST_LABELS,
        description="The labels that count, as whole words; `answer_kind` is `label`.",
    )
    stages: list[Annotated[list[Annotated[str, Field(pattern=f"^[{SLOTS}]$")]], Field(min_length=1)]] | None = Field(
        None,
        min_length=2,
        max_length=3,
        description="For `cascade`: the slots asked together; all but the last, then it.",
    )
    layers: Whole | None = Field(None, ge=1, le=3, description="For `layers`: how often the panel answers.")
    criteria: str | None = Field(None, max_length=10_000, description="What the judge assesses besides, one a line.")
    judge_instructions: str | None = Field(None, max_length=4_000, description="Free text for the judge.")
    writer_instructions: str | None = Field(None, max_length=4_000, description="Free text for the writer.")
    answer_check: bool | None = Field(
        None, strict=True, description="Check the fused answer against the panel's: one call more, to the judge."
    )
    peer_review: bool | None = Field(
        None, strict=True, description="Let the panel review its answers and the fused one: up to three calls a model."
    )
    tell_day: bool | None = Field(
        None, strict=True, description="Tell panel, judge and writer the date of today; your setting decides if absent."
    )
    web: WebOptions | None = Field(
        None, description="Let models search the web and read pages; the key needs the permission `web`."
    )
    cache: CacheOptions | None = Field(None, description="Let equal requests get the same answer; off by default.")
    quorum: Whole | None = Field(None, ge=1, le=len(SLOTS))
    """Answers with which the grace begins. Without this and `grace_s`, all answers are waited for."""
    grace_s: Grace | None = None
    """Seconds to wait for the others after that, or `auto`: as long as they usually take; 30 with a quorum alone."""
    hard_limit_s: Number | None = Field(None, gt=0, le=86_400)
    """Seconds to wait at most."""
    max_cost: Dollars | None = Field(None, description="USD; the run stops there and keeps its text.")
    files: list[GivenFile] | None = Field(
        None, max_length=MOST_FILES, description="Files that go with the newest question: text, Markdown, CSV or PDF."
    )
    thread: str | None = Field(None, min_length=1, max_length=20, description="The id of a thread to go on with.")
    earlier_answers: EarlierAnswers | None = Field(
        None, description="In a thread: `fused` answers go to the whole panel, `own` ones back to each column."
    )
    webhook: str | None = Field(None, min_length=1, max_length=500, examples=["https://hooks.example/fusionweb"])
    """An address that is told of the run's end; the key allows its host."""
    from_slot: Annotated[str, Field(pattern=f"^[{SLOTS}]$")] | None = Field(
        None, description="In a thread: the column whose answer takes the place of the newest turn's fused one."
    )
    priority: Priority = Field(Priority.INTERACTIVE, description="`bulk` lets runs that somebody waits for go first.")

    @property
    def named_strategy(self) -> StrategyName | None:
        """The strategy, where one is named; ``route`` leaves the choice open."""
        return self.strategy if isinstance(self.strategy, StrategyName) else None

    @property
    def names_models(self) -> bool:
        """True if a model for panel, judge or writer is named, which a request for one model must not do."""
        is_fused = self.strategy not in (None, StrategyName.SINGLE)
        return is_fused or any(value is not None for value in (self.preset, self.panel, self.judge, self.writer))


class FusionOfRequest(FusionOptions):
    """Our own options beside a request in another form. With `detach` the run goes on when the client hangs up."""

    detach: bool = False
    """The run goes on when the client hangs up."""
    tools: ToolMode | Literal["ignore"] | None = Field(
        None,
        description="Who is told of tools in a fusion: the `writer`, the panel too (`panel_first`), nobody (`ignore`).",
    )
    on_tool_result: Literal["fuse", "single"] | None = Field(
        None, description="`single` asks the writer alone when the last message is the result of a tool."
    )


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
        SlotSpec(slot=slot, model=one.model, parameters=Parameters(**one.parameters.given), fallback=one.fallback)
        for slot, one in zip(SLOTS, named, strict=False)
    )


def _starting_point(user: User, options: FusionOptions, preset: Preset | None, origin: Recipe | None) -> Start:
    """Return the recipe of a preset, a panel or a fork's origin, with the strategy, judge and writer asked for.

    The second value is the preset's system prompt.
    """
    recipe, system = _named_recipe(user, options, preset, origin)
    own, wanted = recipe.settings, JUDGED.get(options.named_strategy) if options.named_strategy else None
    if options.stages is not None and CascadeSettings not in (wanted, wanted or type(own)):
        raise ApiError(400, "invalid_parameter", "Only the strategy “cascade” has stages.", "fusion.stages")
    if options.layers is not None and LayersSettings is not (wanted or type(own)):
        raise ApiError(400, "invalid_parameter", "Only the strategy “layers” has layers.", "fusion.layers")
    is_as_wanted = options.stages is None and options.layers is None and isinstance(own, wanted or JudgedSettings)
    if not isinstance(own, JudgedSettings) or is_as_wanted:
        return recipe, system
    shared: dict[str, Any] = {name: getattr(own, name) for name in JudgedSettings.model_fields}
    if (wanted or type(own)) is CascadeSettings:
        shared["stages"] = tuple(map(tuple, options.stages or default_stages(recipe.panel)))
    if (wanted or type(own)) is LayersSettings and options.layers is not None:
        shared["layers"] = options.layers
    try:
        changed = Recipe(settings=(wanted or type(own))(**shared), panel=recipe.panel)
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
