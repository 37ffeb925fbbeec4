"""The forms of the settings page: a person's name and preferences, a new API key, and caps."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from apps.accounts.access import visible_keys
from apps.accounts.api_keys import BadHost, KeyLimits, Scope, is_valid, webhook_host
from apps.accounts.models import User
from apps.web.form_fields import AmountField
from apps.web.locales import CODES, example, native_name

EXPIRIES = {"": "Never", "7": "In 7 days", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}
SCOPE_LABELS = {
    Scope.RUN: "Run: start, read and stop runs",
    Scope.READ: "Read: read runs and models, start nothing",
    Scope.ADMIN: "Admin: share and delete as well",
    Scope.WEB: "Web: let its runs search the web and read pages",
}
MOST = 100_000
MOST_HOSTS = 10


def _dollars(label: str, help_text: str = "") -> AmountField:
    return AmountField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=6,
        widget=forms.NumberInput(attrs={"class": "input", "step": "any", "inputmode": "decimal"}),
    )


def _number(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "input", "inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=MOST, widget=widget)


class KeyForm(forms.Form):
    """The name, scopes, expiry and limits of a new key; an empty limit is none."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What uses the key, such as “laptop” or “nightly report”.",
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="Permissions",
        choices=[(str(scope), label) for scope, label in SCOPE_LABELS.items()],
        initial=[str(Scope.RUN)],
        widget=forms.CheckboxSelectMultiple,
    )
    expiry = forms.ChoiceField(
        label="Expires",
        choices=list(EXPIRIES.items()),
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    requests_per_minute = _number("Requests per minute")
    concurrent_runs = _number("Runs at the same time")
    cap_per_day = _dollars("Cap per day, USD")
    webhook_hosts = forms.CharField(
        label="Hosts for webhooks",
        required=False,
        max_length=1_000,
        help_text="Servers that may be told of the end of a run or batch, such as hooks.example.com, separated by "
        "commas. Each message is signed.",
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, owner: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner = owner

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if any(is_valid(key) for key in visible_keys(self.owner).filter(name=name)):
            raise forms.ValidationError(
                f"You have a key “{name}” already. Choose another name, or revoke that key first."
            )
        return name

    def clean_webhook_hosts(self) -> list[str]:
        """Return the hosts, each with its port if it has one, as addresses name them."""
        named = dict.fromkeys(self.cleaned_data["webhook_hosts"].replace(",", " ").split())
        if len(named) > MOST_HOSTS:
            raise forms.ValidationError(f"A key may have {MOST_HOSTS} hosts at most.")
        try:
            return [webhook_host(text, self.owner) for text in named]
        except BadHost as error:
            raise forms.ValidationError(str(error)) from None

    @property
    def limits(self) -> KeyLimits:
        data: dict[str, Any] = self.cleaned_data
        days = int(data["expiry"] or 0)
        return KeyLimits(
            expires_at=timezone.now() + timedelta(days=days) if days else None,
            requests_per_minute=data["requests_per_minute"],
            concurrent_runs=data["concurrent_runs"],
            cap_per_day=data["cap_per_day"],
            webhook_hosts=data["webhook_hosts"],
        )


class PreferencesForm(forms.ModelForm):
    """The name that is shown, the way of dates and numbers, what Enter does, single keys, and what counts."""

    display_name = forms.CharField(
        label="Display name",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "name"}),
    )
    locale = forms.ChoiceField(
        label="Dates and numbers",
        required=False,
        help_text="The pages themselves are in English.",
        widget=forms.Select(attrs={"class": "input"}),
    )
    enter_sends = forms.BooleanField(label="Enter runs the prompt", required=False)
    single_keys = forms.BooleanField(label="Single keys on the page of a run", required=False)
    tells_day = forms.BooleanField(label="Tell the models of a fusion the date of today", required=False)

    counts_imported = forms.BooleanField(label="Count what you said of imported runs", required=False)

    class Meta:
        model = User
        fields = ["display_name", "locale", "enter_sends", "single_keys", "tells_day", "counts_imported"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        now = timezone.localtime()
        choices = sorted((native_name(code), code) for code in CODES)
        shown = [("English", ""), *choices]
        field = self.fields["locale"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, f"{name}: {example(code, now)}") for name, code in shown]

    def clean_display_name(self) -> str:
        """Return the name with single blanks."""
        name: str = self.cleaned_data["display_name"]
        return " ".join(name.split())


class CapsForm(forms.ModelForm):
    """The most that a person's runs may cost; empty is no cap, and 0 stops everything that costs."""

    cap_per_day = _dollars("Per day, USD")
    cap_per_month = _dollars("Per month, USD")

    class Meta:
        model = User
        fields = ["cap_per_day", "cap_per_month"]
