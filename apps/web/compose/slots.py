"""One slot of the panel as the new-run form holds it: a model and its settings, as they were typed.

Reading never raises; :func:`problem_of_slot` says what is wrong with what was typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import zip_longest

from django.http import QueryDict
from pydantic import Field, ValidationError

from apps.fusion.frozen import Value
from apps.fusion.prompting.variants import problem_of_texts
from apps.fusion.values import Parameters, PromptVariant, SlotSpec
from apps.fusion.vocabulary import SLOTS, ReasoningEffort
from apps.web.requests import plain_text

MAX_SLOTS = len(SLOTS)
LARGEST_SEED = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""
RULES: Mapping[str, str] = {
    "temperature": "the temperature is a number from 0 to 2, or empty for the model’s own.",
    "top_p": "top p is a number from 0 to 1, or empty for the model’s own.",
    "max_tokens": "max tokens is a whole number above 0, or empty for the model’s own limit.",
    "seed": "the seed is a whole number of at most 15 digits, or empty for none.",
    "reasoning_effort": f"the reasoning effort is {', '.join(ReasoningEffort)}, or empty for the model’s own.",
    "stop": "stop takes up to four texts, one a line, of at most 200 characters each.",
}
"""The rule of each setting, as the end of a sentence."""


class RenderedSettings(Value):
    """Parameters that a page was rendered with, and the model that they are for: another model drops them."""

    model: str = ""
    parameters: Parameters = Field(default_factory=Parameters)

    def parameters_for(self, model: str) -> Parameters:
        return self.parameters if model == self.model else Parameters()


NOTHING_RENDERED = RenderedSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """The texts of a slot's fields; '' leaves the model's own. ``stop`` has one text a line."""

    temperature: str = ""
    top_p: str = ""
    max_tokens: str = ""
    seed: str = ""
    reasoning_effort: str = ""
    stop: str = ""

    @property
    def parameters(self) -> Parameters:
        """Return the parameters of these texts. Raise ``ValidationError`` where a field breaks its rule."""
        names = ("temperature", "top_p", "max_tokens", "seed")
        numbers = {name: number_text(getattr(self, name)) or None for name in names}
        effort = self.reasoning_effort.strip().lower() or None
        stop = [line for line in self.stop.split("\n") if line]
        return Parameters.model_validate({**numbers, "reasoning_effort": effort, "stop": stop})


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """The texts of a slot's own prompt: the name of the variant, its system prompt and its prompt; '' for none."""

    name: str = ""
    system: str = ""
    prompt: str = ""

    @property
    def problem(self) -> str:
        """Return what is wrong with the texts, as the end of a sentence, or ''."""
        return problem_of_texts(self.name, self.system, self.prompt)

    @property
    def variant(self) -> PromptVariant | None:
        """Return the variant, ``None`` where nothing was typed. Raise ``ValidationError`` where something is wrong."""
        name, system, prompt = " ".join(self.name.split()), self.system.strip(), self.prompt.strip()
        return PromptVariant(name=name, system=system, prompt=prompt) if name or system or prompt else None


@dataclass(frozen=True, slots=True)
class SlotDraft:
    """One slot of the panel. ``fallback`` ('' for none) answers while the model fails in passing or is not called.

    With a ``variant`` it has a prompt of its own, whichever model it asks.
    """

    model: str
    settings: Settings = Settings()
    fallback: str = ""
    variant: VariantDraft = VariantDraft()

    @property
    def broken(self) -> str:
        """Return the name of the first field that breaks its rule, or ''."""
        try:
            seed = self.settings.parameters.seed
        except ValidationError as error:
            return str(error.errors()[0]["loc"][0])
        return "seed" if seed is not None and abs(seed) > LARGEST_SEED else ""

    @property
    def is_tuned(self) -> bool:
        """Return whether a setting is set that is folded away; the temperature is always in sight."""
        return replace(self.settings, temperature="") != Settings() or bool(self.fallback) or self.has_variant

    @property
    def has_variant(self) -> bool:
        return self.variant != VariantDraft()

    @property
    def rendered(self) -> RenderedSettings:
        """Return the settings that the page is rendered with, for its hidden field."""
        return RenderedSettings(model=self.model, parameters=Parameters() if self.broken else self.settings.parameters)


def read_slots(data: QueryDict) -> tuple[SlotDraft, ...]:
    """Return the slots of a sent form; at most one too many is read, which is enough to say so.

    A model that was replaced leaves its settings behind, except for the temperature and for what was typed anew.
    """
    own = [f"variant_{field.name}" for field in fields(VariantDraft)]
    names = ("model", "fallback", "kept", *own, *(field.name for field in fields(Settings)))
    rows = zip_longest(*(data.getlist(name) for name in names), fillvalue="")
    slots = [_read_slot(*map(plain_text, row)) for row in rows if row[0]]
    return tuple(slots[: MAX_SLOTS + 1])


def _read_slot(model: str, fallback: str, kept_text: str, *typed: str) -> SlotDraft:
    own = len(fields(VariantDraft))
    kept, variant, settings = read_rendered(kept_text), VariantDraft(*typed[:own]), Settings(*typed[own:])
    if kept.model and kept.model != model:
        rendered = settings_of(kept.parameters)
        stale = [f.name for f in fields(Settings) if getattr(rendered, f.name) == getattr(settings, f.name)]
        settings = replace(settings, **{name: "" for name in stale if name != "temperature"})
    return SlotDraft(model, settings, fallback, variant)


def read_rendered(text: str) -> RenderedSettings:
    """Return the settings in a hidden field; none, where it was damaged."""
    try:
        return RenderedSettings.model_validate_json(text)
    except ValidationError:
        return NOTHING_RENDERED


def slot_draft_of(spec: SlotSpec) -> SlotDraft:
    """Return a recipe's slot as the form holds it."""
    own = spec.variant
    variant = VariantDraft(own.name, own.system, own.prompt) if own else VariantDraft()
    return SlotDraft(spec.model, settings_of(spec.parameters), spec.fallback, variant)


def settings_of(parameters: Parameters) -> Settings:
    """Return parameters as the form shows them."""
    numbers = {name: getattr(parameters, name) for name in ("temperature", "top_p", "max_tokens", "seed")}
    shown = {name: "" if number is None else f"{number:.15g}" for name, number in numbers.items()}
    return Settings(**shown, reasoning_effort=parameters.reasoning_effort or "", stop="\n".join(parameters.stop))


def slot_specs(slots: Sequence[SlotDraft]) -> list[SlotSpec]:
    """Return the slots of a recipe. Raise ``ValidationError`` where one is broken, or there are too many."""
    return [
        SlotSpec(
            slot=letter,
            model=slot.model,
            parameters=slot.settings.parameters,
            fallback=slot.fallback,
            variant=slot.variant.variant,
        )
        for letter, slot in zip(SLOTS + "?", slots, strict=False)
    ]


def number_text(typed: str) -> str:
    """Return what was typed for a number as Python reads it: a decimal comma is forgiven."""
    return typed.strip().replace(",", ".")
