"""The forms of the Models page: a provider, its limits, the settings of a model. Secrets go in and never come out."""

import re
from typing import Any

from django import forms
from pydantic import SecretStr

from apps.catalogue.actions import Entry, ProviderLimits
from apps.catalogue.connecting.known_vendors import KnownVendor, vendor_at
from apps.catalogue.connecting.listing import LONGEST_NAME, MOST_MODELS
from apps.catalogue.models import Model, Provider
from apps.catalogue.native_search import can_search_natively
from apps.catalogue.secrets import Secrets
from apps.catalogue.timeouts import timeouts_of
from apps.fusion.lookups import SearchMode
from apps.fusion.vocabulary import PriceSource
from apps.providers.dialects import Dialect
from apps.web.form_fields import AmountField
from apps.web.formats import number

DIALECTS = {
    Dialect.OPENAI: "OpenAI-compatible (most vendors and servers)",
    Dialect.ANTHROPIC: "Anthropic Messages",
    Dialect.GEMINI: "Google Gemini",
}
SEARCH_MODES = {
    SearchMode.OWN: "In runs that search the web",
    SearchMode.NATIVE: "In runs that search the web, by its vendor’s own search",
    SearchMode.OFF: "Never",
}
HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")
RESERVED_HEADERS = {"host", "content-length", "content-type", "connection", "transfer-encoding", "te", "upgrade"}
MOST_HEADERS = 20
LIMITS = ("connect_s", "first_token_s", "idle_s", "total_s")
PRICES = ("price_input", "price_output", "price_cached")


class SecretLines(forms.Textarea):
    """A field of several lines that never shows what was entered, as a field for a password does."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"})

    def format_value(self, value: Any) -> str:  # noqa: ARG002 - what was entered stays out of the page
        return ""


def field(label: str, kind: type[forms.Field] = forms.CharField, **options: Any) -> forms.Field:
    """Return a form field in the site's style."""
    made = kind(label=label, **options)
    if not isinstance(made.widget, forms.CheckboxInput):
        made.widget.attrs["class"] = "input"
    return made


class LimitsForm(forms.Form):
    """The limits of a provider, and the names of its models where it does not list them."""

    requests_per_minute = field(
        "Requests per minute",
        forms.IntegerField,
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="Leave empty for no limit.",
    )
    max_streams = field(
        "Streams at the same time",
        forms.IntegerField,
        required=False,
        min_value=1,
        max_value=10_000,
        help_text="Leave empty for no limit.",
    )
    model_names = field(
        "Models",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Only for a server that does not list its models: their names, one per line.",
    )

    def clean_model_names(self) -> tuple[str, ...]:
        lines = [line.strip() for line in self.cleaned_data["model_names"].splitlines()]
        names = tuple(dict.fromkeys(filter(None, lines)))
        if len(names) > MOST_MODELS or any(len(name) > LONGEST_NAME or not name.isprintable() for name in names):
            raise forms.ValidationError(
                f"Write up to {number(f'{MOST_MODELS:,}')} names of at most {LONGEST_NAME} characters each."
            )
        return names

    def limits(self) -> ProviderLimits:
        return ProviderLimits(self.cleaned_data["requests_per_minute"], self.cleaned_data["max_streams"])


