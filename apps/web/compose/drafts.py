"""The content of the new-run form: read from a request, a preset or a run, and edited. Reading never raises.

What a person typed stays as it was typed, also when it is wrong; ``problems_of`` says what is wrong with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from apps.catalogue.models import Model, Preset
from apps.fusion.caching import CacheSettings
from apps.fusion.routing import ROUTE
from apps.fusion.values import CascadeSettings, CountedSettings, JudgedSettings, Parameters, Recipe, WeighedSettings
from apps.fusion.vocabulary import AUTO, SLOTS, Builtin, EarlierAnswers, StrategyName
from apps.runs.models import Run
from apps.web.compose.counting import COUNTED, OF_COUNTING, chosen_fields, chosen_kind, counting_fields, typed_labels
from apps.web.compose.slots import (
    MAX_SLOTS,
    NOTHING_RENDERED,
    RenderedSettings,
    SlotDraft,
    number_text,
    read_rendered,
    read_slots,
    settings_of,
    slot_draft_of,
)
from apps.web.compose.strategies import STRATEGY_CHOICES, StrategyChoice, panel_strategy
from apps.web.compose.web_box import web_word
from apps.web.compose.weights import WEIGHED, compared_basis, fields_of
from apps.web.requests import plain_text

TRIPLE = 3
"""Slots with a model after a press on its “× 3”."""
SELF_TEMPERATURE = "0.7"
"""The temperature of a model that is fused with itself, as in the published comparisons (arXiv 2502.00674)."""
TICKED = "yes"
MOST_DIGITS = 9
"""The most digits of a typed quorum that are read."""
RUN_SETTINGS = ("quorum", "grace_s", "hard_limit_s", "max_cost")
CHECKS = ("answer_check", "peer_review")
"""The boxes of calls that follow a fused answer."""
OF_VOTES = ("weigh_by", "weights", "at_certificate", "threshold")
"""The fields of strategies whose votes weigh (``weights.py``)."""
GUIDANCE = ("criteria", "judge_instructions", "writer_instructions")
"""The fields of a person's own words for judge and writer, beside their task."""
TEXTS = (
    *("system", "preset", "strategy", "judge", "writer", *GUIDANCE),
    *("follow", "share", "earlier_answers", "template", "template_values", "web", "cache_ttl"),
    *(*CHECKS, *OF_VOTES, *OF_COUNTING, *RUN_SETTINGS),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's content. ``origin`` is the public id of the run that is edited, ``follow`` of the one followed up,
    ``share`` the code of the link to the one that this is made from.

    ``preset_version`` is known while the settings are what the preset says. ``quorum`` (answers), ``grace_s``,
    ``hard_limit_s`` and ``cache_ttl`` (seconds) and ``max_cost`` (USD) are the texts of their fields; '' leaves the
    default.
    ``earlier_answers`` counts in a thread alone: whose answers go on, or the letter of the column whose answer does.
    ``answer_check`` and ``peer_review`` are the word of a box that is ticked, or ''.
    ``template`` is the id and number of the version that it was filled from, ``template_values`` JSON of its values.
    So is ``web``, whose word says what may be looked up, in how many steps.
    """

    prompt: str = ""
    system: str = ""
    preset: str = ""
    preset_version: int | None = None
    slots: tuple[SlotDraft, ...] = ()
    strategy: str = StrategyName.FUSE
    judge: str = AUTO
    judge_kept: RenderedSettings = NOTHING_RENDERED
    writer: str = AUTO
    writer_kept: RenderedSettings = NOTHING_RENDERED
    criteria: str = ""
    judge_instructions: str = ""
    writer_instructions: str = ""
    quorum: str = ""
    grace_s: str = ""
    hard_limit_s: str = ""
    max_cost: str = ""
    cache_ttl: str = ""
    answer_check: str = ""
    peer_review: str = ""
    web: str = ""
    weigh_by: str = ""
    weights: str = ""
    at_certificate: str = ""
    threshold: str = ""
    answer_kind: str = ""
    labels: str = ""
    json_fields: str = ""
    origin: str = ""
    follow: str = ""
    share: str = ""
    earlier_answers: str = EarlierAnswers.FUSED
    template: str = ""
    template_values: str = ""

    @property
    def escalates(self) -> bool:
        """Return whether the last model is asked only where the others do not agree."""
        return self.strategy == StrategyName.CASCADE

    @property
    def panel_strategy(self) -> StrategyName:
        """Return the strategy of a panel of two or more."""
        return panel_strategy(self.strategy)

    @property
    def routes(self) -> bool:
        """Return whether rules, or the form of the question, choose who is asked."""
        return self.strategy == ROUTE

    @property
    def strategy_choice(self) -> StrategyChoice:
        """Return the strategy of a panel of two or more, as the form shows it."""
        name = ROUTE if self.routes else self.panel_strategy
        return next(choice for choice in STRATEGY_CHOICES if choice.name == name)

    @property
    def asks_judge(self) -> bool:
        return len(self.slots) > 1 and self.strategy_choice.option.asks_judge

    @property
    def fuses(self) -> bool:
        """Whether a writer may fuse the answers, which can be checked then."""
        return len(self.slots) > 1 and self.strategy_choice.option.asks_writer

    @property
    def asks_writer(self) -> bool:
        """Whether a writer is asked: to fuse, or in place of a judge that only compares words."""
        return self.fuses or (self.asks_judge and self.judge == Builtin.OVERLAP)

    @property
    def lettered(self) -> list[tuple[str, SlotDraft]]:
        """Return the slots with their letters; a ninth slot has none and is not rendered."""
        return list(zip(SLOTS, self.slots, strict=False))

    @property
    def names(self) -> set[str]:
        """Return everything that was chosen or typed for a model, in any place."""
        panel = {name for slot in self.slots for name in (slot.model, slot.fallback)}
        return (panel | {self.judge, self.writer}) - {""}

    @property
    def is_full(self) -> bool:
        return len(self.slots) >= MAX_SLOTS

    @property
    def guidance(self) -> tuple[str, str, str]:
        """Return criteria, the instructions for the judge and those for the writer."""
        return self.criteria, self.judge_instructions, self.writer_instructions

    @property
    def has_guidance(self) -> bool:
        return any(self.guidance)

    @property
    def grace_is_auto(self) -> bool:
        """Return whether the grace follows the models' measured times."""
        return self.grace_s.strip().lower() == AUTO

    @property
    def has_run_settings(self) -> bool:
        return any(getattr(self, name) for name in (*RUN_SETTINGS, "cache_ttl"))


def read_draft(data: QueryDict) -> Draft:
    """Return the form as it was sent."""
    texts: dict[str, Any] = {name: plain_text(data.get(name, "")) for name in TEXTS}
    return Draft(
        prompt=data.get("prompt", "").replace("\r\n", "\n"),  # its NUL stays: a person is told of it
        slots=read_slots(data),
        judge_kept=read_rendered(data.get("judge_kept", "")),
        writer_kept=read_rendered(data.get("writer_kept", "")),
        origin=plain_text(data.get("from", "")),
        **texts,
    )


def draft_of_recipe(recipe: Recipe) -> Draft:
    """Return the settings of a recipe without its prompt; what was Auto is Auto again."""
    draft = Draft(
        preset=recipe.preset,
        slots=tuple(slot_draft_of(spec) for spec in recipe.panel),
        criteria=recipe.criteria,
        hard_limit_s=_typed("hard_limit_s", recipe.hard_limit_s),
        max_cost=_typed("max_cost", recipe.max_cost),
        web=web_word(recipe.web),
        cache_ttl=_ttl_text(recipe.cache),
    )
    own = recipe.settings
    if not isinstance(own, JudgedSettings):
        return draft
    judge, writer = AUTO if own.judge_is_auto else own.judge, AUTO if own.writer_is_auto else own.writer
    return replace(
        draft,
        strategy=recipe.strategy,
        judge=judge,
        judge_kept=RenderedSettings(model=judge, parameters=own.judge_parameters),
        writer=writer,
        writer_kept=RenderedSettings(model=writer, parameters=own.writer_parameters),
        judge_instructions=own.judge_instructions,
        writer_instructions=own.writer_instructions,
        quorum=_typed("quorum", own.quorum),
        grace_s=AUTO if own.grace_is_auto else _typed("grace_s", own.grace_s),
        answer_check=TICKED if own.answer_check else "",
        peer_review=TICKED if own.peer_review else "",
        **(fields_of(own) if isinstance(own, WeighedSettings | CascadeSettings) else {}),
        **(counting_fields(own) if isinstance(own, CountedSettings) else {}),
    )


def draft_of_run(run: Run, *, is_edit: bool) -> Draft:
    """Return the draft that edits a run, with its prompt, or else follows it, without; both take over its settings."""
    system = next((message.text for message in run.messages if message.role == "system"), "")
    draft = replace(draft_of_recipe(run.recipe), system=system, earlier_answers=run.earlier_answers)
    if is_edit:
        chosen = run.from_slot or run.earlier_answers
        return replace(draft, prompt=run.prompt, origin=run.public_id, earlier_answers=chosen)
    return replace(draft, follow=run.public_id)


def with_recipe(draft: Draft, recipe: Recipe) -> Draft:
    """Return the draft with the settings of a recipe; the texts stay, but for criteria and instructions of its own."""
    kept = ("prompt", "system", "origin", "follow", "share", "earlier_answers", "template", "template_values")
    texts = {name: getattr(draft, name) for name in kept}
    brought = draft_of_recipe(recipe)
    guidance = {name: getattr(brought, name) or getattr(draft, name) for name in GUIDANCE}
    return replace(brought, **guidance, **texts)


def _typed(name: str, value: Any) -> str:
    """Return a number as its field shows it, '' where it is the default."""
    default = {**Recipe.model_fields, **JudgedSettings.model_fields}[name].default
    return "" if value is None or value == default else f"{value:f}".rstrip("0").rstrip(".")


def _ttl_text(cache: CacheSettings | None) -> str:
    return "" if cache is None else str(cache.ttl_s)


def with_preset(draft: Draft, preset: Preset) -> Draft:
    """Return the draft with the settings of a preset; the texts stay, but for those that the preset brings."""
    return replace(
        draft,
        preset=preset.slug,
        preset_version=preset.version,
        slots=tuple(slot_draft_of(spec) for spec in preset.panel),
        strategy=ROUTE if preset.routes else preset.strategy,
        judge=preset.judge or AUTO,
        judge_kept=_kept(preset.judge, preset.judge_parameters),
        writer=preset.writer or AUTO,
        writer_kept=_kept(preset.writer, preset.writer_parameters),
        system=preset.system or draft.system,
        **{name: getattr(preset, name) or getattr(draft, name) for name in GUIDANCE},
        answer_check=TICKED if preset.answer_check else "",
        peer_review=TICKED if preset.peer_review else "",
        web=web_word(preset.web),
        cache_ttl=_ttl_text(preset.cache),
        **(fields_of(preset.votes) if preset.votes else dict.fromkeys(OF_VOTES, "")),
        **(counting_fields(preset.votes) if preset.votes else dict.fromkeys(OF_COUNTING, "")),
        **{name: _typed(name, getattr(preset, name)) for name in RUN_SETTINGS}
        | ({"grace_s": AUTO} if preset.grace_is_auto else {}),
    )


def without_texts_of(draft: Draft, preset: Preset | None) -> Draft:
    """Return the draft without the texts that its preset brought, unless the person has changed them."""
    if preset is None:
        return draft
    brought = [name for name in ("system", *GUIDANCE) if getattr(draft, name) == getattr(preset, name)]
    emptied: dict[str, Any] = dict.fromkeys(brought, "")
    return replace(draft, **emptied)


def _kept(model: str, parameters: Parameters | None) -> RenderedSettings:
    return NOTHING_RENDERED if parameters is None else RenderedSettings(model=model, parameters=parameters)


def with_models(draft: Draft, references: Iterable[str]) -> Draft:
    """Return the draft with one slot per model, in the order given."""
    slots = tuple(SlotDraft(reference) for reference in references)[: MAX_SLOTS + 1]
    return _with_slots(replace(draft, preset=""), slots)


def _with_slots(draft: Draft, slots: tuple[SlotDraft, ...]) -> Draft:
    """Return the draft with other slots. A quorum that they cannot give becomes all of them, and for one slot none."""
    fewer = replace(draft, slots=slots)
    if not draft.quorum.isdecimal() or int(draft.quorum[:MOST_DIGITS]) <= len(slots):
        return fewer
    return replace(fewer, quorum=str(len(slots))) if len(slots) > 1 else replace(fewer, quorum="", grace_s="")


def apply_edit(draft: Draft, edit: str, presets: Sequence[Preset], models: Sequence[Model]) -> Draft:
    """Return the draft after a press on one of the form's buttons; an unknown press changes nothing."""
    verb, _, value = edit.partition(":")
    by_slug = {preset.slug: preset for preset in presets}
    if verb == "preset" and value in by_slug:
        return with_preset(without_texts_of(draft, by_slug.get(draft.preset)), by_slug[value])
    if verb == "custom":
        return replace(draft, preset="")
    if verb == "add" and models and not draft.is_full:
        panel = {slot.model for slot in draft.slots}
        # A model that is not on the panel yet tells more than one that is.
        fresh = next((model for model in models if model.reference not in panel), models[0])
        return replace(draft, slots=(*draft.slots, SlotDraft(fresh.reference)))
    if verb == "strategy" and any(choice.name == value for choice in STRATEGY_CHOICES):
        return replace(draft, strategy=value)
    if verb == "triple":
        again = [[slot] * TRIPLE if letter == value else [slot] for letter, slot in draft.lettered]
        return replace(draft, slots=tuple(slot for slots in again for slot in slots)[:MAX_SLOTS])
    if verb == "self" and value in dict(draft.lettered):
        # Its answers have to differ for a judge to find anything.
        slot = dict(draft.lettered)[value]
        alike = replace(slot, settings=replace(slot.settings, temperature=SELF_TEMPERATURE, seed=""))
        return replace(draft, slots=(alike,) * TRIPLE, strategy=StrategyName.FUSE, preset="")
    if verb == "remove":
        return _with_slots(draft, tuple(slot for at, slot in enumerate(draft.slots) if SLOTS[at : at + 1] != value))
    return draft


def replace_names(draft: Draft, models: Mapping[str, Model]) -> Draft:
    """Return the draft with references in place of names and labels that mean one model only.

    ``models`` are by reference. A list of hundreds is typed into rather than scrolled, so typed names are forgiven.
    """
    meant = {}
    for typed in draft.names - models.keys():
        wish = typed.strip().lower()
        fits = {m.reference for m in models.values() if wish in (m.reference.lower(), m.name.lower(), m.label.lower())}
        if len(fits) == 1:
            meant[typed] = fits.pop()
    if not meant:
        return draft
    slots = [
        replace(slot, model=meant.get(slot.model, slot.model), fallback=meant.get(slot.fallback, slot.fallback))
        for slot in draft.slots
    ]
    judge, writer = meant.get(draft.judge, draft.judge), meant.get(draft.writer, draft.writer)
    return replace(draft, slots=tuple(slots), judge=judge, writer=writer)


def match_preset(draft: Draft, presets: Sequence[Preset]) -> Draft:
    """Return the draft with its preset's version, or as Custom if it is no longer what its preset says."""
    preset = next((preset for preset in presets if preset.slug == draft.preset), None)
    if preset is None:
        return draft
    if _comparable_settings(with_preset(draft, preset)) != _comparable_settings(draft):
        return replace(draft, preset="", preset_version=None)
    return replace(draft, preset_version=preset.version)


def _comparable_settings(draft: Draft) -> tuple[object, ...]:
    """Return what makes a draft its preset's: all but its texts and its cap. One slot needs no judge or writer."""
    # 0.50 and 0.5 are the same setting; a text that breaks its rule is compared as it is.
    slots = [
        (
            *(slot.model, slot.fallback, slot.variant),
            slot.settings if slot.broken else settings_of(slot.settings.parameters),
        )
        for slot in draft.slots
    ]
    votes = (compared_basis(draft), *(getattr(draft, name) for name in OF_VOTES[1:]))
    counted = (chosen_kind(draft), typed_labels(draft), chosen_fields(draft)) if draft.panel_strategy in COUNTED else ()
    waiting = number_text(draft.quorum), number_text(draft.grace_s).lower()
    fused = (
        draft.panel_strategy,
        draft.judge,
        draft.writer,
        draft.web,
        *waiting,
        *(votes if draft.panel_strategy in WEIGHED else ()),
        *counted,
        *(bool(getattr(draft, name)) for name in CHECKS),
    )
    rest = draft.routes, number_text(draft.cache_ttl), number_text(draft.hard_limit_s)
    return slots, fused if len(slots) > 1 else (), rest
