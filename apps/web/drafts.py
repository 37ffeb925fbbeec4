"""What the new-run form holds: read from a request or a run, edited, and resolved to a recipe. Reading never raises.

What a person typed stays as it was typed, also when it is wrong; :func:`problems_of` says what is wrong with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from django.conf import settings
from django.http import QueryDict
from pydantic import Field, ValidationError

from apps.catalogue import recipes
from apps.catalogue.models import Model, Preset
from apps.fusion.values import Message, Parameters, Recipe, SlotSpec, Value
from apps.fusion.vocabulary import SLOTS, Builtin

MAX_SEATS = len(SLOTS)
LONGEST_CRITERIA = 4_000
"""Characters; criteria go to the judge with every run and stand on its page."""


class Kept(Value):
    """Sampling parameters that the form does not show, and the model that they are for: another model drops them."""

    model: str = ""
    parameters: Parameters = Field(default_factory=Parameters)

    def parameters_for(self, model: str) -> Parameters:
        return self.parameters if model == self.model else Parameters()


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Seat:
    """One chip of the panel. ``temperature`` is the text of its field; '' leaves the model's own default."""

    model: str
    temperature: str = ""
    kept: Kept = NOTHING_KEPT

    @property
    def parameters(self) -> Parameters:
        """Raises ``ValidationError`` if the temperature is not a number from 0 to 2."""
        hidden = self.kept.parameters_for(self.model).model_dump()
        typed = self.temperature.strip().replace(",", ".") or None
        return Parameters.model_validate({**hidden, "temperature": typed})

    @property
    def has_sound_temperature(self) -> bool:
        try:
            return bool(self.parameters)
        except ValidationError:
            return False


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's content. ``origin`` is the public id of the run that is edited, ``follow`` of the one followed up."""

    prompt: str = ""
    system: str = ""
    preset: str = ""
    seats: tuple[Seat, ...] = ()
    judge: str = Builtin.OVERLAP
    writer: str = ""
    writer_kept: Kept = NOTHING_KEPT
    criteria: str = ""
    origin: str = ""
    follow: str = ""

    @property
    def lettered(self) -> list[tuple[str, Seat]]:
        """The seats with their letters; a ninth seat has none and is not drawn."""
        return list(zip(SLOTS, self.seats, strict=False))

    @property
    def is_full(self) -> bool:
        return len(self.seats) >= MAX_SEATS


def read_draft(data: QueryDict) -> Draft:
    """The form as it was sent; at most one seat too many is read, which is enough to say so."""
    rows = zip_longest(*(data.getlist(name) for name in ("model", "temperature", "kept")), fillvalue="")
    seats = [Seat(plain(model), temperature, _read_kept(kept)) for model, temperature, kept in rows if model]
    texts = ("system", "preset", "judge", "writer", "criteria", "follow")
    return Draft(
        prompt=data.get("prompt", "").replace("\r\n", "\n"),
        seats=tuple(seats[: MAX_SEATS + 1]),
        writer_kept=_read_kept(data.get("writer_kept", "")),
        origin=plain(data.get("from", "")),
        **{name: plain(data.get(name, "")) for name in texts},
    )


def plain(text: str) -> str:
    """A text from a request, with the line ends of a form made plain and without NUL, which PostgreSQL cannot store.

    Only the prompt keeps its NUL: a person is told of it.
    """
    return text.replace("\r\n", "\n").replace("\x00", "")


def _read_kept(text: str) -> Kept:
    try:
        return Kept.model_validate_json(text)
    except ValidationError:
        return NOTHING_KEPT


def draft_of_recipe(recipe: Recipe) -> Draft:
    """The settings of a recipe without its prompt."""
    return Draft(
        preset=recipe.preset,
        seats=tuple(_seat_of(spec) for spec in recipe.panel),
        judge=recipe.judge,
        writer=recipe.writer,
        writer_kept=Kept(model=recipe.writer, parameters=recipe.writer_parameters),
        criteria=recipe.criteria,
    )


def _seat_of(spec: SlotSpec) -> Seat:
    temperature = spec.parameters.temperature
    typed = "" if temperature is None else f"{temperature:g}"
    hidden = spec.parameters.model_copy(update={"temperature": None})
    return Seat(spec.model, typed, Kept(model=spec.model, parameters=hidden))


