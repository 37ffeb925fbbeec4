"""One seat of the panel as the new-run form holds it: a model and its settings, as they were typed.

Reading never raises; :func:`problem_of_seat` says what is wrong with what was typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import zip_longest

from django.http import QueryDict
from pydantic import Field, ValidationError

from apps.fusion.values import Parameters, SlotSpec, Value
from apps.fusion.vocabulary import SLOTS, ReasoningEffort
from apps.web.requests import plain_text

MAX_SEATS = len(SLOTS)
LARGEST_SEED = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""
RULES: Mapping[str, str] = {
    "temperature": "the temperature is a number from 0 to 2, or empty for the model’s own.",
    "top_p": "top p is a number above 0 and at most 1, or empty for the model’s own.",
    "max_tokens": "max tokens is a whole number above 0, or empty for the model’s own limit.",
    "seed": "the seed is a whole number of at most 15 digits, or empty for none.",
    "reasoning_effort": f"the reasoning effort is {', '.join(ReasoningEffort)}, or empty for the model’s own.",
    "stop": "stop takes up to four texts, one a line, of at most 200 characters each.",
}
"""What each setting may be, as the end of a sentence."""


class RenderedSettings(Value):
    """Parameters that a page was drawn with, and the model that they are for: another model drops them."""

    model: str = ""
    parameters: Parameters = Field(default_factory=Parameters)

    def parameters_for(self, model: str) -> Parameters:
        return self.parameters if model == self.model else Parameters()


NOTHING_RENDERED = RenderedSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """The texts of a seat's fields; '' leaves the model's own. ``stop`` has one text a line."""

    temperature: str = ""
    top_p: str = ""
    max_tokens: str = ""
    seed: str = ""
    reasoning_effort: str = ""
    stop: str = ""

    @property
    def parameters(self) -> Parameters:
        """Raises ``ValidationError`` where a field breaks its rule."""
        numbers = {name: _number(getattr(self, name)) for name in ("temperature", "top_p", "max_tokens", "seed")}
        effort = self.reasoning_effort.strip().lower() or None
        stop = [line for line in self.stop.split("\n") if line]
        return Parameters.model_validate({**numbers, "reasoning_effort": effort, "stop": stop})


@dataclass(frozen=True, slots=True)
class Seat:
    """One chip of the panel. ``fallback`` ('' for none) answers while the model fails in passing or is left alone."""

    model: str
    settings: Settings = Settings()
    fallback: str = ""

    @property
    def broken(self) -> str:
        """The name of the first field that breaks its rule, or ''."""
        try:
            seed = self.settings.parameters.seed
        except ValidationError as error:
            return str(error.errors()[0]["loc"][0])
        return "seed" if seed is not None and abs(seed) > LARGEST_SEED else ""

    @property
    def is_tuned(self) -> bool:
        """Whether anything behind the seat's settings is set; the temperature stands outside of them."""
        return replace(self.settings, temperature="") != Settings() or bool(self.fallback)

    @property
    def rendered(self) -> RenderedSettings:
        """What the page says that it was drawn with."""
        return RenderedSettings(model=self.model, parameters=Parameters() if self.broken else self.settings.parameters)


def read_seats(data: QueryDict) -> tuple[Seat, ...]:
    """The seats of a sent form; at most one too many is read, which is enough to say so.

    A model that was replaced leaves its settings behind, except for the temperature and for what was typed anew.
    """
    names = ("model", "fallback", "kept", *(field.name for field in fields(Settings)))
    rows = zip_longest(*(data.getlist(name) for name in names), fillvalue="")
    seats = [_read_seat(*map(plain_text, row)) for row in rows if row[0]]
    return tuple(seats[: MAX_SEATS + 1])


def _read_seat(model: str, fallback: str, kept_text: str, *typed: str) -> Seat:
    kept, settings = read_rendered(kept_text), Settings(*typed)
    if kept.model and kept.model != model:
        drawn = settings_of(kept.parameters)
        stale = [f.name for f in fields(Settings) if getattr(drawn, f.name) == getattr(settings, f.name)]
        settings = replace(settings, **{name: "" for name in stale if name != "temperature"})
    return Seat(model, settings, fallback)


def read_rendered(text: str) -> RenderedSettings:
    """What a hidden field says; nothing, where it was damaged."""
    try:
        return RenderedSettings.model_validate_json(text)
    except ValidationError:
        return NOTHING_RENDERED


def seat_of(spec: SlotSpec) -> Seat:
    """The seat of a recipe's slot."""
    return Seat(spec.model, settings_of(spec.parameters), spec.fallback)


def settings_of(parameters: Parameters) -> Settings:
    """Parameters as the form shows them."""
    numbers = {name: getattr(parameters, name) for name in ("temperature", "top_p", "max_tokens", "seed")}
    shown = {name: "" if number is None else f"{number:.15g}" for name, number in numbers.items()}
    return Settings(**shown, reasoning_effort=parameters.reasoning_effort or "", stop="\n".join(parameters.stop))


def specs_of(seats: Sequence[Seat]) -> list[SlotSpec]:
    """The slots of a recipe; raises ``ValidationError`` where a seat is broken, or there are too many."""
    return [
        SlotSpec(slot=letter, model=seat.model, parameters=seat.settings.parameters, fallback=seat.fallback)
        for letter, seat in zip(SLOTS + "?", seats, strict=False)
    ]


def _number(typed: str) -> str | None:
    return typed.strip().replace(",", ".") or None
