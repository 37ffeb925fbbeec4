"""The forms of the rules page: a rule, and the prompt that rules are tested with."""

from typing import Any

from django import forms
from django.http import QueryDict
from pydantic import ValidationError

from apps.catalogue.models import Model, Preset
from apps.fusion.routing import (
    FEATURES,
    LARGEST_LENGTH,
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_WORDS,
    Feature,
    Question,
    RoutingRule,
)
from apps.fusion.vocabulary import StrategyName
from apps.web.compose.strategies import STRATEGY_CHOICES

NOT_HERE = {StrategyName.SINGLE, StrategyName.WEIGHTED}
"""Strategies that a rule cannot name: one asks one model, the other needs weights for its panel."""
STRATEGIES = [(one.name, one.line) for one in STRATEGY_CHOICES if one.name in set(StrategyName) - NOT_HERE]
HAS = [(str(feature), words.capitalize()) for feature, words in FEATURES.items()]
ANY_PANEL = "The panel chosen for the run"


def text(label: str, help_text: str = "", *, required: bool = False, longest: int = LONGEST_TEXT) -> forms.CharField:
    """Return a field of one line in the site's style."""
    shown = forms.TextInput(attrs={"class": "input", "autocomplete": "off"})
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=longest, widget=shown, strip=True
    )


class RuleForm(forms.Form):
    """A rule: its name, its conditions, all of which have to hold, and who is asked."""

    name = text("Name", required=True, longest=LONGEST_NAME)
    shorter_than = forms.IntegerField(
        label="The prompt is shorter than",
        required=False,
        min_value=1,
        max_value=LARGEST_LENGTH,
        help_text="In characters.",
        widget=forms.NumberInput(attrs={"class": "input"}),
    )
    has = forms.MultipleChoiceField(
        label="It comes with", required=False, choices=HAS, widget=forms.CheckboxSelectMultiple
    )
    words = text("It says one of", "Whole words or phrases, separated by commas.", longest=MOST_WORDS * LONGEST_WORD)
    key = text("The API key is named", "As on your settings page.")
    tag = text("The run is tagged", "In a request’s metadata, or like the run that it follows.")
    model = forms.ChoiceField(label="Ask the model", required=False, widget=forms.Select(attrs={"class": "input"}))
    preset = forms.ChoiceField(label="Or the preset", required=False, widget=forms.Select(attrs={"class": "input"}))
    strategy = forms.ChoiceField(
        label="With the strategy",
        required=False,
        choices=[("", "Its own"), *STRATEGIES],
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(
        self,
        models: list[Model],
        presets: list[Preset],
        data: QueryDict | None = None,
        *,
        rule: RoutingRule | None = None,
    ) -> None:
        """Set up with what can be chosen; what a ``rule`` chose before is offered too, also when it is gone."""
        super().__init__(data, initial=_fields_of(rule) if rule else None)
        named = {model.reference: model.label for model in models}
        slugs = {preset.slug: preset.name for preset in presets}
        if rule and rule.model:
            named.setdefault(rule.model, f"{rule.model} (not connected)")
        if rule and rule.preset:
            slugs.setdefault(rule.preset, f"{rule.preset} (gone)")
        self._choices("model", "No single model", named)
        self._choices("preset", ANY_PANEL, slugs)

    def rule(self) -> RoutingRule:
        """Return the rule of a form whose fields are good; raises ``ValueError`` with a sentence for a bad whole."""
        given = self.cleaned_data
        try:
            return RoutingRule(
                **{name: given[name] for name in ("name", "shorter_than", "key", "tag", "model", "preset")},
                has=tuple(Feature(one) for one in given["has"]),
                words=given["words"],
                strategy=StrategyName(given["strategy"]) if given["strategy"] else None,
            )
        except ValidationError as error:
            raise ValueError(str(error.errors()[0].get("ctx", {}).get("error", "Correct the rule."))) from None

    def clean_words(self) -> tuple[str, ...]:
        words = tuple(
            dict.fromkeys(filter(None, (" ".join(word.split()) for word in self.cleaned_data["words"].split(","))))
        )
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise forms.ValidationError(f"Write at most {MOST_WORDS} words of at most {LONGEST_WORD} characters.")
        return words

    def _choices(self, name: str, nothing: str, named: dict[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *sorted(named.items(), key=lambda item: item[1].casefold())]


def _fields_of(rule: RoutingRule) -> dict[str, Any]:
    return {
        **rule.model_dump(),
        "has": [str(feature) for feature in rule.has],
        "words": ", ".join(rule.words),
        "strategy": str(rule.strategy or ""),
    }


class TrialForm(forms.Form):
    """A prompt, and what would come with it."""

    prompt = forms.CharField(
        label="Prompt",
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
    )
    has = forms.MultipleChoiceField(
        label="It comes with", required=False, choices=HAS, widget=forms.CheckboxSelectMultiple
    )
    key = text("Name of the API key")
    tag = text("Tag")

    def question(self) -> Question:
        """Return the question of a form whose fields are good."""
        given = self.cleaned_data
        features = frozenset(Feature(one) for one in given["has"])
        tags = (given["tag"],) if given["tag"] else ()
        return Question(
            text=given["prompt"].replace("\r\n", "\n").strip(), features=features, key=given["key"], tags=tags
        )
