"""The content of the new-run form: read from a request, a preset or a run, edited, and resolved. Reading never raises.

What a person typed stays as it was typed, also when it is wrong; ``draft_problems`` says what is wrong with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from apps.catalogue.models import Model, Preset
from apps.catalogue.recipes import resolve
from apps.fusion.values import FuseSettings, Message, Parameters, Recipe
from apps.fusion.vocabulary import AUTO, SLOTS
from apps.web.compose.seats import (
    MAX_SEATS,
    NOTHING_RENDERED,
    RenderedSettings,
    Seat,
    read_rendered,
    read_seats,
    seat_of,
    settings_of,
    specs_of,
)
from apps.web.requests import plain_text

TRIPLE = 3
"""Seats of a model after a press on its “× 3”."""
RUN_SETTINGS = ("quorum", "grace_s", "hard_limit_s", "max_cost")
TEXTS = ("system", "preset", "judge", "writer", "criteria", "follow", *RUN_SETTINGS)


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's content. ``origin`` is the public id of the run that is edited, ``follow`` of the one followed up.

    ``preset_version`` is known while the settings are what the preset says. ``quorum`` (answers), ``grace_s`` and
    ``hard_limit_s`` (seconds) and ``max_cost`` (USD) are the texts of their fields; '' leaves the default.
    """

    prompt: str = ""
    system: str = ""
    preset: str = ""
    preset_version: int | None = None
    seats: tuple[Seat, ...] = ()
    judge: str = AUTO
    judge_kept: RenderedSettings = NOTHING_RENDERED
    writer: str = AUTO
    writer_kept: RenderedSettings = NOTHING_RENDERED
    criteria: str = ""
    quorum: str = ""
    grace_s: str = ""
    hard_limit_s: str = ""
    max_cost: str = ""
    origin: str = ""
    follow: str = ""

    @property
    def lettered(self) -> list[tuple[str, Seat]]:
        """The seats with their letters; a ninth seat has none and is not drawn."""
        return list(zip(SLOTS, self.seats, strict=False))

    @property
    def names(self) -> set[str]:
        """Everything that was chosen or typed for a model, in any place."""
        seated = {name for seat in self.seats for name in (seat.model, seat.fallback)}
        return (seated | {self.judge, self.writer}) - {""}

    @property
    def is_full(self) -> bool:
        return len(self.seats) >= MAX_SEATS

    @property
    def has_run_settings(self) -> bool:
        return any(getattr(self, name) for name in RUN_SETTINGS)


def read_draft(data: QueryDict) -> Draft:
    """The form as it was sent."""
    texts: dict[str, Any] = {name: plain_text(data.get(name, "")) for name in TEXTS}
    return Draft(
        prompt=data.get("prompt", "").replace("\r\n", "\n"),  # its NUL stays: a person is told of it
        seats=read_seats(data),
        judge_kept=read_rendered(data.get("judge_kept", "")),
        writer_kept=read_rendered(data.get("writer_kept", "")),
        origin=plain_text(data.get("from", "")),
        **texts,
    )


def draft_of_recipe(recipe: Recipe) -> Draft:
    """Return the settings of a recipe without its prompt; what was Auto is Auto again."""
    draft = Draft(
        preset=recipe.preset,
        seats=tuple(seat_of(spec) for spec in recipe.panel),
        criteria=recipe.criteria,
        hard_limit_s=_typed("hard_limit_s", recipe.hard_limit_s),
        max_cost=_typed("max_cost", recipe.max_cost),
    )
    own = recipe.settings
    if not isinstance(own, FuseSettings):
        return draft
    judge, writer = AUTO if own.judge_is_auto else own.judge, AUTO if own.writer_is_auto else own.writer
    return replace(
        draft,
        judge=judge,
        judge_kept=RenderedSettings(model=judge, parameters=own.judge_parameters),
        writer=writer,
        writer_kept=RenderedSettings(model=writer, parameters=own.writer_parameters),
        quorum=_typed("quorum", own.quorum),
        grace_s=_typed("grace_s", own.grace_s),
    )


def _typed(name: str, value: Any) -> str:
    """A number as its field shows it, '' where it is the default."""
    default = {**Recipe.model_fields, **FuseSettings.model_fields}[name].default
    return "" if value is None or value == default else f"{value:f}".rstrip("0").rstrip(".")


def with_preset(draft: Draft, preset: Preset) -> Draft:
    """The draft with the settings of a preset; the texts stay, but for criteria that the preset brings."""
    return replace(
        draft,
        preset=preset.slug,
        preset_version=preset.version,
        seats=tuple(seat_of(spec) for spec in preset.panel),
        judge=preset.judge,
        judge_kept=_kept(preset.judge, preset.judge_parameters),
        writer=preset.writer,
        writer_kept=_kept(preset.writer, preset.writer_parameters),
        criteria=preset.criteria or draft.criteria,
        **{name: _typed(name, getattr(preset, name)) for name in RUN_SETTINGS},
    )


def _kept(model: str, parameters: Parameters | None) -> RenderedSettings:
    return NOTHING_RENDERED if parameters is None else RenderedSettings(model=model, parameters=parameters)


