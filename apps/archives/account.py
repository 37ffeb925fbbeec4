"""The account in an archive: settings and keys, which are for reading alone, and what is kept under names."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, count, groupby
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from pydantic import BaseModel, Field

from apps.accounts.access import visible_keys
from apps.accounts.models import User
from apps.archives.shapes import shape_of, values_of
from apps.catalogue import access
from apps.catalogue.models import CriteriaSet, Preset, SavedCalibration, SavedRule
from apps.catalogue.recipes.presets import BEHIND_THE_SITES
from apps.catalogue.recipes.rules import MOST_RULES
from apps.fields import ValueEncoder
from apps.fusion.prompting.variants import BadVariant, check_variants
from apps.fusion.values import Message
from apps.fusion.vocabulary import SLOTS
from apps.runs.models import SavedSearch

OF_THE_USER = (
    *("username", "display_name", "email", "locale", "enter_sends", "single_keys", "tells_day"),
    *("history_columns", "counts_imported", "cap_per_day", "cap_per_month"),
)
OF_A_KEY = (
    *("name", "prefix", "scopes", "requests_per_minute", "concurrent_runs", "cap_per_day"),
    *("created_at", "expires_at", "last_used_at", "revoked_at"),
)
NOT_OF_A_ROW = {"id", "owner", "team"}


def columns_of(model: Any) -> tuple[str, ...]:
    """Return the columns of something kept under a name that are its own."""
    return tuple(field.name for field in model._meta.concrete_fields if field.name not in NOT_OF_A_ROW)


PRESET, CALIBRATION, CRITERIA = columns_of(Preset), columns_of(SavedCalibration), columns_of(CriteriaSet)
RULE, SEARCH = columns_of(SavedRule), columns_of(SavedSearch)
IS_THE_ROWS = {"created_at", "position", "is_pinned"}
"""Columns that make no difference between two things of a name."""


class AccountDocument(BaseModel):
    """The parts of an account that are imported; the others are ignored."""

    presets: list[shape_of(Preset, PRESET)] = Field(default=[], max_length=5_000)  # type: ignore[valid-type]
    calibrations: list[shape_of(SavedCalibration, CALIBRATION)] = Field(  # type: ignore[valid-type]
        default=[], max_length=5_000
    )
    criteria: list[shape_of(CriteriaSet, CRITERIA)] = Field(default=[], max_length=5_000)  # type: ignore[valid-type]
    rules: list[shape_of(SavedRule, RULE)] = Field(default=[], max_length=MOST_RULES)  # type: ignore[valid-type]
    searches: list[shape_of(SavedSearch, SEARCH)] = Field(default=[], max_length=5_000)  # type: ignore[valid-type]


def export_account(user: User) -> str:
    """Return the account as JSON: what its owner set, keys without secrets, and what is kept under names."""
    document = {
        "user": {name: getattr(user, name) for name in (*OF_THE_USER, "date_joined")},
        "keys": list(visible_keys(user).values(*OF_A_KEY)),
        "presets": _documents(access.editable_presets(user).order_by("slug", "version")),
        "calibrations": _documents(access.own_calibrations(user).order_by("name", "version")),
        "criteria": _documents(access.visible_criteria(user)),
        "rules": _documents(access.own_rules(user)),
        "searches": _documents(SavedSearch.objects.filter(owner=user)),
    }
    return json.dumps(document, cls=ValueEncoder, indent=2, ensure_ascii=False)


def import_account(user: User, document: AccountDocument) -> int:
    """Write what is kept under names, behind what is there. Return how many are new.

    What the person has just so is left alone; another thing of the same name gets a name of its own. Raise
    ``ValueError`` with a sentence for a preset that nobody could ask.
    """
    slugs: dict[str, str] = {}
    made = _import_presets(user, document.presets, slugs) + _import_rules(user, document.rules, slugs)
    made += _import_named(user, CriteriaSet, CRITERIA, document.criteria)
    made += _import_named(user, SavedSearch, SEARCH, document.searches)
    return made + _import_named(user, SavedCalibration, CALIBRATION, document.calibrations)


class Names:
    """Names that are taken, in any case, of ``longest`` characters at most, and how far each was counted up."""

    def __init__(self, taken: Iterable[str], longest: int) -> None:
        self._taken = {name.casefold() for name in taken}
        self._longest = longest
        self._tried: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return a name that nothing else has, the same or with a word behind it, and let it be taken."""
        # Names that are alike but for their ends are cut to the same, so they are counted together.
        alike = name[: self._longest - len(" (imported 10000000)")].casefold()
        for number in chain((0,), count(self._tried.get(alike, 0) + 1)):
            word = "" if number == 0 else " (imported)" if number == 1 else f" (imported {number})"
            tried = f"{name[: self._longest - len(word)]}{word}"
            if tried.casefold() not in self._taken:
                break
        self._tried[alike] = max(number, self._tried.get(alike, 0))
        self._taken.add(tried.casefold())
        return tried