def with_preset(draft: Draft, preset: Preset) -> Draft:
    """The draft with the settings of a preset; the texts stay."""
    return replace(
        draft,
        preset=preset.slug,
        seats=tuple(_seat_of(spec) for spec in preset.slots),
        judge=preset.judge,
        writer=preset.writer,
        writer_kept=Kept(model=preset.writer, parameters=preset.parameters_of_writer),
    )


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
    if verb == "remove":
        return replace(draft, seats=tuple(seat for at, seat in enumerate(draft.seats) if SLOTS[at : at + 1] != value))
    return draft


def _next_model(draft: Draft, models: Sequence[Model]) -> str:
    """The first model that is not on the panel yet, else the first of all."""
    seated = {seat.model for seat in draft.seats}
    return next((model.reference for model in models if model.reference not in seated), models[0].reference)


def settled(draft: Draft, presets: Sequence[Preset]) -> Draft:
    """The draft as Custom if it is no longer what its preset says."""
    preset = next((preset for preset in presets if preset.slug == draft.preset), None)
    return (
        draft
        if preset is None or _settings(with_preset(draft, preset)) == _settings(draft)
        else replace(draft, preset="")
    )


def _settings(draft: Draft) -> tuple[object, ...]:
    seats = [(seat.model, seat.temperature.strip(), seat.kept.parameters_for(seat.model)) for seat in draft.seats]
    return seats, draft.judge, draft.writer


def recipe_of(draft: Draft) -> Recipe:
    """The resolved recipe; raises ``UnknownModel`` or ``ValidationError`` where :func:`problems_of` has something."""
    panel = [
        SlotSpec(slot=letter, model=seat.model, parameters=seat.parameters)
        for letter, seat in zip(SLOTS + "?", draft.seats, strict=False)
    ]
    return recipes.build_recipe(
        panel,
        draft.judge,
        draft.writer,
        preset=draft.preset,
        criteria=draft.criteria.strip(),
        writer_parameters=draft.writer_kept.parameters_for(draft.writer),
    )


def messages_of(draft: Draft, earlier: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation to send: the system prompt, the earlier turns without theirs, the new question."""
    system = [Message(role="system", text=draft.system.strip())] if draft.system.strip() else []
    turns = [message for message in earlier if message.role != "system"]
    return (*system, *turns, Message(role="user", text=draft.prompt.strip()))


def problems_of(draft: Draft, presets: Sequence[Preset], models: Sequence[Model]) -> dict[str, str]:
    """What keeps the draft from being run: a sentence per field."""
    known = {model.reference for model in models}
    found = {
        "prompt": _problem_of_prompt(draft),
        "system": _too_long("system prompt", draft.system),
        "criteria": _too_long("text", draft.criteria, LONGEST_CRITERIA),
        "preset": _problem_of_preset(draft, presets),
        "panel": _problem_of_panel(draft, known),
        "judge": _problem_of_model(draft.judge, known | {Builtin.OVERLAP}, "judge"),
        "writer": _problem_of_model(draft.writer, known, "writer"),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _problem_of_prompt(draft: Draft) -> str:
    return _too_long("prompt", draft.prompt) if draft.prompt.strip() else "Write a prompt first."


def _too_long(name: str, text: str, limit: int = 0) -> str:
    limit = limit or settings.PROMPT_LIMIT
    if len(text) <= limit:
        return ""
    return f"This {name} has {len(text):,} characters; the limit is {limit:,}. Shorten it."


def _problem_of_preset(draft: Draft, presets: Sequence[Preset]) -> str:
    if not draft.preset or draft.preset in {preset.slug for preset in presets}:
        return ""
    return f"There is no preset “{draft.preset}” now. Choose one of these, or Custom."


def _problem_of_panel(draft: Draft, known: set[str]) -> str:
    if not draft.seats:
        return "The panel is empty. Add at least one model."
    if len(draft.seats) > MAX_SEATS:
        return f"A panel has at most {MAX_SEATS} models. Remove one."
    for letter, seat in draft.lettered:
        if seat.model not in known:
            return f"{letter}: {recipes.UnknownModel(seat.model).sentence}"
        if not seat.has_sound_temperature:
            return f"{letter}: the temperature is a number from 0 to 2, or empty for the model’s own."
    return ""


def _problem_of_model(reference: str, known: set[str], role: str) -> str:
    if not reference:
        return f"Choose a {role}."
    return "" if reference in known else recipes.UnknownModel(reference).sentence
