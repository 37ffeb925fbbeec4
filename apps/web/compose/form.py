"""The form of a run or a preset as it was sent, read against what its author can choose from."""

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from django.conf import settings

from apps.accounts.models import User
from apps.catalogue.access import visible_criteria
from apps.catalogue.models import CriteriaSet, Model, Preset
from apps.catalogue.preferences import offered, preferences_of
from apps.catalogue.queries import available_models, find_models
from apps.catalogue.recipes.calibrations import calibration_version, newest_calibrations
from apps.catalogue.recipes.presets import choosable_presets
from apps.catalogue.recipes.rules import routed_recipe
from apps.fusion.routing import Question
from apps.fusion.values import Calibration, CascadeSettings, Recipe
from apps.fusion.vocabulary import AUTO, Builtin
from apps.fusion.weights import under_prompt, under_versions, void_reason
from apps.runs import hot_rows
from apps.runs.reading.access import visible_to
from apps.runs.reading.escalations import Escalations, escalations_of
from apps.runs.reading.model_versions import newest_versions
from apps.runs.routing import choose_route
from apps.runs.spending.caps import has_cap
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.slots import SlotDraft
from apps.web.compose.weights import WEIGHED, key_of, saved_version
from apps.web.requests import SignedInRequest

LAST_PANEL = "last-panel"
"""The press on "Same panel as last time"."""


class FormChoices:
    """The presets, models and criteria of a person, each looked up when it is first asked for, with a query each."""

    def __init__(self, user: User, *, lists_models: bool = False) -> None:
        """Set up with ``lists_models`` for a page that lists all models: those of a draft then need no query."""
        self._user = user
        self._lists_models = lists_models
        self._named: dict[str, Model] = {}
        self._calibrations: list[Calibration] | None = None

    @property
    def tells_day(self) -> bool:
        """Return whether the models of this person's fusions are told the date of today."""
        return self._user.tells_day

    @classmethod
    def of(cls, request: SignedInRequest) -> Self:
        """Return the choices of a page with a form: it lists the models, unless the form is sent to be carried out."""
        return cls(request.user, lists_models=request.method != "POST" or "edit" in request.POST)

    @cached_property
    def presets(self) -> list[Preset]:
        return list(choosable_presets(self._user))

    def presets_for(self, draft: Draft) -> list[Preset]:
        """Return the presets among which a draft's is, if it has one."""
        return self.presets if draft.preset else []

    def forget_presets(self) -> None:
        """Look the presets up again when they are next asked for: one was saved."""
        vars(self).pop("presets", None)

    @cached_property
    def models(self) -> list[Model]:
        return available_models(self._user)

    @property
    def offered(self) -> list[Model]:
        """Return the models that the person has not hidden, the starred ones first."""
        return offered(self.models, preferences_of(self._user))

    def models_for(self, draft: Draft) -> Mapping[str, Model]:
        """Return the models that a draft names by reference; all that there are, where it names them otherwise.

        A site may have hundreds, and a form that was sent names at most a dozen.
        """
        names = draft.names - set(Builtin)
        if AUTO not in names and not self._lists_models and "models" not in vars(self):
            if not self._named.keys() >= names:
                self._named = (hot_rows.find_models if settings.HOT_ROWS else find_models)(names, self._user)
            if self._named.keys() >= names:
                return self._named
        return {model.reference: model for model in self.models}

    @cached_property
    def criteria_sets(self) -> list[CriteriaSet]:
        return list(visible_criteria(self._user))

    def calibrations_for(self, draft: Draft) -> list[Calibration]:
        """Return the calibrations that a draft can weigh votes by: the newest of each name, and the one it names."""
        if draft.panel_strategy not in WEIGHED:
            return []
        if self._calibrations is None:
            self._calibrations = newest_calibrations(self._user)
        named = saved_version(draft.weigh_by)
        if named is None or any(key_of(one) == draft.weigh_by for one in self._calibrations):
            return self._calibrations
        older = calibration_version(self._user, *named)
        return [*self._calibrations, older] if older else self._calibrations

    def routed(self, recipe: Recipe, question: Question) -> Recipe:
        """Return the recipe that a question is asked by, in place of one whose panel was to be asked if none is chosen.

        A cap and whether answers are reused are the form's own in any case.
        """
        route = choose_route(self._user, question, recipe.panel)
        kept = {"max_cost": recipe.max_cost, "cache": recipe.cache, "route": route}
        return routed_recipe(self._user, recipe, route).model_copy(update=kept)

    def escalations(self, recipe: Recipe | None) -> Escalations | None:
        """Return how often the person's runs of the same cascade were escalated; ``None`` for another strategy."""
        is_cascade = recipe is not None and isinstance(recipe.settings, CascadeSettings)
        return escalations_of(self._user, recipe) if recipe and is_cascade else None

    def stage_calibrations(self, recipe: Recipe | None, system: str) -> list[Calibration]:
        """Return the calibrations that hold for a cascade and measured its first stage, none for other strategies."""
        own = recipe.settings if recipe else None
        if recipe is None or not isinstance(own, CascadeSettings) or len(own.stages) != 2:
            return []
        if self._calibrations is None:
            self._calibrations = newest_calibrations(self._user)
        first = {spec.model for spec in recipe.panel if spec.slot in own.stages[0]}
        measured = [one for one in self._calibrations if one.stage and set(one.stage.members) == first]
        newest = newest_versions(measured)
        held = [(one, under_versions(under_prompt(one, system), newest)) for one in measured]
        return [one for one, as_held in held if not void_reason(as_held, recipe)]

    @cached_property
    def last_recipe(self) -> Recipe | None:
        """Return the settings of the newest run that the person made on a page, ``None`` before the first."""
        newest = visible_to(self._user).filter(owner=self._user, api_key=None).only("recipe", "created_at")
        run = newest.order_by("-created_at", "-id").first()
        return run.recipe if run else None

    @property
    def has_cap(self) -> bool:
        """Return whether there is a cap on all that the person spends."""
        return has_cap(self._user)


def read_form(request: SignedInRequest, choices: FormChoices) -> Draft:
    """Return the draft of a sent form, after the presses on its buttons: several, where no answer came in between."""
    draft = drafts.read_draft(request.POST)
    draft = drafts.replace_names(draft, choices.models_for(draft))
    shown = dict(draft.lettered)
    for edit in request.POST.getlist("edit"):
        if edit == LAST_PANEL and choices.last_recipe:
            draft = drafts.with_recipe(draft, choices.last_recipe)
        else:
            models = choices.offered if edit == "add" else ()
            draft = drafts.apply_edit(draft, _as_lettered_now(edit, shown, draft), choices.presets, models)
    return drafts.match_preset(draft, choices.presets_for(draft))


def _as_lettered_now(edit: str, shown: Mapping[str, SlotDraft], draft: Draft) -> str:
    """Return an edit of a slot with its letter after those before it; it names the letter that was ``shown``."""
    verb, _, letter = edit.partition(":")
    if letter not in shown:
        return edit
    return f"{verb}:{next((now for now, slot in draft.lettered if slot is shown[letter]), '')}"
