"""The form of the Web page: the site's search engine, and the rules for pages. A key goes in and never comes out."""

import re
from typing import Any

from django import forms
from pydantic import SecretStr

from apps.catalogue.addresses import BadAddress, checked_base_url
from apps.catalogue.lookup.site import OFF, environment_engine
from apps.catalogue.models import SearchSettings
from apps.catalogue.secrets import Secrets, seal
from apps.fusion.lookups import MAX_QUERY_CHARS
from apps.lookup.engines import ENGINES
from apps.lookup.engines.base import EngineName
from apps.web.catalogue.provider_forms import field
from apps.web.form_fields import AmountField


def engine_choices() -> list[tuple[str, str]]:
    """Return the engines that may be chosen; '' is the environment's, or none where it names none."""
    from_environment = environment_engine()
    known = [(str(name), f"{kind.label}: {kind.about}") for name, kind in ENGINES.items()]
    if from_environment is None:
        return [("", "None"), *known]
    return [("", f"{from_environment.label}, from the environment"), *known, (OFF, "None")]


class WebForm(forms.Form):
    """The entries of the page. The stored key is kept while its field stays empty and requests go to the same place."""

    engine = field("Search engine", forms.ChoiceField, required=False, choices=engine_choices)
    base_url = field("Address", required=False, max_length=500)
    api_key = field("Key", required=False, max_length=1000, widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    price_per_1000 = field(
        "Price per 1,000 searches, in USD",
        AmountField,
        required=False,
        min_value=0,
        max_value=1000,
        max_digits=8,
        decimal_places=4,
        help_text="Leave empty for the engine’s list price. It is added to the bill of a run.",
    )
    obeys_robots_for_named = field(
        "Obey robots.txt even for addresses that a person wrote",
        forms.BooleanField,
        required=False,
        help_text="For all other addresses it is always obeyed.",
    )

    def __init__(self, data: Any = None, *, stored: SearchSettings) -> None:
        initial = {
            "engine": stored.engine,
            "base_url": stored.base_url,
            "price_per_1000": stored.price_per_1000,
            "obeys_robots_for_named": stored.obeys_robots_for_named,
        }
        super().__init__(data, initial=initial)
        self._stored = stored
        self.fields["base_url"].help_text = "Leave empty for the engine’s own. SearXNG has none, so enter yours."
        kept = "A key is stored. Leave the field empty to keep it." if stored.secrets else "Encrypted when stored."
        self.fields["api_key"].help_text = kept

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"].strip()
        if not re.fullmatch(r"[\x21-\x7e]*", key):
            raise forms.ValidationError("The key contains characters that no key has. Copy it again.")
        return key

    def clean_base_url(self) -> str:
        text: str = self.cleaned_data["base_url"]
        try:
            return checked_base_url(text, may_be_private=True) if text else ""
        except BadAddress as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        engine = found.get("engine", "")
        if engine not in list(EngineName):  # the environment's, or none: nothing of the rest belongs to it
            return found
        if engine == EngineName.SEARXNG and not found.get("base_url") and "base_url" not in self.errors:
            self.add_error("base_url", "Enter the address of your SearXNG, such as http://searxng:8080.")
        needs_key = ENGINES[EngineName(engine)].needs_key
        if needs_key and not found.get("api_key") and not self._keeps_key(found) and "api_key" not in self.errors:
            moved = " It is not sent to another place." if self._stored.secrets else ""
            self.add_error("api_key", f"Enter the key.{moved}")
        return found

    def save(self) -> SearchSettings:
        """Store the entries; there is one row."""
        found, row = self.cleaned_data, self._stored
        has_engine = found["engine"] in list(EngineName)
        if found["api_key"] and has_engine:
            row.secrets = seal(Secrets(SecretStr(found["api_key"])))
        elif not self._keeps_key(found):
            row.secrets = ""
        row.engine = found["engine"]
        row.base_url = found["base_url"] if has_engine else ""
        row.price_per_1000 = found["price_per_1000"] if has_engine else None
        row.obeys_robots_for_named = found["obeys_robots_for_named"]
        row.pk = row.pk or 1
        row.save()
        return row

    def _keeps_key(self, found: dict[str, Any]) -> bool:
        is_same_place = (found.get("engine"), found.get("base_url")) == (self._stored.engine, self._stored.base_url)
        return is_same_place and bool(self._stored.secrets)


class TrialForm(forms.Form):
    """A search to try the engine with."""

    query = field("Search for", max_length=MAX_QUERY_CHARS)