def _documents(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [model_to_dict(one, exclude=NOT_OF_A_ROW) for one in rows]


def _import_named(user: User, model: Any, columns: tuple[str, ...], rows: Iterable[Any]) -> int:
    """Write what has versions of a name, or one: rows that are together under a name stay so."""
    own = {name: list(group) for name, group in _by(model.objects.filter(owner=user).order_by("name"), "name")}
    names = Names(own, model._meta.get_field("name").max_length)
    made = 0
    for name, group in _by(sorted(rows, key=lambda row: row.name), "name"):
        versions = list(group)
        if name in own and _same(own[name], versions, columns):
            continue
        new = names.take(name)
        for row in versions:
            values = values_of(row, columns) | {"name": new}
            if model is SavedCalibration:
                values["value"] = row.value.model_copy(update={"name": new, "version": row.version})
            owner = {"owner": user, "team": user.personal_team} if model is not SavedSearch else {"owner": user}
            model.objects.create(**owner, **values)
            made += 1
    return made


def _import_presets(user: User, rows: Iterable[Any], slugs: dict[str, str]) -> int:
    """Write presets with all their versions, and note the slug that each has here."""
    visible = list(access.visible_presets(user))
    taken = {one.slug for one in visible}
    names = Names((one.name for one in visible if one.is_current), Preset._meta.get_field("name").max_length or 0)
    made = 0
    for slug, group in _by(sorted(rows, key=lambda row: (row.slug, row.version)), "slug"):
        versions = list(group)
        slugs[slug] = slug
        if _same([one for one in visible if one.slug == slug and one.owner_id], versions, PRESET):
            continue
        slugs[slug] = new = next(one for one in _slugs(slug) if one not in taken)
        name = names.take(versions[-1].name)
        taken.add(new)
        for row in versions:
            _check_preset(row)
            values = values_of(row, PRESET) | {"slug": new, "is_current": row is versions[-1]}
            if row is versions[-1]:
                values["name"] = name
            values["position"] = BEHIND_THE_SITES
            Preset.objects.create(owner=user, team=user.personal_team, **values)
        made += 1
    return made


def _import_rules(user: User, rows: Iterable[Any], slugs: dict[str, str]) -> int:
    own = list(access.own_rules(user))
    names = Names((one.value.name for one in own), 60)
    there = [one.value for one in own]
    position = max((one.position for one in own), default=0)
    made = 0
    for row in sorted(rows, key=lambda row: row.position):
        value = row.value.model_copy(update={"preset": slugs.get(row.value.preset, row.value.preset)})
        if value in there:
            continue
        value = value.model_copy(update={"name": names.take(value.name)})
        made += 1
        if len(own) + made > MOST_RULES:
            raise ValueError(f"With the rules of routing there would be more than {MOST_RULES}. Delete some first.")
        SavedRule.objects.create(owner=user, team=user.personal_team, position=position + made, value=value)
    return made


def _check_preset(row: Any) -> None:
    slots = [spec.slot for spec in row.panel]
    if not 1 <= len(slots) <= len(SLOTS) or len(set(slots)) < len(slots) or not row.name.strip():
        raise ValueError(f"The preset “{row.name[:60]}” has no panel that could be asked.")
    try:
        check_variants(row.panel, [Message(role="user", text="")], settings.PROMPT_LIMIT)
    except BadVariant as error:
        raise ValueError(f"The preset “{row.name[:60]}” cannot be asked. {error.sentence}") from None


def _same(own: list[Any], versions: list[Any], columns: tuple[str, ...]) -> bool:
    """Return whether two lists of versions say the same."""
    compared = [name for name in columns if name not in IS_THE_ROWS]
    return [values_of(one, tuple(compared)) for one in sorted(own, key=_version)] == [
        values_of(one, tuple(compared)) for one in sorted(versions, key=_version)
    ]


def _version(row: Any) -> int:
    return getattr(row, "version", 1)


def _by(rows: Iterable[Any], name: str) -> Iterator[tuple[str, Iterator[Any]]]:
    return groupby(rows, key=lambda row: getattr(row, name))


def _slugs(slug: str) -> Iterator[str]:
    yield slug
    longest = Preset._meta.get_field("slug").max_length or 0
    for number in count(1):
        end = "-imported" if number == 1 else f"-imported-{number}"
        yield f"{slug[: longest - len(end)]}{end}"
