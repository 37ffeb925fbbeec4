"""Draws the form of a draft, on the page for a new run and on those of presets: what there is to choose from."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from apps.accounts.models import User
from apps.catalogue.access import visible_criteria
from apps.catalogue.models import CriteriaSet, Model, Preset
from apps.catalogue.queries import available_models, find_models
from apps.catalogue.recipes import resolve
from apps.catalogue.recipes.builtin_presets import BASE, SMALL
from apps.catalogue.recipes.presets import choosable_presets
from apps.fusion.values import Message, SlotSpec
from apps.fusion.vocabulary import AUTO, SLOTS, Builtin, ReasoningEffort
from apps.runs.reading.snapshot import BUILTIN_LABELS
from apps.runs.spending.caps import has_cap
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft
from apps.web.compose.forecast import forecast
from apps.web.requests import SignedInRequest

MOST_OPTIONS = 40
"""With more models, the form has fields to type in and one list for all, instead of a list in every seat."""


class FormChoices:
    """What somebody can choose from now, each looked up when it is first asked for, with a query each."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._named: dict[str, Model] = {}

    @cached_property
    def presets(self) -> list[Preset]:
        return list(choosable_presets(self._user))

    def presets_for(self, draft: Draft) -> list[Preset]:
        """The presets among which a draft's is, if it has one."""
        return self.presets if draft.preset else []

    @cached_property
    def models(self) -> list[Model]:
        return available_models(self._user)

    def models_for(self, draft: Draft) -> list[Model]:
        """The models that a draft names, which are far fewer; all there are, where it names them otherwise."""
        names = draft.names - set(Builtin)
        if AUTO in names or "models" in vars(self):
            return self.models
        if not self._named.keys() >= names:
            self._named = find_models(names, self._user)
        return list(self._named.values()) if self._named.keys() >= names else self.models

    @cached_property
    def criteria_sets(self) -> list[CriteriaSet]:
        return list(visible_criteria(self._user))

    @property
    def has_cap(self) -> bool:
        """Whether there is a cap on all that they spend."""
        return has_cap(self._user)


def read_form(request: SignedInRequest, choices: FormChoices) -> Draft:
    """The draft of a sent form, after the press on the button that sent it."""
    draft = drafts.read_draft(request.POST)
    draft = drafts.named(draft, choices.models_for(draft))
    if "edit" in request.POST:
        draft = drafts.edited(draft, request.POST["edit"], choices.presets, choices.models)
    return drafts.settled(draft, choices.presets_for(draft))


def form_context(
    draft: Draft, choices: FormChoices, problems: Mapping[str, str], images: int = 0, earlier: Sequence[Message] = ()
) -> dict[str, object]:
    """What the form's templates draw from; ``images`` and ``earlier`` turns go with the prompt."""
    return {
        "draft": draft,
        "problems": problems,
        "presets": choices.presets,
        "models": choices.models,
        "criteria_sets": choices.criteria_sets,
        "is_long": len(choices.models) > MOST_OPTIONS,
        "references": {model.reference for model in choices.models} | {Builtin.OVERLAP, AUTO},
        "auto": _auto(draft, choices.models),
        "efforts": list(ReasoningEffort),
        "forecast": forecast(draft, choices.models_for(draft), images, earlier, has_cap=choices.has_cap),
        "is_tiny": bool(draft.seats) and all(seat.model in (SMALL, BASE) for seat in draft.seats),
        "examples": resolve.EXAMPLE_PROMPTS,
    }


def _auto(draft: Draft, models: list[Model]) -> dict[str, str]:
    """The labels of the judge and writer that Auto stands for now."""
    labels = {model.reference: model.label for model in models} | BUILTIN_LABELS
    panel = [SlotSpec(slot=slot, model=seat.model) for slot, seat in zip(SLOTS, draft.seats, strict=False)]
    judge, writer = resolve.auto_judge(panel, models), resolve.auto_writer(panel, models)
    return {"judge": labels.get(judge, judge), "writer": labels.get(writer, writer)}