def with_models(draft: Draft, references: Iterable[str]) -> Draft:
    """The draft with one seat per model, in the order given."""
    seats = tuple(Seat(reference) for reference in references)[: MAX_SEATS + 1]
    return replace(draft, preset="", seats=seats)


def edited(draft: Draft, edit: str, presets: Sequence[Preset], models: Sequence[Model]) -> Draft:
    """The draft after a press on one of the form's buttons; an unknown press changes nothing."""
    verb, _, value = edit.partition(":")
    chosen = next((preset for preset in presets if preset.slug == value), None)
    if verb == "preset" and chosen:
        return with_preset(draft, chosen)
    if verb == "custom":
        return replace(draft, preset="")
    if verb == "add" and models and not draft.is_full:
        return replace(draft, seats=(*draft.seats, Seat(_next_model(draft, models))))
    if verb == "triple":
        return _tripled(draft, value)
    if verb == "remove":
        return replace(draft, seats=tuple(seat for at, seat in enumerate(draft.seats) if SLOTS[at : at + 1] != value))
    return draft


def _tripled(draft: Draft, letter: str) -> Draft:
    """The draft with a seat sitting three times, as far as there is room."""
    again = [[seat] * TRIPLE if slot == letter else [seat] for slot, seat in draft.lettered]
    return replace(draft, seats=tuple(seat for seats in again for seat in seats)[:MAX_SEATS])


def _next_model(draft: Draft, models: Sequence[Model]) -> str:
    """The first model that is not on the panel yet, else the first of all."""
    seated = {seat.model for seat in draft.seats}
    return next((model.reference for model in models if model.reference not in seated), models[0].reference)


def named(draft: Draft, models: Sequence[Model]) -> Draft:
    """The draft with references in place of names and labels that mean one model only: typed names are forgiven."""
    references = {model.reference for model in models}
    meant = _meant(draft.names - references, models)
    if not meant:
        return draft
    seats = [
        replace(seat, model=meant.get(seat.model, seat.model), fallback=meant.get(seat.fallback, seat.fallback))
        for seat in draft.seats
    ]
    judge, writer = meant.get(draft.judge, draft.judge), meant.get(draft.writer, draft.writer)
    return replace(draft, seats=tuple(seats), judge=judge, writer=writer)


def _meant(typed: Iterable[str], models: Sequence[Model]) -> Mapping[str, str]:
    found = {}
    for text in typed:
        wish = text.strip().lower()
        fits = {m.reference for m in models if wish in (m.reference.lower(), m.name.lower(), m.label.lower())}
        if len(fits) == 1:
            found[text] = fits.pop()
    return found


def settled(draft: Draft, presets: Sequence[Preset]) -> Draft:
    """The draft with its preset's version, or as Custom if it is no longer what its preset says."""
    preset = next((preset for preset in presets if preset.slug == draft.preset), None)
    if preset is None:
        return draft
    if _settings(with_preset(draft, preset)) != _settings(draft):
        return replace(draft, preset="", preset_version=None)
    return replace(draft, preset_version=preset.version)


def _settings(draft: Draft) -> tuple[object, ...]:
    """Return what makes a draft its preset's: all but its texts and its cap. One seat needs no judge or writer."""
    seats = [(seat.model, _comparable(seat), seat.fallback) for seat in draft.seats]
    referees = (draft.judge, draft.writer, _amount(draft.quorum), _amount(draft.grace_s))
    return seats, referees if len(seats) > 1 else (), _amount(draft.hard_limit_s)


def _comparable(seat: Seat) -> object:
    return seat.settings if seat.broken else settings_of(seat.settings.parameters)


def _amount(typed: str) -> str:
    return typed.strip().replace(",", ".")


def recipe_of(draft: Draft, models: Sequence[Model]) -> Recipe:
    """Return the resolved recipe; ``models`` are those that its author may ask, or those of them that it names.

    Raises ``UnknownModel`` or ``ValidationError`` where ``draft_problems`` has something.
    """
    numbers = {name: _amount(getattr(draft, name)) or None for name in RUN_SETTINGS}
    judge_parameters = draft.judge_kept.parameters if draft.judge_kept.model == draft.judge else None
    return resolve.build_recipe(
        specs_of(draft.seats),
        draft.judge,
        draft.writer,
        models,
        preset=draft.preset,
        preset_version=draft.preset_version,
        criteria=draft.criteria.strip(),
        judge_parameters=judge_parameters,
        writer_parameters=draft.writer_kept.parameters_for(draft.writer),
        **numbers,  # type: ignore[arg-type]  # texts of numbers, which the recipe reads
    )


def messages_of(draft: Draft, earlier: Sequence[Message], images: Sequence[str] = ()) -> tuple[Message, ...]:
    """The conversation to send: the system prompt, the earlier turns without theirs, the new question."""
    system = [Message(role="system", text=draft.system.strip())] if draft.system.strip() else []
    turns = [message for message in earlier if message.role != "system"]
    return (*system, *turns, Message(role="user", text=draft.prompt.strip(), images=tuple(images)))
