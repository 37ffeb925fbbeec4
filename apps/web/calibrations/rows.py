"""The view model of a calibration: its measurement, its certificate, and where it is applied or void."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from apps.catalogue.models import Preset, SavedCalibration
from apps.catalogue.recipes.calibrations import recipe_with
from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.calibration import ENOUGH_ITEMS, CalibrationSource, CountingRule
from apps.fusion.confidence import certificate_words
from apps.fusion.values import Calibration
from apps.fusion.vocabulary import CountedKind
from apps.fusion.weights import under_versions, void_reason, weights_of
from apps.runs.reading.model_versions import newest_versions
from apps.web.formats import counted, joined, percent

SOURCES = {
    CalibrationSource.PACK: "recorded answers",
    CalibrationSource.RUNS: "ratings, blind votes, checks and rulings",
    CalibrationSource.HAND: "figures that were given",
}
RULES = {
    CountingRule.WEIGHTED: "Each vote counts by its weight.",
    CountingRule.MAJORITY: "All votes count the same: that did better than weights.",
    CountingRule.SINGLE: "The best member decides wherever it has an answer: that did better than weights.",
}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member's figures: its label, items it got right, and the weight of its vote."""

    label: str
    correct: int
    items: int
    weight: float
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A preset that has a copy of a calibration, and why that is void for it ('' if it is applied)."""

    preset: Preset
    version: int
    void: str


@dataclass(frozen=True)
class CalibrationRow:
    """A calibration in its newest version as the page shows it.

    ``labels`` are names of connected models, ``newest`` the versions of their newest answers.
    """

    saved: SavedCalibration
    presets: Sequence[Preset]
    labels: dict[str, str]
    newest: Mapping[str, Collection[str]]

    @property
    def value(self) -> Calibration:
        return self.saved.value

    @property
    def is_sites(self) -> bool:
        return self.saved.owner_id is None

    @property
    def made_from(self) -> str:
        """Say what it was made from, of how many items, and when."""
        told = f"Made from {SOURCES[self.value.source]}: {counted(self.value.fewest_items, 'labelled item')}"
        return f"{told}, on {self.value.measured_on}." if self.value.measured_on else f"{told}."

    @property
    def counts(self) -> str:
        """Say for which final answers it is."""
        if self.value.labels:
            return f"For the labels {joined(list(self.value.labels))}."
        kind = self.value.kind or (self.value.counts if self.value.counts is not CountedKind.AUTO else "")
        return f"For final answers of the kind {kind}." if kind else "For final answers of every kind."

    @property
    def rule(self) -> str:
        return RULES[self.value.rule]

    @property
    def all_wrong(self) -> str:
        """Say on how many items no member was right; '' if that was not counted."""
        wrong = self.value.all_wrong
        return "" if wrong is None else f"No member was right on {wrong} of {self.value.items}."

    @property
    def certificate(self) -> str:
        """Say what is certified, with its figures; that nothing is, if so."""
        found = self.value.certificate
        if found is None:
            return "Nothing is certified."
        words = certificate_words(found, self.value.task)
        bounds = f"alpha {percent(found.alpha)}, delta {percent(found.delta)}"
        figures = f"{bounds}, {found.errors} wrong of {found.accepted} accepted"
        return f"With {percent(found.threshold)} of the weight: {words} ({figures})"

    @property
    def few(self) -> str:
        """Say that it rests on few items, '' if it does not."""
        return f"fewer than {ENOUGH_ITEMS} items" if self.value.fewest_items < ENOUGH_ITEMS else ""

    @cached_property
    def members(self) -> list[MemberRow]:
        weights = weights_of(self.value)
        return [
            MemberRow(
                self.labels.get(one.model, one.model),
                one.correct,
                one.items,
                weights[one.model],
                one.model not in self.labels,
            )
            for one in self.value.members
        ]

    @cached_property
    def void(self) -> str:
        """Say why it can be applied nowhere now: a member is not connected any more, or has changed; '' if none is."""
        gone = [row.label for row in self.members if row.is_gone]
        if gone:
            return f"{joined(gone)} {'is' if len(gone) == 1 else 'are'} not connected."
        return under_versions(self.value, self.newest).void

    @cached_property
    def uses(self) -> list[Use]:
        """Return the presets that use it in any version, each with why it is void for that one."""
        found = []
        for preset in self.presets:
            own = preset.votes.calibration if preset.votes else None
            if own is None or own.name != self.value.name or (preset.owner_id is None) > self.is_sites:
                continue
            found.append(Use(preset, own.version, self._void(own, preset)))
        return found

    def _void(self, own: Calibration, preset: Preset) -> str:
        """Return why a preset's calibration is not applied in its runs, '' if it is."""
        try:
            held, recipe = recipe_with(own, preset)
        except UnknownModel as error:
            return error.sentence
        return void_reason(under_versions(held, self.newest), recipe)


def rows_of(
    saved: Collection[SavedCalibration], presets: Sequence[Preset], labels: dict[str, str]
) -> list[CalibrationRow]:
    """Return the rows of the newest versions."""
    copies = [preset.votes.calibration for preset in presets if preset.votes and preset.votes.calibration]
    newest = newest_versions([*(one.value for one in saved), *copies])
    return [CalibrationRow(one, presets, labels, newest) for one in saved]