class ProviderForm(LimitsForm):
    """A provider that is entered by hand. What is stored of key and headers is kept while both fields stay empty."""

    name = field("Name", required=False, max_length=100, help_text="Leave empty for a known vendor’s own name.")
    dialect = field("Protocol", forms.ChoiceField, choices=[(str(one), label) for one, label in DIALECTS.items()])
    base_url = field("Base URL", max_length=500, help_text="With the version, such as https://host/v1.")
    api_key = field("Key", required=False, max_length=1000, widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    headers = field(
        "Extra headers",
        required=False,
        max_length=5000,
        widget=SecretLines(),
        help_text="One per line, as Name: value. Kept as secret as the key.",
    )
    remove_secrets = field("Remove the stored key and headers", forms.BooleanField, required=False)

    field_order = ["name", "dialect", "base_url", "api_key", "remove_secrets", "headers", "model_names"]

    def __init__(self, *args: Any, has_secrets: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["api_key"].help_text = "Encrypted when stored, and never shown again."
        if has_secrets:
            self.fields["api_key"].help_text = "A key or headers are stored. Leave both fields empty to keep them."
        else:
            del self.fields["remove_secrets"]

    def clean(self) -> dict[str, Any]:
        """Name the provider after the vendor whose address was entered, if no name was."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not found.get("name") and "name" not in self.errors:
            vendor = vendor_at(found.get("base_url", ""))
            if vendor is None:
                self.add_error("name", "Give the provider a name.")
            else:
                found["name"] = vendor.name
        return found

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"].strip()
        if not re.fullmatch(r"[\x21-\x7e]*", key):
            raise forms.ValidationError("The key contains characters that no key has. Copy it again.")
        return key

    def clean_headers(self) -> dict[str, str]:
        return read_headers(self.cleaned_data["headers"])

    def entry(self) -> Entry:
        """Return the entry for ``actions``."""
        found = self.cleaned_data
        return Entry(
            found["name"],
            Dialect(found["dialect"]),
            found["base_url"],
            self._secrets(),
            self.limits(),
            found["model_names"],
        )

    def _secrets(self) -> Secrets | None:
        found = self.cleaned_data
        if found.get("remove_secrets") or found["api_key"] or found["headers"]:
            return Secrets(SecretStr(found["api_key"]), found["headers"])
        return None


def read_headers(text: str) -> dict[str, str]:
    """Return headers that were entered one a line; raise ``ValidationError`` for what is none, or not theirs to set."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [HEADER.fullmatch(line) for line in lines]
    if not all(found) or len(lines) > MOST_HEADERS:
        raise forms.ValidationError(f"Write up to {MOST_HEADERS} lines, each as Name: value.")
    headers = {one[1]: one[2] for one in found if one}
    if RESERVED_HEADERS & {name.lower() for name in headers}:
        raise forms.ValidationError("Leave out headers that every request sets itself, such as Host.")
    return headers


class ModelForm(forms.ModelForm):
    """Timeouts, prices and look-ups of a model. A changed price counts as entered by hand until it is emptied again."""

    search = field(
        "Web search and pages",
        forms.ChoiceField,
        choices=[(str(mode), words) for mode, words in SEARCH_MODES.items()],
        required=False,
        help_text=(
            "A model that calls tools badly answers better without them. A vendor’s own search needs no search engine "
            "of this site; the vendor reads the pages and names its sources, which are not checked here."
        ),
    )

    class Meta:
        model = Model
        fields = [*LIMITS, *PRICES, "search"]
        field_classes = dict.fromkeys(PRICES, AmountField)
        labels = {
            "connect_s": "To connect",
            "first_token_s": "To the first token",
            "idle_s": "Between tokens",
            "total_s": "In all",
            "price_input": "Input",
            "price_output": "Output",
            "price_cached": "Cached input",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in (*LIMITS, *PRICES):
            field = self.fields[name]
            field.widget.attrs.update({"class": "input", "min": "0", "step": "any"})
            # What stood in the form when it was shown: a price that a list brings meanwhile is nobody's change.
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data
        if not can_search_natively(self.instance) and self.instance.search is not SearchMode.NATIVE:
            choices = [(str(mode), words) for mode, words in SEARCH_MODES.items() if mode is not SearchMode.NATIVE]
            self.fields["search"].choices = choices  # type: ignore[attr-defined]  # it is a field of choices
        own = timeouts_of(Model(supports_reasoning=self.instance.supports_reasoning))
        for name in LIMITS:
            self.fields[name].widget.attrs["placeholder"] = f"{getattr(own, name):g}"
        if self.instance.supports_reasoning is None:
            longer = timeouts_of(Model(), has_effort=True).first_token_s
            self.fields["first_token_s"].help_text = f"{longer:g} with a reasoning effort."

    def prices(self) -> list[forms.BoundField]:
        return [self[name] for name in PRICES]

    def limits(self) -> list[forms.BoundField]:
        return [self[name] for name in LIMITS]

    def clean_search(self) -> SearchMode:
        """Leave it as it is where a form of before says nothing of it."""
        return SearchMode(self.cleaned_data["search"] or self.instance.search)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        for name in (*LIMITS, *PRICES):
            value = found.get(name)
            if value is not None and (value < 0 or value > 1_000_000 or (name not in PRICES and not 0 < value <= 3600)):
                limits = "from 0 to 1,000,000 dollars" if name in PRICES else "above 0 and at most 3600 seconds"
                self.add_error(name, f"Enter a number {limits}.")
        return found

    def save(self) -> None:  # type: ignore[override]
        """Write what was changed, and nothing else: the vendor's list may be read meanwhile."""
        changed = list(self.changed_data)
        if set(changed) & set(PRICES):
            is_empty = all(self.cleaned_data[name] is None for name in PRICES)
            self.instance.price_source = PriceSource.UNKNOWN if is_empty else PriceSource.MANUAL
            changed.append("price_source")
        self.instance.save(update_fields=changed)


def initial_of(provider: Provider) -> dict[str, Any]:
    """Return the initial values of a stored provider: everything but its secrets."""
    names = ("name", "dialect", "base_url", "requests_per_minute", "max_streams", "model_names")
    return {name: getattr(provider, name) for name in names}


def initial_of_vendor(vendor: KnownVendor) -> dict[str, Any]:
    """Return the initial values of a vendor that is known by name."""
    return {"name": vendor.name, "dialect": vendor.dialect, "base_url": vendor.base_url}
